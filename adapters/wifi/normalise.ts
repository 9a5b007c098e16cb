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
import { Copies } from "./copies.ts";
import type { WifiConfig } from "./config.ts";
import type {
  Answer,
  Diagnostic,
  Dialect,
  Heard,
  Hearing,
  Ignored,
  Listening,
  Peer,
  Unreadable,
} from "./dialect.ts";
import { readingOf, type Observation } from "../reading/observation.ts";
import type { Frame } from "../mqtt/frame.ts";
import { limits } from "./limits.ts";
import type { Peers } from "./peers.ts";
import { Precedence } from "./precedence.ts";
import { isPublic, publicOf } from "./secrets.ts";
import type { Known } from "./topic-index.ts";
import { Unclaimed } from "./unclaimed.ts";

/** What one frame says of one device, in the words of the contract. */
export interface Reception {
  readonly events: readonly AdapterEvent[];
  /** The device that sent it; undefined when no dialect knows the frame. */
  readonly from?: Known;
  /** Devices whose memory changed and is to be saved. */
  readonly changed?: readonly Known[];
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
  /** Counts what was given up. */
  readonly count: (name: string) => void;
}

/** Turns frames into adapter events. Pure but for what it remembers of devices. */
export class Normaliser {
  readonly #options: NormaliserOptions;
  readonly #precedence: Precedence;
  readonly #unclaimed: Unclaimed;
  readonly #copies = new Copies();
  readonly #asked = new Set<string>();
  /** What is all that is known of a device that may be long gone. */
  readonly #lastWills = new WeakSet<Frame>();
  readonly #announced = new Map<string, Announced>();

  constructor(options: NormaliserOptions) {
    this.#options = options;
    this.#precedence = new Precedence(options.dialects, options.peers);
    this.#unclaimed = new Unclaimed(() => options.count("frames_unclaimed"));
  }

