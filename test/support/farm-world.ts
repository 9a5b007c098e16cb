import { z } from "zod";
import type { AdapterHost } from "../../src/core/adapter.ts";
import type { CommandResult, PropertyFacts } from "../../src/model/adapter-event.ts";
import type { Command } from "../../src/model/command.ts";
import { idScheme, type Ref } from "../../src/model/identity.ts";
import type { Scalar } from "../../src/model/scalar.ts";
import { configSchema } from "../../src/config/schema.ts";
import { openTalk, type Talk } from "../../src/talk.ts";
import { TestAdapter } from "./adapter.ts";
import { TestGateway } from "./gateway.ts";

/** How a thing takes what it is told. */
type Manner = "reports" | "acknowledges" | "says nothing" | "sleeps" | "refuses";

/** A thing on the farm, with what it was told. */
export class Thing {
  readonly ref: Ref;
  readonly writes: (readonly [is: string, value: Scalar])[] = [];
  manner: Manner = "reports";
  readonly #values: Record<string, Scalar>;
  readonly #properties: readonly PropertyFacts[];
  readonly #name: string;

  constructor(
    id: string,
    name: string,
    properties: readonly PropertyFacts[],
    values: Record<string, Scalar>,
  ) {
    this.ref = [[idScheme, id]];
    this.#name = name;
    this.#properties = properties;
    this.#values = values;
  }

  value(is: string): Scalar | undefined {
    return this.#values[is];
  }

