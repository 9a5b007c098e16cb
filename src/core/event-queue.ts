import type { Counters } from "../counters.ts";
import { limits } from "../limits.ts";
import type { AdapterEvent, PropertyFacts, Reading } from "../model/adapter-event.ts";
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
 * same device, the newest value winning; at the limit the oldest reading or event is dropped and
 * counted. What a device is and whether it is there is said once and so kept, newest first, for as
 * many devices as there may be.
 */
export class EventQueue {
  readonly #take: (event: AdapterEvent) => Promise<unknown>;
  readonly #counters: Pick<Counters, "add">;
  readonly #lanes = new Map<string, Lane>();
  #waiting = 0;

  constructor(take: (event: AdapterEvent) => Promise<unknown>, counters: Pick<Counters, "add">) {
    this.#take = take;
    this.#counters = counters;
  }

  push(event: AdapterEvent): void {
    const name = laneOf(event);
    const lane = this.#laneNamed(name);
    if (!lane || (this.#waiting >= limits.adapterEvents / 2 && this.#merge(lane, event))) return;
    if (this.#waiting >= limits.adapterEvents) this.#dropOldest();
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

  #laneNamed(name: string): Lane | undefined {
    const known = this.#lanes.get(name);
    if (known) return known;
    if (this.#lanes.size > limits.devices) {
      this.#counters.add("dropped.adapter_events");
      return undefined;
    }
    const lane = { places: [], isDraining: false };
    this.#lanes.set(name, lane);
    return lane;
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

  /** Puts an event together with one that waits, where nothing is lost by it. */
  #merge({ places }: Lane, event: AdapterEvent): boolean {
    const at = places.findLastIndex(
      (place, index) =>
        "event" in place && canMerge(place.event, event, index === places.length - 1),
    );
    const place = places[at];
    if (!place || !("event" in place)) return false;
    this.#counters.add("adapter.events_coalesced");
    const merged = mergedEvent(place.event, event);
    if (event.type === "device") {
      place.event = merged;
    } else {
      // What is newer comes after what lies between.
      places.splice(at, 1);
      places.push({ event: merged });
    }
    return true;
  }

  #dropOldest(): void {
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

/** Values come again; a press does not. */
const dropOrder: readonly ReadonlySet<AdapterEvent["type"]>[] = [
  new Set(["readings", "diagnostic", "seen"]),
  new Set(["event", "notice"]),
  new Set(["result"]),
];

/** The weakest identifier is the one that every ref to a device has. */
function laneOf(event: AdapterEvent): string {
  const weakest = "ref" in event ? event.ref?.at(-1) : undefined;
  return weakest ? identifierText(weakest) : "";
}

/**
 * Whether two events of a device can be one. Facts add up wherever they wait; of words about
 * availability the last one counts; readings only join those right before them.
 */
function canMerge(older: AdapterEvent, newer: AdapterEvent, isLast: boolean): boolean {
  if (older.type === "readings" && newer.type === "readings") {
    const isOfOneKind = isPresent(older) ? isPresent(newer) : isKept(older) && isKept(newer);
    return isLast && isOfOneKind;
  }
  if (older.type === "device") return newer.type === "device";
  return isWhereabouts(older) && isWhereabouts(newer);
}

function isWhereabouts({ type }: AdapterEvent): boolean {
  return type === "availability" || type === "gone";
}

/** What a buffer replays or a broker had kept must not take the place of what is now. */
function isPresent({ values }: Of<"readings">): boolean {
  return values.every(({ quality }) => quality !== "historical" && quality !== "stale");
}

/** Whether a broker had kept it all: of that, too, the last is what counts. */
function isKept({ values }: Of<"readings">): boolean {
  return values.every(({ quality }) => quality === "stale");
}

function mergedEvent(older: AdapterEvent, newer: AdapterEvent): AdapterEvent {
  if (older.type === "readings" && newer.type === "readings") {
    const values = new Map<string, Reading>();
    for (const one of [...older.values, ...newer.values]) values.set(propertyText(one), one);
    return { ...newer, values: [...values.values()] };
  }
  if (older.type === "device" && newer.type === "device") {
    const properties = new Map<string, PropertyFacts>();
    for (const one of [...(older.facts.properties ?? []), ...(newer.facts.properties ?? [])]) {
      const name = propertyText(one);
      properties.set(name, { ...properties.get(name), ...one });
    }
    const facts = { ...older.facts, ...newer.facts, properties: [...properties.values()] };
    return { ...newer, facts };
  }
  return newer;
}
