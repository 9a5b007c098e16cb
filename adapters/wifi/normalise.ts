import {
  identifierText,
  propertyText,
  sameValue,
  type AdapterEvent,
  type DeviceFacts,
  type PropertyFacts,
  type Reading,
  type Ref,
} from "koine/adapter";
import type { Caller } from "./caller.ts";
import type { WifiConfig } from "./config.ts";
import type { Answer, Dialect, Heard, Hearing, Observation, Peer } from "./dialect.ts";
import type { Frame } from "./frame.ts";
import { limits } from "./limits.ts";
import type { Known, Peers } from "./peers.ts";

/** What one frame says, in the words of the contract. */
export interface Reception {
  readonly events: readonly AdapterEvent[];
  /** The device that sent it; undefined when no dialect knows the frame. */
  readonly from?: Known;
  /** Whether the device's memory changed and is to be saved. */
  readonly changed?: boolean;
  /** What may confirm a command. */
  readonly observations?: readonly Observation[];
  readonly answer?: Answer | undefined;
}

/** What the registry was told of one device. */
interface Announced {
  readonly ref: Ref;
  /** Whether the registry was told of the device at all. */
  told: boolean;
  facts: Omit<DeviceFacts, "properties">;
  readonly properties: Map<string, PropertyFacts>;
}

export interface NormaliserOptions {
  readonly dialects: readonly Dialect<Peer>[];
  readonly peers: Peers;
  readonly config: WifiConfig;
  readonly caller: Caller;
}

/** Turns frames into adapter events. Pure but for what it remembers of devices. */
export class Normaliser {
  readonly #dialects: readonly Dialect<Peer>[];
  readonly #peers: Peers;
  readonly #config: WifiConfig;
  readonly #caller: Caller;
  readonly #announced = new Map<string, Announced>();

  constructor({ dialects, peers, config, caller }: NormaliserOptions) {
    this.#dialects = dialects;
    this.#peers = peers;
    this.#config = config;
    this.#caller = caller;
  }

  read(frame: Frame): Reception {
    const from = this.#senderOf(frame);
    if (!from) return { events: [] };
    if ("diagnostic" in from) return { events: [{ type: "diagnostic", code: from.diagnostic }] };
    const hearing = from.dialect.normalise(frame, from.peer);
    const known = { dialect: from.dialect, peer: hearing.peer ?? from.peer };
    const changed = hearing.devices.length > 0 && this.#isNews(known);
    if (changed && !this.#peers.keep(known.dialect, known.peer)) {
      return { events: [{ type: "diagnostic", code: "too_many_devices" }] };
    }
    const events = this.#eventsOf(hearing, frame, known.peer.ref);
    // What never said anything that could be read is no device to ask or to remember.
    if (!this.#peers.of(known.dialect).has(known.peer.key)) return { events };
    return {
      from: known,
      changed,
      events,
      observations: ownObservations(hearing, known.peer),
      answer: hearing.answer,
    };
  }

  /** Describes a device anew, and whole, when it is heard again: the registry has forgotten it. */
  forget(ref: Ref): void {
    const gone = new Set(ref.map(identifierText));
    for (const announced of this.#announced.values()) {
      if (announced.ref.some((own) => gone.has(identifierText(own)))) announced.told = false;
    }
  }

  #senderOf(frame: Frame): Known | { readonly diagnostic: string } | undefined {
    const known = this.#peers.find(frame.topic.slice(0, Math.max(frame.topic.lastIndexOf("/"), 0)));
    if (known) return known;
    for (const dialect of this.#dialects) {
      const peers = this.#peers.of(dialect);
      const found = dialect.recognise(frame, {
        peers,
        config: this.#config,
        caller: this.#caller,
      });
      if (!found) continue;
      return "diagnostic" in found ? found : { dialect, peer: found };
    }
    return undefined;
  }

  #isNews({ dialect, peer }: Known): boolean {
    const before = this.#peers.of(dialect).get(peer.key);
    return before !== peer && JSON.stringify(before) !== JSON.stringify(peer);
  }

  #eventsOf(hearing: Hearing<Peer>, frame: Frame, ref: Ref): AdapterEvent[] {
    const events = hearing.devices.flatMap((heard) => this.#deviceEvents(heard, frame));
    if (hearing.diagnostic !== undefined) {
      events.push({ type: "diagnostic", ref, code: hearing.diagnostic, message: frame.topic });
    }
    return events;
  }

  #deviceEvents(heard: Heard, { retained }: Frame): AdapterEvent[] {
    const { ref, events = [], availability } = heard;
    const observations = (heard.observations ?? []).filter(({ echo }) => echo !== true);
    const told = heard.facts !== undefined || events.length > 0 || availability !== undefined;
    if (!told && observations.length === 0) return [];
    const found: AdapterEvent[] = [...this.#announce(heard, observations)];
    const values = observations.map((observation) => readingOf(observation, heard, retained));
    if (values.length > 0) found.push({ type: "readings", ref, values });
    // A press is told once, when it happens; and a kept "online" says nothing of today.
    if (!retained) {
      for (const data of events) found.push({ type: "event", ref, scope: "public", data });
    }
    if (availability !== undefined && !(retained && availability === "online")) {
      found.push({ type: "availability", ref, value: availability });
    }
    return found;
  }

  /** Tells the registry what is new about a device. */
  #announce(
    { ref, facts = {}, events = [] }: Heard,
    observations: readonly Observation[],
  ): AdapterEvent[] {
    const { properties: given = [], ...whole } = facts;
    const announced = this.#announcedOf(ref);
    const pressed = events.map(({ name, part }) => ({
      is: name,
      ...(part !== undefined && { part }),
    }));
    const room = limits.announcedProperties - announced.properties.size;
    const properties = [...given, ...observations.map((one) => one.facts), ...pressed]
      .filter((property) => isNew(announced.properties, property))
      .slice(0, Math.max(room, 0));
    const known = { ...announced.facts, ...whole };
    const { told } = announced;
    if (told && properties.length === 0 && sameValue(known, announced.facts)) return [];
    announced.told = true;
    announced.facts = known;
    for (const property of properties) announced.properties.set(propertyText(property), property);
    const all = told ? properties : [...announced.properties.values()];
    return [{ type: "device", ref, facts: { ...known, properties: all } }];
  }

  #announcedOf(ref: Ref): Announced {
    const key = JSON.stringify(ref);
    let announced = this.#announced.get(key);
    if (!announced) {
      if (this.#announced.size >= limits.announcedDevices) this.#announced.clear();
      announced = { ref, told: false, facts: {}, properties: new Map() };
      this.#announced.set(key, announced);
    }
    return announced;
  }
}

function readingOf(
  { facts, value, raw, conversion, quality }: Observation,
  heard: Heard,
  retained: boolean,
): Reading {
  const { is, part } = facts;
  const { measuredAtMs } = heard;
  return {
    is,
    part,
    value,
    ...(raw !== undefined && { raw }),
    ...(conversion !== undefined && { conversion }),
    // Kept by the broker since nobody knows when.
    ...(retained ? { quality: "stale" } : quality !== undefined && { quality }),
    ...(measuredAtMs !== undefined && !retained && { measuredAtMs }),
  };
}

function ownObservations({ devices }: Hearing<Peer>, { ref }: Peer): readonly Observation[] {
  return devices.flatMap((heard) => (heard.ref === ref ? (heard.observations ?? []) : []));
}

function isNew(known: ReadonlyMap<string, PropertyFacts>, property: PropertyFacts): boolean {
  const before = known.get(propertyText(property));
  return before === undefined || !sameValue({ ...before, ...property }, before);
}
