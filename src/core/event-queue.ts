import type { Counters } from "../counters.ts";
import { limits } from "../limits.ts";
import type { AdapterEvent, Reading } from "../model/adapter-event.ts";
import { propertyText, refText } from "../model/identity.ts";

type Readings = Extract<AdapterEvent, { type: "readings" }>;

/** An event in its place; merging replaces the event, not the place. */
interface Place {
  event: AdapterEvent;
}

/**
 * Events between an adapter and the registry, taken by one loop in order. Pushing never blocks:
 * above half its limit readings of one device are merged (the newest value wins), at the limit the
 * oldest readings are dropped and counted. Other events go only when there are no readings left.
 */
export class EventQueue {
  readonly #take: (event: AdapterEvent) => Promise<void>;
  readonly #counters: Counters;
  readonly #places: Place[] = [];
  /** Where the last waiting event of a device is, if that is readings. */
  readonly #lastReadings = new Map<string, Place>();
  #draining: Promise<void> | undefined;

  constructor(take: (event: AdapterEvent) => Promise<void>, counters: Counters) {
    this.#take = take;
    this.#counters = counters;
  }

  push(event: AdapterEvent): void {
    if (this.#places.length >= limits.adapterEvents / 2 && this.#merge(event)) return;
    if (this.#places.length >= limits.adapterEvents) this.#dropOne();
    const place = { event };
    this.#places.push(place);
    this.#remember(place);
    this.#draining ??= this.#drain();
  }

  /** Resolves when everything pushed so far was taken. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // The first event waits for the pusher's turn to end: nothing acts inside an I/O callback.
    await Promise.resolve();
    for (let place = this.#places.shift(); place; place = this.#places.shift()) {
      this.#forget(place);
      await this.#take(place.event);
    }
    this.#draining = undefined;
  }

  #remember(place: Place): void {
    const { event } = place;
    if (!("ref" in event) || event.ref === undefined) return;
    if (event.type === "readings") this.#lastReadings.set(refText(event.ref), place);
    else this.#lastReadings.delete(refText(event.ref));
  }

  #forget(place: Place): void {
    if (place.event.type !== "readings") return;
    const device = refText(place.event.ref);
    if (this.#lastReadings.get(device) === place) this.#lastReadings.delete(device);
  }

  #merge(event: AdapterEvent): boolean {
    if (event.type !== "readings") return false;
    const place = this.#lastReadings.get(refText(event.ref));
    if (place?.event.type !== "readings") return false;
    place.event = merged(place.event, event);
    this.#counters.add("adapter.events_coalesced");
    return true;
  }

  #dropOne(): void {
    const oldest = this.#places.findIndex(({ event }) => event.type === "readings");
    const [dropped] = this.#places.splice(Math.max(oldest, 0), 1);
    if (dropped) this.#forget(dropped);
    this.#counters.add("dropped.adapter_events");
  }
}

function merged(older: Readings, newer: Readings): Readings {
  const values = new Map<string, Reading>();
  for (const reading of [...older.values, ...newer.values]) {
    values.set(propertyText(reading), reading);
  }
  return { ...newer, values: [...values.values()] };
}
