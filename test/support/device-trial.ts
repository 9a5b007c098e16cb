import { createCaller } from "../../adapters/wifi/caller.ts";
import { configSchema } from "../../adapters/wifi/config.ts";
import { dialects } from "../../adapters/wifi/dialects/index.ts";
import type { Request } from "../../adapters/mqtt/frame.ts";
import { Normaliser } from "../../adapters/wifi/normalise.ts";
import { Peers } from "../../adapters/wifi/peers.ts";
import type { AdapterEvent, EventData, PropertyFacts } from "../../src/model/adapter-event.ts";
import { mintKey, propertyText, type Ref } from "../../src/model/identity.ts";
import type { Scalar } from "../../src/model/scalar.ts";

export type Message = readonly [topic: string, payload: unknown];

/** One device in the eyes of the wifi adapter: what it says in our words, and what it is sent. */
export class DeviceTrial {
  readonly peers = new Peers(dialects);
  /** Last value of each property, by the key it would get. */
  readonly values: Record<string, Scalar> = {};
  readonly events: EventData[] = [];
  readonly diagnostics: string[] = [];
  readonly facts = new Map<string, PropertyFacts>();
  availability: string | undefined;
  ref: Ref = [];
  readonly #keys = new Map<string, string>();
  readonly #caller = createCaller(() => 0.5);
  readonly #reader: Normaliser;

  constructor(config: object = {}) {
    this.#reader = new Normaliser({
      dialects,
      peers: this.peers,
      config: configSchema.parse(config),
      caller: this.#caller,
      count: () => {},
    });
    for (const { events } of this.#reader.introduce())
      for (const event of events) this.#take(event);
  }

  /** Something that happens now. */
  hear(...messages: readonly Message[]): this {
    return this.#hear(messages, false);
  }

  /** Something that the broker had kept. */
  hearKept(...messages: readonly Message[]): this {
    return this.#hear(messages, true);
  }

  #hear(messages: readonly Message[], retained: boolean): this {
    for (const [topic, body] of messages) {
      const payload = typeof body === "string" ? body : JSON.stringify(body);
      const receptions = this.#reader.read({ topic, payload, retained, receivedMs: 0 });
      for (const event of receptions.flatMap(({ events }) => events)) this.#take(event);
    }
    return this;
  }

  /** What is sent for wishes, by the keys of the properties. */
  set(wishes: Readonly<Record<string, Scalar>>, transitionS?: number): readonly Request[] {
    const known = this.peers.findByRef(this.ref);
    if (!known) throw new Error("No device was heard");
    const writes = Object.entries(wishes).map(([key, value]) => {
      const facts = this.facts.get(key);
      if (!facts) throw new Error(`No property ${key} of ${[...this.facts.keys()].join(", ")}`);
      return { is: facts.is, part: facts.part, source: facts.source, value };
    });
    const command = {
      type: "set",
      id: "1",
      ref: this.ref,
      writes,
      timeoutMs: 1,
      transitionS,
    } as const;
    const { requests } = known.dialect.encode(command, known.peer, this.#caller);
    return requests.map(({ topic, payload }) => ({ topic, payload }));
  }

  #take(event: AdapterEvent): void {
    if ("ref" in event && event.ref && event.type !== "diagnostic") this.ref = event.ref;
    switch (event.type) {
      case "device":
        for (const facts of event.facts.properties ?? []) this.facts.set(this.#key(facts), facts);
        break;
      case "readings":
        for (const reading of event.values) this.values[this.#key(reading)] = reading.value;
        break;
      case "event":
        this.events.push(event.data);
        break;
      case "availability":
        this.availability = event.value;
        break;
      case "diagnostic":
        this.diagnostics.push(event.code);
        break;
      default:
        break;
    }
  }

  #key(property: PropertyFacts): string {
    const text = propertyText(property);
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const taken = new Set(this.#keys.values());
    const key = mintKey(property, (one) => taken.has(one));
    this.#keys.set(text, key);
    return key;
  }
}
