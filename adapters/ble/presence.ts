import { limits } from "./limits.ts";

/** Weight of a new gap in the average. */
const weight = 0.1;
/** A sender is away after so many of its gaps: radios miss most of them at the edge of their reach. */
const gaps = 30;
/** Weaker by so much than what makes it present, and it is still there, in dB. */
const slackDb = 6;

export interface PresenceOptions {
  /** Silence after which it is away, in ms; learned from its gaps otherwise. */
  readonly awayMs: number | undefined;
  /** Weaker frames do not make it present, in dBm. */
  readonly minRssi: number | undefined;
}

/** Whether a phone or a beacon is here: by what is heard of it, and how long it has been silent. */
export class Presence {
  /** Undefined until it was heard, or was silent for long enough to be away. */
  isHere: boolean | undefined;
  readonly #options: PresenceOptions;
  /** Time during which it could have been heard and was not, in ms. */
  #silentMs = 0;
  #heardAt: number | undefined;
  #gapMs: number | undefined;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Silence after which it is away, in ms. */
  get awayMs(): number {
    const { awayMs } = this.#options;
    if (awayMs !== undefined) return awayMs;
    const learned = (this.#gapMs ?? limits.awayCeilingMs / gaps) * gaps;
    return Math.min(limits.awayCeilingMs, Math.max(limits.awayFloorMs, learned));
  }

  /** @returns whether that changed where it is */
  heard(rssi: number | undefined, now: number): boolean {
    if (this.#isTooWeak(rssi)) return false;
    if (this.#heardAt !== undefined && this.isHere === true) this.#learn(now - this.#heardAt);
    this.#heardAt = now;
    this.#silentMs = 0;
    return this.#enter(true);
  }

  /**
   * So much time went by in which the radio heard others.
   * @returns whether that changed where it is
   */
  passed(ms: number): boolean {
    this.#silentMs += ms;
    return this.#silentMs > this.awayMs && this.#enter(false);
  }

  #isTooWeak(rssi: number | undefined): boolean {
    const { minRssi } = this.#options;
    if (minRssi === undefined || rssi === undefined) return false;
    return rssi < (this.isHere === true ? minRssi - slackDb : minRssi);
  }

  #learn(gapMs: number): void {
    this.#gapMs = this.#gapMs === undefined ? gapMs : this.#gapMs + weight * (gapMs - this.#gapMs);
  }

  #enter(isHere: boolean): boolean {
    const isNews = this.isHere !== isHere;
    this.isHere = isHere;
    return isNews;
  }
}