  describe(host: AdapterHost): void {
    const facts = { name: this.#name, properties: this.#properties };
    host.emit({ type: "device", ref: this.ref, facts });
    host.emit({ type: "availability", ref: this.ref, value: "online" });
    this.report(host);
  }

  report(host: AdapterHost, values: Readonly<Record<string, Scalar>> = {}): void {
    Object.assign(this.#values, values);
    const all = Object.entries(this.#values).map(([is, value]) => ({ is, value }));
    host.emit({ type: "readings", ref: this.ref, values: all });
  }

  obey(command: Command, host: AdapterHost): CommandResult {
    if (command.type === "get") {
      if (this.manner === "says nothing") throw new Error("It says nothing");
      this.report(host);
      return { status: "done", confirmedBy: "report" };
    }
    if (this.manner === "refuses") return { status: "failed", code: "device_error" };
    for (const { is, value } of command.writes) this.#write(is, value);
    if (this.manner === "sleeps") return { status: "queued" };
    if (this.manner === "says nothing") return { status: "timeout" };
    if (this.manner === "reports") this.report(host);
    return { status: "done", confirmedBy: this.manner === "reports" ? "report" : "ack" };
  }

  #write(is: string, value: Scalar): void {
    this.writes.push([is, value]);
    if (this.manner === "says nothing") return;
    if (is !== "cover_action") this.#values[is] = value;
    else {
      this.#values["cover_state"] = value === "open" ? "open" : "closed";
      this.#values["position"] = value === "open" ? 100 : 0;
    }
  }
}

/** A text that went out. */
export interface Answer {
  readonly to: string;
  readonly body: string;
  readonly class: string;
  readonly atMs: number;
}

const level = {
  is: "x_farm_level",
  name: "level",
  type: "number",
  unit: "%",
  access: "r",
} as const;

/** The devices of a farm and two people with phones, on the real core, with a clock that is moved by hand. */
export class FarmWorld implements AsyncDisposable {
  readonly gateway: TestGateway;
  readonly answers: Answer[] = [];
  readonly calls: { readonly to: string; readonly atMs: number }[] = [];
  readonly pump = new Thing("pump", "Pump", [{ is: "onoff" }], { onoff: false });
  readonly gate = new Thing(
    "gate",
    "Gate",
    [{ is: "cover_action" }, { is: "position" }, { is: "cover_state" }],
    { position: 0, cover_state: "closed" },
  );
  readonly tank = new Thing("tank", "Tank", [level], { x_farm_level: 81 });
  readonly light = new Thing("light", "Light", [{ is: "onoff" }], { onoff: false });
  /** Who was added. */
  readonly added: Scalar[] = [];
  /** Whether texts can leave. */
  isPhoneDown = false;
  readonly #config: object;
  #things = new TestAdapter();
  #phones = new TestAdapter();
  #talk: Talk | undefined;
  #texts = 0;

  private constructor(gateway: TestGateway, config: object) {
    this.gateway = gateway;
    this.#config = config;
  }

  static async open(config: object = {}): Promise<FarmWorld> {
    const farm = new FarmWorld(await TestGateway.open(), config);
    await farm.start();
    return farm;
  }

  get host(): AdapterHost {
    const { host } = this.#things;
    if (!host) throw new Error("The farm does not run");
    return host;
  }

  async start(): Promise<void> {
    const { gateway } = this;
    const { core, bus, clock, counters, log } = gateway;
    const config = configSchema.parse({ dialogue: { owners: ["Amina"] }, ...this.#config });
    this.#things = new TestAdapter();
    this.#phones = new TestAdapter();
    const things = [this.pump, this.gate, this.tank, this.light];
    this.#things.answer = async (command) => {
      const thing = things.find(({ ref }) => ref[0]?.[1] === command.ref[0]?.[1]);
      if (!thing) throw new Error("No such thing");
      return thing.obey(command, this.host);
    };
    this.#phones.answer = async (command) => this.#carry(command);
    this.#phones.answerRequest = async (_, params) => {
      this.added.push(params);
      return { person: "person-juma" };
    };
    const params = z.strictObject({ name: z.string(), number: z.string() });
    const requests = { "add-person": { description: "Adds somebody", params, isPrivate: true } };
    core.host({ name: "farm", kind: "farm", adapter: this.#things });
    core.host({ name: "phones", kind: "phones", adapter: this.#phones, requests });
    const { store } = gateway;
    this.#talk = await openTalk({ id: "test", config, bus, store, core, clock, counters, log });
    core.start();
    this.#talk.start();
    await gateway.settle();
    for (const thing of things) thing.describe(this.host);
    this.#describePerson("person-amina", "Amina", "en");
    this.#describePerson("person-joseph", "Joseph", "sw");
    // What is told later is told at another time.
    await gateway.clock.advance(1_000);
  }

  /** The daemon ends without a word, and starts again from the same disk. */
  async crash(forMs = 0): Promise<void> {
    // What a crash cannot do: nothing is flushed by hand.
    await this.#talk?.stop();
    await this.gateway.clock.advance(0);
    this.gateway.clock.wallMs += forMs;
    await this.gateway.restart();
    await this.start();
  }

  /** Somebody texts; nothing is waited for. */
  async say(
    body: string,
    { from = "person-amina", ageMs = 0, id = `t${(this.#texts += 1)}` }: SayOptions = {},
  ): Promise<void> {
    const now = this.gateway.clock.now();
    const data = { id, body, sent_at_ms: now - ageMs, received_at_ms: now };
    const ref: Ref = [[idScheme, from]];
    const text = { name: "text", action: "received", data } as const;
    this.#phones.host?.emit({ type: "event", ref, scope: "local", data: text });
    await this.gateway.settle();
  }

  /** Somebody texts; resolves to the next answer to them, within half a minute of the farm's time. */
  async ask(body: string, options: SayOptions = {}): Promise<string> {
    const { from = "person-amina" } = options;
    const before = this.#to(from).length;
    await this.say(body, options);
    for (let passed = 0; passed < 120 && this.#to(from).length === before; passed++) {
      await this.gateway.clock.advance(250);
    }
    return this.#to(from)[before]?.body ?? "(silence)";
  }

  /** Time passes. */
  async pass(ms: number, stepMs = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      await this.gateway.clock.advance(Math.min(left, stepMs));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#talk?.stop();
    await this.gateway[Symbol.asyncDispose]();
  }

  #to(person: string): readonly Answer[] {
    return this.answers.filter(({ to }) => to === person);
  }

  #describePerson(id: string, name: string, language: string): void {
    const ref: Ref = [[idScheme, id]];
    const properties = [
      { is: "message" },
      { is: "call" },
      { is: "x_phones_language", type: "string", access: "r", kind: "diagnostic" },
    ] as const;
    this.#phones.host?.emit({ type: "device", ref, facts: { name, properties } });
    const values = [{ is: "x_phones_language", value: language }];
    this.#phones.host?.emit({ type: "readings", ref, values });
  }

  #carry(command: Command): CommandResult {
    if (command.type !== "set" || this.isPhoneDown)
      return { status: "failed", code: "unreachable" };
    const to = command.ref[0]?.[1] ?? "";
    const atMs = this.gateway.clock.now();
    for (const { is, value } of command.writes) {
      if (is === "call") this.calls.push({ to, atMs });
      if (is !== "message" || typeof value !== "object" || value === null) continue;
      const { body, class: name } = value as Record<string, string>;
      this.answers.push({ to, body: body ?? "", class: name ?? "", atMs });
    }
    return { status: "queued", stage: "queued" };
  }
}

interface SayOptions {
  readonly from?: string;
  readonly ageMs?: number;
  readonly id?: string;
}
