import type { Counters } from "../counters.ts";
import { limits } from "../limits.ts";
import type { AdapterEvent, DeviceFacts, PropertyFacts, Reading } from "../model/adapter-event.ts";
import { identifierText, propertyText } from "../model/identity.ts";

type Of<T extends AdapterEvent["type"]> = Extract<AdapterEvent, { type: T }>;

/** What waits in a lane: an event, or somebody who wants to know when all before was taken. */
type Place = { event: AdapterEvent } | { reached: () => void };

/** The events of one device, taken one after the other. */
interface Lane {
  readonly places: Place[];
  isDraining: boolean;
}

/**
 * Events between an adapter and the registry. Those of one device are taken in order; different
 * devices do not wait for each other, so that many new ones share one write to the disk. Pushing
 * never blocks and never throws. Above half the limit what comes is merged with what waits for the
 * same device (the newest value wins); at the limit the oldest is dropped and counted, readings
 * before events, and what a device is last of all.
 */
export class EventQueue {
  readonly #take: (event: AdapterEvent) => Promise<void>;
  readonly #counters: Counters;
  readonly #lanes = new Map<string, Lane>();
  #waiting = 0;

  constructor(take: (event: AdapterEvent) => Promise<void>, counters: Counters) {
    this.#take = take;
    this.#counters = counters;
  }

  push(event: AdapterEvent): void {
    const name = laneOf(event);
    const lane = this.#lanes.get(name) ?? { places: [], isDraining: false };
    this.#lanes.set(name, lane);
    if (this.#waiting >= limits.adapterEvents / 2 && this.#merge(lane, event)) return;
    if (this.#waiting >= limits.adapterEvents) this.#dropOne();
    lane.places.push({ event });
    this.#waiting += 1;
    if (!lane.isDraining) void this.#drain(name, lane);
  }

  /** Resolves when everything pushed so far was taken, whatever comes after it. */
  async taken(): Promise<void> {
    const reached = [...this.#lanes.values()].map(
      ({ places }) => new Promise<void>((resolve) => places.push({ reached: resolve })),
    );
    await Promise.all(reached);
  }

  async #drain(name: string, lane: Lane): Promise<void> {
    lane.isDraining = true;
    // The first event waits for the pusher's turn to end: nothing acts inside an I/O callback.
    await Promise.resolve();
    for (let place = lane.places.shift(); place; place = lane.places.shift()) {
      if ("reached" in place) {
        place.reached();
      } else {
        this.#waiting -= 1;
        await this.#take(place.event);
      }
    }
    this.#lanes.delete(name);
  }

  /** Puts an event into one that waits, where nothing is lost by it. */
  #merge({ places }: Lane, event: AdapterEvent): boolean {
    const last = places.findLast((place) => "event" in place);
    if (!last) return false;
    const merged = mergedEvent(last.event, event);
    if (!merged) return false;
    last.event = merged;
    this.#counters.add("adapter.events_coalesced");
    return true;
  }

  /** Drops the oldest of what is least missed. */
  #dropOne(): void {
    for (const expendable of dropOrder) {
      for (const { places } of this.#lanes.values()) {
        const oldest = places.findIndex(
          (place) => "event" in place && expendable.has(place.event.type),
        );
        if (oldest < 0) continue;
        places.splice(oldest, 1);
        this.#waiting -= 1;
        this.#counters.add("dropped.adapter_events");
        return;
      }
    }
  }
}

/** Values come again; a press does not; what a device is nobody says twice. */
const dropOrder: readonly ReadonlySet<AdapterEvent["type"]>[] = [
  new Set(["readings", "diagnostic"]),
  new Set(["event"]),
  new Set(["availability", "device", "gone", "result"]),
];

/** The weakest identifier is the one that every ref to a device has. */
function laneOf(event: AdapterEvent): string {
  const weakest = "ref" in event ? event.ref?.at(-1) : undefined;
  return weakest ? identifierText(weakest) : "";
}

function mergedEvent(older: AdapterEvent, newer: AdapterEvent): AdapterEvent | undefined {
  if (older.type === "readings" && newer.type === "readings") {
    return isPresent(older) && isPresent(newer) ? mergedReadings(older, newer) : undefined;
  }
  if (older.type === "device" && newer.type === "device") {
    return { ...newer, facts: mergedFacts(older.facts, newer.facts) };
  }
  return older.type === "availability" && newer.type === "availability" ? newer : undefined;
}

/** What a buffer replays or a broker had kept must not take the place of what is now. */
function isPresent({ values }: Of<"readings">): boolean {
  return values.every(({ quality }) => quality !== "historical" && quality !== "stale");
}

function mergedReadings(older: Of<"readings">, newer: Of<"readings">): Of<"readings"> {
  const values = new Map<string, Reading>();
  for (const reading of [...older.values, ...newer.values]) {
    values.set(propertyText(reading), reading);
  }
  return { ...newer, values: [...values.values()] };
}

function mergedFacts(older: DeviceFacts, newer: DeviceFacts): DeviceFacts {
  const properties = new Map<string, PropertyFacts>();
  for (const fact of [...(older.properties ?? []), ...(newer.properties ?? [])]) {
    properties.set(propertyText(fact), { ...properties.get(propertyText(fact)), ...fact });
  }
  return { ...older, ...newer, properties: [...properties.values()] };
}
