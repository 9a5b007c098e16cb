import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Line } from "../../adapters/simulation/line.ts";
import { sms } from "../../adapters/sms/index.ts";
import { BadCable, type BadCableOptions } from "../../adapters/sms/simulator/bad-cable.ts";
import type { Make } from "../../adapters/sms/simulator/manners.ts";
import { Modem } from "../../adapters/sms/simulator/modem.ts";
import { Network } from "../../adapters/sms/simulator/network.ts";
import { systemClock, type Clock } from "../../src/clock.ts";
import { Core } from "../../src/core/core.ts";
import type { MessageOf } from "../../src/model/message.ts";
import { TestBroker, type Received, type TestClient } from "./broker.ts";

type Config = Readonly<Record<string, unknown>>;

export interface SmsWorldOptions {
  readonly make?: Make;
  /** Of the SIM. */
  readonly pin?: string;
  readonly config?: Config;
  /** How much faster than life time runs for the gateway. */
  readonly timeScale?: number;
  /** What stands on the core beside the adapter: called before it starts, and returns how that ends. */
  readonly beside?: (world: SmsWorld) => Promise<() => Promise<void>>;
  /** What the cable to the modem does to bytes. */
  readonly cable?: Omit<BadCableOptions, "random">;
}

/** What only this process gets of a text. */
interface Heard {
  readonly device: string;
  readonly body: string;
}

/** The whole way: a mobile network, a modem in bytes, the adapter, the core, a broker, a subscriber. */
export class SmsWorld implements AsyncDisposable {
  readonly amina = "+254712345678";
  readonly broker: TestBroker;
  readonly network: Network;
  readonly modem: Modem;
  readonly line: Line;
  /** Sees everything of the common schema. */
  readonly subscriber: TestClient;
  /** Texts that local subscribers got. */
  readonly heard: Heard[] = [];
  core!: Core;
  #endBeside: (() => Promise<void>) | undefined;
  readonly #options: SmsWorldOptions;
  readonly #root: string;

  private constructor(
    options: SmsWorldOptions,
    broker: TestBroker,
    subscriber: TestClient,
    root: string,
  ) {
    const clock = systemClock();
    const { make = "sim7600", pin } = options;
    this.#options = options;
    this.broker = broker;
    this.subscriber = subscriber;
    this.#root = root;
    this.network = new Network(systemClock(options.timeScale));
    const { network } = this;
    this.modem = new Modem({ clock, network, make, ...(pin !== undefined && { pin }) });
    const cable = new BadCable(this.modem, { ...options.cable, random: Math.random });
    this.line = new Line(() => cable, { clock });
    broker.bus.subscribe(["event"], (message, scope) => {
      if (scope === "local") this.heard.push(heardIn(message));
    });
  }

  static async open(options: SmsWorldOptions = {}): Promise<SmsWorld> {
    const broker = await TestBroker.open();
    const subscriber = await broker.client();
    await subscriber.subscribe("koine/1/#");
    const root = await mkdtemp(join(tmpdir(), "koine-sms-"));
    const world = new SmsWorld(options, broker, subscriber, root);
    await world.line.open();
    await world.start();
    return world;
  }

  /** The clock of the gateway. */
  clock(): Clock {
    return systemClock(this.#options.timeScale);
  }

  async start(config: Config = {}): Promise<void> {
    const { bus, counters, log } = this.broker;
    this.core = await Core.load({
      bus,
      store: this.broker.store,
      counters,
      log,
      clock: systemClock(this.#options.timeScale),
      random: Math.random,
      openMqtt: () => Promise.reject(new Error("No broker for this adapter")),
      directoryOf: () => join(this.#root, "sms"),
      values: true,
      refreshMs: 300_000,
      commandTimeoutMs: 10_000,
    });
    const adapter = sms.create(
      sms.configSchema.parse({
        modems: [{ port: this.line.address }],
        country: "254",
        people: [{ name: "Amina", number: "0712 345 678", language: "sw" }],
        ...this.#options.config,
        ...config,
      }),
    );
    const { requests = {} } = sms;
    this.core.host({ name: "sms", kind: "sms", adapter, requests });
    this.#endBeside = await this.#options.beside?.(this);
    this.core.start();
  }

  async stop(): Promise<void> {
    await this.#endBeside?.();
    await this.core.stop();
  }

  async restart(config: Config = {}): Promise<void> {
    await this.stop();
    this.subscriber.received.length = 0;
    await this.start(config);
  }

  adapterState(...words: readonly string[]): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/bridge/adapter/sms" && words.every((word) => payload.includes(word)),
    );
  }

  /** Resolves when the modem has a network. */
  ready(): Promise<Received> {
    return this.subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/modem-modem/value/x_sms_state" && payload === '"ready"',
    );
  }

  /** Sends a text to somebody; resolves to the first word about it that fits. */
  async send(
    document: { readonly body: string; readonly class?: string },
    fits = /"status":"(?!accepted|queued)/,
    person = "person-amina",
  ): Promise<Record<string, unknown>> {
    const id = `t${Math.random()}`;
    const command = JSON.stringify({ _id: id, message: document });
    await this.subscriber.publish(`koine/1/${person}/set`, command);
    return this.result(id, fits, person);
  }

  async result(
    id: string,
    fits: RegExp,
    person = "person-amina",
  ): Promise<Record<string, unknown>> {
    const { payload } = await this.subscriber.next(
      ({ topic, payload: text }) =>
        topic === `koine/1/${person}/result` && text.includes(id) && fits.test(text),
    );
    return JSON.parse(payload) as Record<string, unknown>;
  }

  /** Asks the adapter something, as the owner of the data. */
  async request(verb: string, params: object = {}): Promise<Record<string, unknown>> {
    return {
      ...(await this.core.requests.ask(`sms/${verb}`, JSON.stringify(params), "control")),
    };
  }

  /** Resolves when so many texts were heard. */
  async hears(count: number): Promise<readonly string[]> {
    await this.subscriber.until(() => this.heard.length >= count);
    return this.heard.map(({ body }) => body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.broker[Symbol.asyncDispose]();
    await this.line.close();
    await rm(this.#root, { recursive: true, force: true });
  }
}

function heardIn({ device, body }: MessageOf<"event">): Heard {
  return { device, body: String(body["body"]) };
}
