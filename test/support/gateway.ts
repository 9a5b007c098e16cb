import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dispatcher } from "../../src/bus/dispatcher.ts";
import { Core, type CoreOptions } from "../../src/core/core.ts";
import { Counters } from "../../src/counters.ts";
import { LinkError } from "../../src/errors.ts";
import { limits } from "../../src/limits.ts";
import type { Description } from "../../src/model/description.ts";
import { encodePayload, type Message, type MessageOf } from "../../src/model/message.ts";
import { factKinds } from "../../src/model/payloads.ts";
import type { Response } from "../../src/model/request.ts";
import type { Result } from "../../src/model/result.ts";
import type { Availability, State } from "../../src/model/state.ts";
import { encodeTopic, type Kind } from "../../src/model/topic.ts";
import { FragileStore } from "./fragile-store.ts";
import { MemoryLog } from "./log.ts";
import { ManualClock, turns } from "./manual-clock.ts";
import { PayloadCheck } from "./payload-check.ts";

/** The core over a bus in memory and a real store, with everything it publishes on record. */
export class TestGateway implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly counters = new Counters();
  readonly log = new MemoryLog();
  readonly bus = new Dispatcher();
  readonly messages: Message[] = [];
  readonly directory: string;
  core: Core;
  #store: FragileStore;

  private constructor(directory: string, store: FragileStore) {
    this.directory = directory;
    this.#store = store;
    this.core = undefined as unknown as Core;
    this.clock.settle = () => this.settle();
    const check = new PayloadCheck();
    this.bus.subscribe(factKinds, (message, scope) => {
      this.messages.push(message);
      if (scope === "public") check.take(encodeTopic("koine", message), encodePayload(message));
    });
  }

  static async open(options: Partial<CoreOptions> = {}): Promise<TestGateway> {
    const directory = await mkdtemp(join(tmpdir(), "koine-test-"));
    const gateway = new TestGateway(directory, await FragileStore.open(directory));
    gateway.core = await gateway.#load(options);
    return gateway;
  }

  get store(): FragileStore {
    return this.#store;
  }

  /** Whether the disk refuses everything from now on. */
  set diskRefuses(refuses: boolean) {
    this.#store.refuses = refuses;
  }

  /** The keys on the disk below a prefix. */
  async stored(prefix: string): Promise<string[]> {
    return (await this.#store.entries(prefix)).map(([key]) => key);
  }

  /** Stops the core and loads it again from the same store, as after a restart. */
  async restart(options: Partial<CoreOptions> = {}): Promise<void> {
    await this.core.stop();
    await this.#store.close();
    this.messages.length = 0;
    this.#store = await FragileStore.open(this.directory);
    this.core = await this.#load(options);
  }

  /** All messages of one kind, in order. */
  of<K extends Kind>(kind: K): MessageOf<K>[] {
    return this.messages.filter((message) => message.kind === kind) as MessageOf<K>[];
  }

  description(device: string): Description | undefined {
    return this.of("description").findLast((message) => message.device === device)?.body;
  }

  state(device: string): State | undefined {
    return this.of("state").findLast((message) => message.device === device)?.body;
  }

  availability(device: string): Availability | undefined {
    return this.of("availability").findLast((message) => message.device === device)?.body;
  }

  /** All results for a device, in order. */
  results(device: string): Result[] {
    return this.of("result")
      .filter((message) => message.device === device)
      .map(({ body }) => body);
  }

  /** Publishes a command as a client would, and lets it run. */
  async set(device: string, document: object | string): Promise<void> {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    this.bus.publish({ kind: "set", device, body: { text, retained: false } });
    await this.settle();
  }

  /** Asks Koine something as a client would; the answer, once it came. */
  async ask(verb: string, params: object | string = ""): Promise<Response | undefined> {
    const text = typeof params === "string" ? params : JSON.stringify(params);
    this.bus.publish({ kind: "bridge_request", verb, body: { text, retained: false } });
    await this.settle();
    return this.of("bridge_response").at(-1)?.body;
  }

  /** Lets everything finish that is under way and needs no time to pass. */
  async settle(): Promise<void> {
    do await turns();
    while (this.#store.waiting > 0);
    await turns();
  }

  /** Settles again and again until something has come true that takes real time. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await this.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.core.stop();
    // An adapter that does not stop by itself is given up after its time.
    await this.clock.advance(limits.adapterStopMs);
    await stopped;
    await this.#store.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  #load(options: Partial<CoreOptions>): Promise<Core> {
    return Core.load({
      bus: this.bus,
      store: this.#store,
      clock: this.clock,
      counters: this.counters,
      log: this.log,
      random: () => 0.5,
      openMqtt: () => Promise.reject(new LinkError("No broker in this test")),
      directoryOf: () => "/nonexistent",
      values: true,
      refreshMs: 300_000,
      commandTimeoutMs: 10_000,
      ...options,
    });
  }
}
