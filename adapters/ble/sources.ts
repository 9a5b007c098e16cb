import { limits } from "./limits.ts";

interface Source {
  /** Smoothed dBm; undefined where the receiver does not say. */
  rssi: number | undefined;
  heardAt: number;
}

/** Share of a new RSSI in the smoothed one. */
const weight = 0.3;
const unheardDbm = -127;

/** Who hears one sender, and how well: one of them is the best, and stays it until another is clearly better. */
export class Sources {
  readonly #sources = new Map<string, Source>();
  #best: string | undefined;

  /** The receiver to believe; undefined before anybody heard anything. */
  get best(): string | undefined {
    return this.#best;
  }

  /** Smoothed RSSI at the best receiver, in dBm. */
  get rssi(): number | undefined {
    return this.#best === undefined ? undefined : this.#sources.get(this.#best)?.rssi;
  }

  /** All who hear it, best first. */
  get names(): readonly string[] {
    return [...this.#sources]
      .toSorted(([, one], [, other]) => (other.rssi ?? unheardDbm) - (one.rssi ?? unheardDbm))
      .map(([name]) => name);
  }

  /** When a receiver heard it last: monotonic ms; undefined when it did not. */
  heardAt(receiver: string): number | undefined {
    return this.#sources.get(receiver)?.heardAt;
  }

  /**
   * One receiver heard the sender.
   * @returns whether what it heard counts: it is the best, or the best has been silent for a while
   */
  hear(receiver: string, rssi: number | undefined, now: number): boolean {
    const before = this.#sources.get(receiver);
    const smoothed = rssi === undefined ? before?.rssi : smooth(before?.rssi, rssi);
    this.#sources.delete(receiver);
    this.#sources.set(receiver, { rssi: smoothed, heardAt: now });
    if (this.#sources.size > limits.receivers) this.#forgetOne(receiver);
    if (this.#isBetter(receiver, now)) this.#best = receiver;
    return this.#best === receiver;
  }

  #isBetter(receiver: string, now: number): boolean {
    const best = this.#best === undefined ? undefined : this.#sources.get(this.#best);
    if (!best || now - best.heardAt > limits.takeoverMs) return true;
    const own = this.#sources.get(receiver)?.rssi ?? unheardDbm;
    return own > (best.rssi ?? unheardDbm) + limits.hysteresisDb;
  }

  #forgetOne(except: string): void {
    for (const name of this.#sources.keys()) {
      if (name === except || name === this.#best) continue;
      this.#sources.delete(name);
      return;
    }
  }
}

function smooth(before: number | undefined, rssi: number): number {
  return before === undefined ? rssi : before + weight * (rssi - before);
}
