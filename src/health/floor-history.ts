import { z } from "zod";
import type { AdapterHost } from "../core/adapter.ts";
import { limits } from "../limits.ts";

/** Uptimes at which versions are compared, in hours: early enough for a start that failed, too. */
const uptimesH = [1, 3, 6, 12, 24, 48, 96, 168, 336, 720];

const recordSchema = z.strictObject({
  version: z.string(),
  /** When it was written last, in ms since 1970. */
  atMs: z.number(),
  /** The heap after a full collection in bytes, by the uptime in hours. */
  floors: z.record(z.string(), z.number()),
});
type VersionRecord = z.infer<typeof recordSchema>;

/** The difference to what another version held at the same uptime. */
export interface Compared {
  readonly version: string;
  readonly bytes: number;
}

/**
 * Remembers what each version of Koine held after so many hours, so that a new one can be compared
 * with the last: a leak that comes with an update shows before it has grown.
 */
export class FloorHistory {
  readonly #store: AdapterHost["store"];
  readonly #version: string;
  readonly #records = new Map<string, VersionRecord>();
  #compared: Compared | undefined;
  #told = 0;

  private constructor(store: AdapterHost["store"], version: string) {
    this.#store = store;
    this.#version = version;
  }

  /** What cannot be read is forgotten: it is a comparison, nothing more. */
  static async load(store: AdapterHost["store"], version: string): Promise<FloorHistory> {
    const history = new FloorHistory(store, version);
    for (const [key, text] of await store.entries(prefix)) {
      const record = read(text);
      if (record) history.#records.set(record.version, record);
      else await store.write([{ key, value: undefined }]);
    }
    return history;
  }

  get compared(): Compared | undefined {
    return this.#compared;
  }

  /** Takes the floor of now; writes it down once at each of the uptimes. */
  async see(uptimeMs: number, floorBytes: number, nowMs: number): Promise<void> {
    const reached = uptimesH.findLast((hours) => uptimeMs >= hours * 3_600_000);
    if (reached === undefined || reached === this.#told || floorBytes === 0) return;
    this.#told = reached;
    const before = this.#previous();
    const then = before?.floors[reached];
    if (before && then !== undefined) {
      this.#compared = { version: before.version, bytes: floorBytes - then };
    }
    await this.#remember(reached, floorBytes, nowMs);
  }

  async #remember(hours: number, floorBytes: number, atMs: number): Promise<void> {
    const floors = { ...this.#records.get(this.#version)?.floors, [hours]: floorBytes };
    const record = { version: this.#version, atMs, floors };
    this.#records.set(this.#version, record);
    await this.#store.write([{ key: prefix + this.#version, value: JSON.stringify(record) }]);
    while (this.#records.size > limits.heapVersions) {
      const oldest = [...this.#records.values()].reduce((a, b) => (a.atMs <= b.atMs ? a : b));
      this.#records.delete(oldest.version);
      await this.#store.write([{ key: prefix + oldest.version, value: undefined }]);
    }
  }

  /** The newest of the other versions. */
  #previous(): VersionRecord | undefined {
    const others = [...this.#records.values()].filter(({ version }) => version !== this.#version);
    return others.toSorted((a, b) => a.atMs - b.atMs).at(-1);
  }
}

const prefix = "floors/";

function read(text: string): VersionRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    // Of a version that wrote it otherwise.
    return undefined;
  }
}
