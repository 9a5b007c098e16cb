import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { limits } from "../limits.ts";
import type { Reading } from "../model/adapter-event.ts";
import { sameValue, type Scalar } from "../model/scalar.ts";
import { timestamp, type Quality, type State, type TimeSource } from "../model/state.ts";
import { canonicalReading } from "../model/value.ts";
import type { Bus } from "./bus.ts";
import { keyOf, propertyOf, type DeviceRecord } from "./device-record.ts";

/** The value of one property as it stands. */
export interface LiveValue {
  readonly value: Scalar;
  readonly quality: Quality;
  /** Wall time of the reading, in ms. */
  readonly atMs: number;
  /** The same, as it is written on the bus. */
  readonly at: string;
  /** What the device sent, and how it became the value; not of what was only commanded. */
  readonly raw?: Scalar | undefined;
  readonly conversion?: string | undefined;
  /** Where the reading came in, such as a topic. */
  readonly from?: string | undefined;
}

interface LiveDevice {
  readonly values: Map<string, LiveValue>;
  clock: TimeSource;
  seq: number;
  /** Monotonic ms of the last state document and of each value topic. */
  publishedAt: number;
  readonly valuePublishedAt: Map<string, number>;
}

export interface DeviceStatesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Whether each value also has a topic of its own. */
  readonly values: boolean;
  /** Unchanged values are published again after this many ms. */
  readonly refreshMs: number;
}

/** A device's own time is believed this close to the gateway's. */
const deviceClockToleranceMs = 86_400_000;
/** `_t` names values this much older than the document. */
const sameTimeMs = 1_000;

/**
 * The present values of every device, and the only publisher of `state` and `value/…`: they change
 * by fact, never by wish.
 */
export class DeviceStates {
  readonly #options: DeviceStatesOptions;
  readonly #devices = new Map<string, LiveDevice>();

  constructor(options: DeviceStatesOptions) {
    this.#options = options;
  }

  /** The present value of a property, or undefined when it was not heard since the start. */
  get(id: string, key: string): LiveValue | undefined {
    return this.#devices.get(id)?.values.get(key);
  }

  /**
   * Takes readings of described properties; the rest is refused and counted.
   * @returns whether any of them tells how things are now
   */
  apply(record: DeviceRecord, readings: readonly Reading[]): boolean {
    const live = this.#live(record.id);
    const heard = new Set<string>();
    const changed = new Set<string>();
    let isNow = false;
    for (const reading of readings) {
      const key = this.#accept(record, live, reading);
      if (key === undefined) continue;
      heard.add(key);
      if (reading.quality !== "stale") isNow = true;
      const { source, atMs } = this.#timeOf(reading);
      live.clock = source;
      const { raw = reading.value, conversion, from } = reading;
      const next = {
        ...this.#judge(record, key, reading),
        atMs,
        at: timestamp(atMs),
        raw: isTooLong(raw) ? undefined : raw,
        conversion,
        from,
      };
      if (this.#set(live, key, next)) changed.add(key);
    }
    if (heard.size > 0) this.#publish(record.id, live, heard, changed);
    return isNow;
  }

  /** Takes a commanded value that nothing confirmed: quality `assumed`. */
  assume(record: DeviceRecord, wishes: ReadonlyMap<string, Scalar>): void {
    const live = this.#live(record.id);
    const atMs = this.#options.clock.now();
    const at = timestamp(atMs);
    const changed = new Set<string>();
    for (const [key, value] of wishes) {
      if (propertyOf(record, key)?.access === "w") continue;
      if (this.#set(live, key, { value, quality: "assumed", atMs, at })) changed.add(key);
    }
    if (changed.size > 0) this.#publish(record.id, live, changed, changed);
  }

  /** Marks the values of a device, or of one adapter's part of it, as no longer current. */
  markStale(record: DeviceRecord, adapter?: string): void {
    const live = this.#devices.get(record.id);
    if (!live) return;
    const changed = new Set<string>();
    for (const [key, value] of live.values) {
      const concerned = adapter === undefined || propertyOf(record, key)?.adapter === adapter;
      if (!concerned || value.quality === "invalid" || value.quality === "stale") continue;
      live.values.set(key, { ...value, quality: "stale" });
      changed.add(key);
    }
    if (changed.size > 0) this.#publishState(record.id, live);
  }

  /** Forgets a device and deletes its retained topics, those of earlier runs too. */
  forget({ id, properties }: DeviceRecord): void {
    this.#devices.delete(id);
    const { bus } = this.#options;
    for (const property of Object.keys(properties)) {
      bus.publish({ kind: "value", device: id, property, body: undefined });
    }
    bus.publish({ kind: "state", device: id, body: undefined });
  }

  #live(id: string): LiveDevice {
    const known = this.#devices.get(id);
    if (known) return known;
    const live: LiveDevice = {
      values: new Map(),
      clock: "gateway",
      seq: 0,
      publishedAt: -Infinity,
      valuePublishedAt: new Map(),
    };
    this.#devices.set(id, live);
    return live;
  }

  /** The key of a reading that may move the present value. */
  #accept(record: DeviceRecord, live: LiveDevice, reading: Reading): string | undefined {
    const key = keyOf(record, reading);
    if (key === undefined) {
      this.#options.counters.add("refused.readings_undescribed");
    } else if (!isReadable(record, key)) {
      this.#options.counters.add("refused.readings_of_actions");
    } else if (reading.quality === "historical") {
      this.#options.counters.add("readings.historical");
    } else if (reading.quality !== "stale" || !live.values.has(key)) {
      return key;
    }
    return undefined;
  }

