import type { AdapterHost } from "koine/adapter";
import { Counters } from "./authenticity.ts";
import type { Found } from "./decoders/index.ts";
import { reading, vendorReading } from "./decoders/readings.ts";
import { limits } from "./limits.ts";
import type { Observation } from "../reading/observation.ts";

/** What becomes of a frame: told, dropped as nothing new, or refused for a reason that is told. */
export type Verdict = "good" | "copy" | "late" | Refusal;

/** Why nothing of a frame is believed. */
export type Refusal =
  | "key_needed"
  | "key_wrong"
  | "unreadable"
  /** Recorded and sent again. */
  | "replayed"
  /** Not encrypted, though it has a key. */
  | "unencrypted";

const states = [
  "good",
  "key_needed",
  "key_wrong",
  "unreadable",
  "replayed",
  "unencrypted",
] as const;

/** How the reception of an encrypting device stands, as its own property. */
export function receptionOf(verdict: Exclude<Verdict, "copy" | "late">): readonly Observation[] {
  return [
    reading("problem", verdict !== "good", { part: "reception", source: "reception" }),
    vendorReading("ble", "reception", verdict, { values: states, source: "reception" }),
  ];
}

/** In words for whoever looks why a sensor says nothing. */
export const refusals: Readonly<Record<Refusal, string>> = {
  key_needed: "It encrypts what it sends: its bind key has to be configured",
  key_wrong: "Its bind key is another one, or the frame was changed on the way",
  unreadable: "It is of a known family, and in a form that is not known",
  replayed: "It was recorded and sent again, or the sensor was started anew: the next frames tell",
  unencrypted: "A key is configured, and it was not encrypted: take the key out if that is right",
};

const prefix = "counter/";

export interface ReceptionOptions {
  readonly store: AdapterHost["store"];
  readonly count: (name: string) => void;
}

/** Judges frames by what only all frames of a sender tell: copies, recordings, missing encryption. */
export class Reception {
  readonly #options: ReceptionOptions;
  /** Counters of encrypted frames, by address. */
  readonly #secret = new Map<string, Counters>();
  /** Last number of frames that are not encrypted, by address and family. */
  readonly #plain = new Map<string, number>();
  /** Counters that changed since they were written. */
  readonly #unsaved = new Set<string>();

  private constructor(options: ReceptionOptions, kept: readonly (readonly [string, string])[]) {
    this.#options = options;
    for (const [key, value] of kept) {
      const last = Number(value);
      if (Number.isSafeInteger(last))
        this.#secret.set(key.slice(prefix.length), new Counters(last));
    }
  }

  /** Knows the counters of an earlier run: a recording from before the restart is one, too. */
  static async load(options: ReceptionOptions): Promise<Reception> {
    return new Reception(options, await options.store.entries(prefix));
  }

  judge(address: string, found: Found, hasKey: boolean): Verdict {
    const { problem, isAuthentic, sequence, decoder, observations, events = [] } = found;
    if (problem) return problem;
    if (isAuthentic === true) {
      return sequence ? this.#judgeSecret(address, sequence) : "good";
    }
    const says = observations.length > 0 || events.length > 0;
    if (hasKey && says) return "unencrypted";
    return sequence ? this.#judgePlain(`${address} ${decoder.family}`, sequence.value) : "good";
  }

  /** Writes what changed. To be called now and then. */
  save(): void {
    const changes = [...this.#unsaved].map((address) => ({
      key: prefix + address,
      value: String(this.#secret.get(address)?.last ?? 0),
    }));
    if (changes.length === 0) return;
    this.#unsaved.clear();
    this.#options.store.write(changes).catch(() => this.#options.count("store_failed"));
  }

  forget(address: string): void {
    this.#unsaved.delete(address);
    if (!this.#secret.delete(address)) return;
    this.#options.store
      .write([{ key: prefix + address, value: undefined }])
      .catch(() => this.#options.count("store_failed"));
  }

  #judgeSecret(address: string, sequence: NonNullable<Found["sequence"]>): Verdict {
    const counters = this.#secret.get(address) ?? new Counters();
    this.#secret.set(address, counters);
    bound(this.#secret, limits.devices);
    const freshness = counters.judge(sequence);
    if (freshness !== "new") return freshness;
    this.#unsaved.add(address);
    return "good";
  }

  /** A number that anybody can write only tells copies apart. */
  #judgePlain(key: string, value: number): Verdict {
    const isCopy = this.#plain.get(key) === value;
    this.#plain.set(key, value);
    bound(this.#plain, limits.devices);
    return isCopy ? "copy" : "good";
  }
}

function bound(map: Map<string, unknown>, most: number): void {
  const oldest = map.keys().next().value;
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
