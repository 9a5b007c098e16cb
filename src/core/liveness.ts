import type { Clock, Timer } from "../clock.ts";
import { limits } from "../limits.ts";
import type { Availability } from "../model/state.ts";
import type { Bus } from "./bus.ts";
import type { DeviceRecord } from "./device-record.ts";

interface Pulse {
  availability: Availability;
  /** Monotonic ms when the device was last heard; undefined before. */
  heardAt: number | undefined;
  readonly rhythm: Rhythm;
  /** What silence has led to since the device was last heard. */
  silence: "none" | "stale" | "probing" | "given_up";
}

export interface LivenessOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly deviceOf: (id: string) => DeviceRecord | undefined;
  /** Told when a device was silent for three of its intervals. */
  readonly stale: (record: DeviceRecord) => void;
  /**
   * Asks a mains device whether it is there; resolves to whether it answered, or undefined when it
   * could not be asked.
   */
  readonly probe: (record: DeviceRecord) => Promise<boolean | undefined>;
}

/**
 * Whether each device is there: the only publisher of `availability`. Nothing is `online` before it
 * was heard in this run. What a device says of itself (its last will) counts at once; silence
 * counts after three of its own intervals, which are learned from its reports.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #pulses = new Map<string, Pulse>();
  #sweep: Timer | undefined;
  /** Devices being asked just now. */
  #probes = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** Starts looking for silent devices, until `stop`. */
  start(): void {
    this.#sweep = this.#options.clock.every(limits.silenceSweepMs, () => this.#lookForSilence());
  }

  stop(): void {
    this.#sweep?.cancel();
  }

  get(id: string): Availability {
    return this.#pulses.get(id)?.availability ?? "unknown";
  }

  /** How many devices are online or healthily asleep. */
  count(...wanted: readonly Availability[]): number {
    let count = 0;
    for (const { availability } of this.#pulses.values()) {
      if (wanted.includes(availability)) count += 1;
    }
    return count;
  }

  /** Makes a device known, as `unknown`. */
  add(id: string): void {
    if (!this.#pulses.has(id)) this.#set(id, this.#pulse(id), "unknown");
  }

  /** A device reported something just now. */
  heard(id: string): void {
    const pulse = this.#pulse(id);
    const now = this.#options.clock.monotonic();
    // An outage is no rhythm: what has been silence already is not learned from.
    if (pulse.heardAt !== undefined && pulse.silence === "none") {
      pulse.rhythm.learn(now - pulse.heardAt);
    }
    pulse.heardAt = now;
    pulse.silence = "none";
    if (pulse.availability !== "online") this.#set(id, pulse, "online");
  }

  /** A device, or its broker on its behalf, said whether it is there. */
  report({ id, sleepy }: DeviceRecord, said: Availability): void {
    const pulse = this.#pulse(id);
    // A device that sleeps says goodbye each time; that it is gone only its silence tells.
    const availability = said === "offline" && sleepy === true ? "sleeping" : said;
    if (availability === "online") this.heard(id);
    else if (pulse.availability !== availability) this.#set(id, pulse, availability);
  }

  /** Nothing can be said any more: the link to the device is gone. */
  lose(id: string): void {
    const pulse = this.#pulses.get(id);
    if (!pulse) return;
    pulse.heardAt = undefined;
    if (pulse.availability !== "unknown") this.#set(id, pulse, "unknown");
  }

  /** Forgets a device and deletes its retained topic. */
  forget(id: string): void {
    if (!this.#pulses.delete(id)) return;
    this.#options.bus.publish({ kind: "availability", device: id, body: undefined });
  }

  #pulse(id: string): Pulse {
    let pulse = this.#pulses.get(id);
    if (!pulse) {
      const rhythm = new Rhythm();
      pulse = { availability: "unknown", heardAt: undefined, rhythm, silence: "none" };
      this.#pulses.set(id, pulse);
    }
    return pulse;
  }

  #set(id: string, pulse: Pulse, availability: Availability): void {
    pulse.availability = availability;
    this.#options.bus.publish({ kind: "availability", device: id, body: availability });
  }

  #lookForSilence(): void {
    const now = this.#options.clock.monotonic();
    for (const [id, pulse] of this.#pulses) {
      const record = this.#options.deviceOf(id);
      if (!record || pulse.heardAt === undefined) continue;
      const missed = (now - pulse.heardAt) / intervalMs(record, pulse);
      if (missed >= limits.intervalsUntilStale) this.#fallSilent(record, pulse, missed);
    }
  }

  #fallSilent(record: DeviceRecord, pulse: Pulse, missed: number): void {
    if (pulse.silence === "none") {
      pulse.silence = "stale";
      this.#options.stale(record);
    }
    if (pulse.silence !== "stale") return;
    if (missed >= 2 * limits.intervalsUntilStale) {
      pulse.silence = "given_up";
      if (pulse.availability !== "offline") this.#set(record.id, pulse, "offline");
    } else if (record.sleepy !== true) {
      if (this.#probes < limits.probes) void this.#probe(record, pulse);
    } else if (pulse.availability === "online") {
      this.#set(record.id, pulse, "sleeping");
    }
  }

  async #probe(record: DeviceRecord, pulse: Pulse): Promise<void> {
    pulse.silence = "probing";
    this.#probes += 1;
    const answered = await this.#options.probe(record);
    this.#probes -= 1;
    // Heard meanwhile, removed, or the link went: the silence that was asked about is over.
    const isOver = pulse.silence !== "probing" || pulse.heardAt === undefined;
    if (isOver || this.#pulses.get(record.id) !== pulse) return;
    if (answered === true) return this.heard(record.id);
    // What could not be asked is asked again at the next sweep.
    pulse.silence = answered === undefined ? "stale" : "given_up";
    if (answered === false && pulse.availability !== "offline") {
      this.#set(record.id, pulse, "offline");
    }
  }
}

/** The time between reports to expect: what the device says or the longest gap seen. */
function intervalMs({ intervalS }: DeviceRecord, { rhythm }: Pulse): number {
  const longest = Math.max((intervalS ?? 0) * 1_000, rhythm.intervalMs ?? 0);
  return Math.max(longest || limits.intervalDefaultMs, limits.intervalFloorMs);
}

/**
 * How often a device reports: the longest gap of the last day or two. Nothing is concluded before
 * it was listened to for a while: a door that is used five times in a minute is no clock.
 */
class Rhythm {
  #listenedMs = 0;
  /** Longest gap since the window began, and in the window before, in ms. */
  #longest = 0;
  #longestBefore = 0;
  #windowMs = 0;

  learn(gapMs: number): void {
    this.#listenedMs += gapMs;
    this.#windowMs += gapMs;
    this.#longest = Math.max(this.#longest, gapMs);
    if (this.#windowMs < limits.rhythmWindowMs) return;
    this.#longestBefore = this.#longest;
    this.#longest = 0;
    this.#windowMs = 0;
  }

  /** The expected time between reports, once it can be told. */
  get intervalMs(): number | undefined {
    if (this.#listenedMs < limits.rhythmListenMs) return undefined;
    return Math.max(this.#longest, this.#longestBefore);
  }
}