  #judge(
    record: DeviceRecord,
    key: string,
    reading: Reading,
  ): Pick<LiveValue, "value" | "quality"> {
    const property = propertyOf(record, key);
    const value = property ? canonicalReading(property, reading.value) : undefined;
    if (value !== undefined && !isTooLong(value)) {
      return { value, quality: reading.quality ?? "good" };
    }
    if (reading.value !== null) this.#options.counters.add("readings.invalid");
    return { value: null, quality: "invalid" };
  }

  #timeOf({ measuredAtMs }: Reading): { source: TimeSource; atMs: number } {
    const { clock } = this.#options;
    const now = clock.now();
    if (!clock.synced()) return { source: "unsynced", atMs: now };
    if (measuredAtMs !== undefined && Math.abs(measuredAtMs - now) <= deviceClockToleranceMs) {
      return { source: "device", atMs: measuredAtMs };
    }
    return { source: "gateway", atMs: now };
  }

  /** @returns whether value or quality changed */
  #set(live: LiveDevice, key: string, next: LiveValue): boolean {
    const before = live.values.get(key);
    live.values.set(key, next);
    return before?.quality !== next.quality || !sameValue(before.value, next.value);
  }

  #publish(
    id: string,
    live: LiveDevice,
    heard: ReadonlySet<string>,
    changed: ReadonlySet<string>,
  ): void {
    const due = this.#options.clock.monotonic() - this.#options.refreshMs;
    if (this.#options.values) {
      for (const key of heard) {
        const last = live.valuePublishedAt.get(key) ?? -Infinity;
        if (changed.has(key) || last <= due) this.#publishValue(id, live, key);
      }
    }
    if (changed.size > 0 || live.publishedAt <= due) this.#publishState(id, live);
  }

  #publishValue(id: string, live: LiveDevice, key: string): void {
    const value = live.values.get(key);
    if (!value) return;
    live.valuePublishedAt.set(key, this.#options.clock.monotonic());
    this.#options.bus.publish({ kind: "value", device: id, property: key, body: value.value });
  }

  #publishState(id: string, live: LiveDevice): void {
    live.publishedAt = this.#options.clock.monotonic();
    this.#options.bus.publish({ kind: "state", device: id, body: documentOf(live) });
    live.seq += 1;
  }
}

/** Whether a property has a value: an action is only done, an event only happens. */
function isReadable(record: DeviceRecord, key: string): boolean {
  return propertyOf(record, key)?.access.includes("r") === true;
}

function documentOf(live: LiveDevice): State {
  let newest: LiveValue | undefined;
  for (const one of live.values.values()) {
    if (!newest || one.atMs > newest.atMs) newest = one;
  }
  const { atMs: newestMs = 0, at: _ts = timestamp(0) } = newest ?? {};
  const values: Record<string, Scalar> = {};
  const times: Record<string, string> = {};
  const doubts: Record<string, Quality> = {};
  for (const [key, { value, quality, atMs, at }] of live.values) {
    values[key] = value;
    if (newestMs - atMs > sameTimeMs) times[key] = at;
    if (quality !== "good") doubts[key] = quality;
  }
  return {
    ...values,
    _ts,
    _seq: live.seq,
    _clock: live.clock,
    ...(Object.keys(times).length > 0 && { _t: times }),
    ...(Object.keys(doubts).length > 0 && { _q: doubts }),
  };
}

function isTooLong(value: Scalar): boolean {
  if (typeof value === "string") return value.length > limits.valueLength;
  return (
    typeof value === "object" && value !== null && JSON.stringify(value).length > limits.valueLength
  );
}