  /** What a frame says, once for each device that it is about. */
  read(frame: Frame): readonly Reception[] {
    const senders = this.#sendersOf(frame);
    if ("ignored" in senders) return [];
    if ("diagnostic" in senders) {
      return [{ events: [{ type: "diagnostic", code: senders.diagnostic, message: frame.topic }] }];
    }
    if (senders.length === 0) this.#unclaimed.keep(frame);
    return senders.flatMap((from) => this.#receive(frame, from));
  }

  /** The devices that the configuration names, before they are heard. */
  introduce(): readonly Reception[] {
    const { dialects, peers, config } = this.#options;
    return dialects.flatMap((dialect) =>
      (dialect.introduce?.(config) ?? []).flatMap(({ peer, facts }) => {
        if (!peers.keep(dialect, peer)) return [];
        const events = this.#announce({ ref: peer.ref, facts }, []);
        return [{ from: { dialect, peer }, events }];
      }),
    );
  }

  /** Whether a dialect that is to be believed sooner speaks for this device. */
  isOvershadowed(known: Known): boolean {
    return this.#precedence.isOvershadowed(known);
  }

  /** Describes a device anew, and whole, when it is heard again: the registry has forgotten it. */
  forget(ref: Ref): void {
    this.#options.peers.release(ref);
    const gone = new Set(ref.map(identifierText));
    for (const announced of this.#announced.values()) {
      if (announced.ref.some((own) => gone.has(identifierText(own)))) announced.told = false;
    }
  }

  #sendersOf(frame: Frame): readonly Known[] | Unreadable | Ignored {
    const found = this.#options.peers.find(frame.topic);
    if (found.some(({ dialect }) => dialect.rank === "native")) return found;
    if (found.length > 0 && this.#wasAsked(frame.topic)) return found;
    const recognised = this.#recognise(frame, found);
    return "length" in recognised ? [...found, ...recognised] : recognised;
  }

  /** Whether the dialects had a look at a topic that only a description is known for. */
  #wasAsked(topic: string): boolean {
    if (this.#asked.has(topic)) return true;
    if (this.#asked.size >= limits.rememberedPaths) this.#asked.clear();
    this.#asked.add(topic);
    return false;
  }

  #recognise(frame: Frame, found: readonly Known[]): readonly Known[] | Unreadable | Ignored {
    for (const dialect of this.#options.dialects) {
      // What is described may speak for itself; another description of it would be the same.
      if (found.length > 0 && dialect.rank !== "native") continue;
      const recognised = dialect.recognise(frame, this.#listening(dialect));
      if (!recognised) continue;
      if ("ignored" in recognised) return recognised;
      return "diagnostic" in recognised ? recognised : [{ dialect, peer: recognised }];
    }
    return [];
  }

  #listening(dialect: Dialect<Peer>): Listening<Peer> {
    const { peers, config, caller } = this.#options;
    return { peers: peers.of(dialect), config, caller };
  }

  /** What the sender says, and what was kept for a device that has become known by it. */
  #receive(frame: Frame, { dialect, peer: before }: Known): readonly Reception[] {
    const { peers } = this.#options;
    const hearing = dialect.normalise(frame, before, this.#listening(dialect));
    const from = { dialect, peer: hearing.peer ?? before };
    if (frame.retained && !peers.of(dialect).has(before.key) && isLastWill(hearing)) {
      this.#lastWills.add(frame);
      this.#unclaimed.keep(frame);
      return [];
    }
    const heard = hearing.devices.length > 0 || hearing.others !== undefined ? [from] : [];
    const others = (hearing.others ?? []).map((peer) => ({ dialect, peer }));
    const changed = [...heard, ...others].filter((known) => this.#isNews(known));
    const kept = changed.filter((known) => peers.keep(known.dialect, known.peer));
    if (changed.includes(from) && !kept.includes(from)) {
      const code: Diagnostic = "too_many_devices";
      return [{ events: [{ type: "diagnostic", code }] }];
    }
    const events = [...this.#eventsOf(hearing, frame, from), ...this.#farewells(hearing, from)];
    const replayed = kept
      .flatMap(({ peer }) => this.#unclaimed.claim(peer))
      // Who is heard now has come back since.
      .filter((one) => frame.retained || !this.#lastWills.has(one));
    // What never said anything that could be read is no device to ask or to remember.
    const isKnown = peers.of(dialect).has(from.peer.key);
    const observations = ownObservations(hearing, from.peer);
    const { answer } = hearing;
    const reception = isKnown ? { from, changed: kept, events, observations, answer } : { events };
    return [reception, ...replayed.flatMap((one) => this.read(one))];
  }

  #isNews({ dialect, peer }: Known): boolean {
    const { peers } = this.#options;
    if (peers.isReleased({ dialect, peer })) return true;
    const before = peers.of(dialect).get(peer.key);
    return before !== peer && JSON.stringify(before) !== JSON.stringify(peer);
  }

  #eventsOf(hearing: Hearing<Peer>, frame: Frame, from: Known): AdapterEvent[] {
    const isOvershadowed = this.isOvershadowed(from);
    // All that it adds is under what name it is described.
    const devices =
      isOvershadowed && this.#precedence.sharesHardware(from)
        ? hearing.devices.filter(({ facts }) => facts).map(({ ref }) => ({ ref, facts: {} }))
        : isOvershadowed
          ? []
          : hearing.devices;
    const events = devices
      .filter((heard) => !this.#isCopy(heard, frame))
      .flatMap((heard) => this.#deviceEvents(heard, frame));
    if (hearing.diagnostic !== undefined && !isOvershadowed) {
      const { ref } = from.peer;
      events.push({ type: "diagnostic", ref, code: hearing.diagnostic, message: frame.topic });
    }
    if (isOvershadowed) return events;
    return [
      ...events,
      ...(hearing.notes ?? []).map(
        (note) => ({ type: "diagnostic", ...note, isNote: true }) as const,
      ),
    ];
  }

  #isCopy({ ref, copyOf }: Heard, { receivedMs = 0 }: Frame): boolean {
    if (copyOf === undefined) return false;
    const isCopy = this.#copies.isCopy(JSON.stringify(ref), copyOf, receivedMs);
    if (isCopy) this.#options.count("copies");
    return isCopy;
  }

  #farewells({ gone = [] }: Hearing<Peer>, { dialect }: Known): AdapterEvent[] {
    const { peers } = this.#options;
    return gone.flatMap((key) => {
      const peer = peers.of(dialect).get(key);
      if (!peer) return [];
      const isOvershadowed = this.isOvershadowed({ dialect, peer });
      peers.forget(dialect, key);
      if (isOvershadowed) return [];
      this.forget(peer.ref);
      return [{ type: "gone", ref: peer.ref }];
    });
  }

  #deviceEvents(heard: Heard, { topic, retained }: Frame): AdapterEvent[] {
    const { ref, events = [], availability } = heard;
    const observations = (heard.observations ?? [])
      .filter(({ echo }) => echo !== true)
      .flatMap((one) => publicOf(one) ?? []);
    const told = heard.facts !== undefined || events.length > 0 || availability !== undefined;
    if (!told && observations.length === 0) return [];
    const found: AdapterEvent[] = [...this.#announce(heard, observations)];
    const values = observations.map((observation) =>
      readingFrom(observation, heard, { topic, retained }),
    );
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
    const properties = [
      ...given.filter(isPublic),
      ...observations.map((one) => one.facts),
      ...pressed,
    ]
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

function readingFrom(
  observation: Observation,
  { measuredAtMs }: Heard,
  { topic: from, retained }: Pick<Frame, "topic" | "retained">,
): Reading {
  const reading = { ...readingOf(observation), from };
  // Kept by the broker since nobody knows when.
  if (retained) return { ...reading, quality: "stale" };
  return { ...reading, ...(measuredAtMs !== undefined && { measuredAtMs }) };
}

function ownObservations({ devices }: Hearing<Peer>, { ref }: Peer): readonly Observation[] {
  return devices.flatMap((heard) => (heard.ref === ref ? (heard.observations ?? []) : []));
}

/** Whether all that is said is that a device, which nobody has heard yet, is not there. */
function isLastWill({ devices, others, gone }: Hearing<Peer>): boolean {
  return (
    others === undefined &&
    gone === undefined &&
    devices.length > 0 &&
    devices.every(
      ({ availability, facts = {}, observations = [], events = [] }) =>
        availability === "offline" &&
        Object.keys(facts).length + observations.length + events.length === 0,
    )
  );
}

function isNew(known: ReadonlyMap<string, PropertyFacts>, property: PropertyFacts): boolean {
  const before = known.get(propertyText(property));
  return before === undefined || !sameValue({ ...before, ...property }, before);
}
