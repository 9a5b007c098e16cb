import {
  propertyText,
  roundTo,
  sameValue,
  specOf,
  type AdapterEvent,
  type DeviceFacts,
  type EventData,
  type PropertyFacts,
  type PropertyRef,
  type Ref,
  type Scalar,
} from "koine/adapter";
import { readingOf, type Observation } from "../reading/observation.ts";
import { limits } from "./limits.ts";

export interface DeviceOptions {
  readonly ref: Ref;
  readonly emit: (event: AdapterEvent) => void;
  readonly count: (name: string) => void;
  /** Numbers are told at most so often, in ms. */
  readonly minIntervalMs: number;
  /** What did not change is told again after so long, in ms. */
  readonly refreshMs: number;
}

interface Told {
  value: Scalar;
  atMs: number;
  /** Heard since, and held back. */
  waiting: Observation | undefined;
}

/** Changes of the model's name that are told; frames of some devices name it differently, for ever. */
const modelChanges = 2;

/** One device as the gateway is told of it: what is new, and no more often than anybody needs. */
export class Device {
  readonly ref: Ref;
  /** The gateway knows it. */
  isTold = false;
  readonly #options: DeviceOptions;
  #facts: Omit<DeviceFacts, "properties"> = {};
  #modelChanges = 0;
  readonly #properties = new Map<string, PropertyFacts>();
  readonly #told = new Map<string, Told>();
  /** When states are over that the sender only tells the start of: monotonic ms. */
  readonly #passing = new Map<
    string,
    { readonly property: PropertyRef; readonly endsAt: number }
  >();
  /** What may be told of it now, since when: whoever forges its frames must not flood the gateway. */
  #mayTell: number = limits.tellsBurst;
  #mayTellAt = -Infinity;

  constructor(options: DeviceOptions) {
    this.ref = options.ref;
    this.#options = options;
  }

  /** What the device is; properties come by themselves. */
  describe(facts: Omit<DeviceFacts, "properties">): void {
    const isOtherModel =
      facts.model !== undefined &&
      this.#facts.model !== undefined &&
      facts.model !== this.#facts.model;
    if (isOtherModel) this.#modelChanges += 1;
    const all = { ...this.#facts, ...facts };
    if (this.#modelChanges > modelChanges) {
      const { model, manufacturer } = this.#facts;
      Object.assign(all, { model }, manufacturer !== undefined && { manufacturer });
    }
    if (this.isTold && sameValue({ ...this.#facts }, { ...all })) return;
    this.#facts = all;
    this.#announce([]);
  }

  /** Values that were heard just now. */
  tell(observations: readonly Observation[], now: number): void {
    const due = observations.filter((one) => this.#isDue(one, now));
    if (due.length === 0) return;
    if (this.#allows(now)) this.#report(due, now);
    else this.#hold(due);
  }

  /** A message that was heard before: what is as it was told then is still so. */
  repeat(observations: readonly Observation[], now: number): void {
    const same = observations.filter(({ facts, value }) => {
      const told = this.#told.get(propertyText(facts));
      return told !== undefined && sameValue(told.value, rounded(facts.is, value));
    });
    this.tell(same, now);
  }

  /** It has these properties, whether or not it has said anything of them. */
  knows(properties: readonly PropertyFacts[]): void {
    this.#know(properties);
  }

  happen(events: readonly EventData[], now: number): void {
    if (!this.#allows(now)) return;
    this.#know(events.map(({ name, part }) => ({ is: name, ...(part !== undefined && { part }) })));
    for (const data of events) {
      this.#options.emit({ type: "event", ref: this.ref, scope: "public", data });
    }
  }

  /** These states are over at these moments, if nothing else is heard of them. */
  passes(states: readonly (PropertyRef & { readonly afterS: number })[], now: number): void {
    for (const { is, part, afterS } of states) {
      const property = { is, ...(part !== undefined && { part }) };
      this.#passing.set(propertyText(property), { property, endsAt: now + afterS * 1_000 });
    }
  }

  /** Tells what was held back, and what is over. To be called about each second. */
  sweep(now: number): void {
    const waiting = [...this.#told.values()].flatMap((told) =>
      told.waiting && now - told.atMs >= this.#options.minIntervalMs ? [told.waiting] : [],
    );
    if (waiting.length > 0) this.#report(waiting, now);
    for (const [key, { property, endsAt }] of this.#passing) {
      if (now < endsAt) continue;
      this.#passing.delete(key);
      // Nobody said so: it is what silence means for this sensor.
      const over: Observation = { facts: property, value: false, quality: "assumed" };
      if (this.#told.get(key)?.value === true) this.#report([over], now);
    }
  }

  /** The gateway has forgotten it: describe it anew, and tell everything again. */
  forgotten(): void {
    this.isTold = false;
    this.#told.clear();
  }

  #allows(now: number): boolean {
    const earned = ((now - this.#mayTellAt) / 1_000) * limits.tellsPerS;
    this.#mayTell = Math.min(limits.tellsBurst, this.#mayTell + earned);
    this.#mayTellAt = now;
    if (this.#mayTell < 1) {
      this.#options.count("tells_held");
      return false;
    }
    this.#mayTell -= 1;
    return true;
  }

  /** What is held is told by a later sweep, the newest of each property. */
  #hold(due: readonly Observation[]): void {
    for (const observation of due) {
      const told = this.#told.get(propertyText(observation.facts));
      if (told) told.waiting = observation;
    }
  }

  #isDue(observation: Observation, now: number): boolean {
    const { facts, value } = observation;
    const told = this.#told.get(propertyText(facts));
    if (!told || now - told.atMs >= this.#options.refreshMs) return true;
    const isNews = !sameValue(told.value, rounded(facts.is, value));
    const mayWait = typeof value === "number" && typeof told.value === "number";
    const isSoon = now - told.atMs < this.#options.minIntervalMs;
    told.waiting = isNews && mayWait && isSoon ? observation : undefined;
    return isNews && !(mayWait && isSoon);
  }

  #report(observations: readonly Observation[], now: number): void {
    const known = observations.filter(({ facts }) => this.#remember(facts));
    this.#know(known.map(({ facts }) => facts));
    for (const { facts, value } of known) {
      const told = { value: rounded(facts.is, value), atMs: now, waiting: undefined };
      this.#told.set(propertyText(facts), told);
    }
    if (known.length === 0) return;
    this.#options.emit({ type: "readings", ref: this.ref, values: known.map(readingOf) });
  }

  #remember(facts: PropertyFacts): boolean {
    if (this.#told.size < limits.properties || this.#told.has(propertyText(facts))) return true;
    this.#options.count("properties_refused");
    return false;
  }

  /** Tells the gateway of properties that it does not know. */
  #know(properties: readonly PropertyFacts[]): void {
    const news = properties.filter((one) => !this.#properties.has(propertyText(one)));
    for (const one of news) this.#properties.set(propertyText(one), one);
    if (news.length > 0 || !this.isTold) this.#announce(news);
  }

  #announce(news: readonly PropertyFacts[]): void {
    const properties = this.isTold ? news : [...this.#properties.values()];
    this.isTold = true;
    this.#options.emit({ type: "device", ref: this.ref, facts: { ...this.#facts, properties } });
  }
}

/** As the gateway will round it: what differs by less is no news. */
function rounded(is: string, value: Scalar): Scalar {
  const decimals = specOf(is)?.decimals;
  return typeof value === "number" && typeof decimals === "number"
    ? roundTo(value, decimals)
    : value;
}
