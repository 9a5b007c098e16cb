import type { Duplex } from "node:stream";
import { wifi } from "../../adapters/wifi/index.ts";
import { Users } from "../../src/bus/access/users.ts";
import { EmbeddedBus } from "../../src/bus/embedded/embedded-bus.ts";
import type { Clock } from "../../src/clock.ts";
import { Core } from "../../src/core/core.ts";
import { Counters } from "../../src/counters.ts";
import { LinkError } from "../../src/errors.ts";
import { limits } from "../../src/limits.ts";
import { FragileStore } from "../support/fragile-store.ts";
import { MemoryLog } from "../support/log.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import type { Chance } from "../support/chance.ts";
import type { FaultyLine } from "./faulty-line.ts";

export interface GenerationOptions {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly chance: Chance;
  /** Between the adapter and the broker. */
  readonly line: FaultyLine;
}

export const commandTimeoutMs = 10_000;

/** One life of the daemon, from its start to its stop or its sudden end. */
export class Generation {
  readonly counters = new Counters();
  readonly log = new MemoryLog();
  readonly store: FragileStore;
  bus!: EmbeddedBus;
  core!: Core;
  readonly #clock: MortalClock;
  readonly #time: ManualClock;

  private constructor(store: FragileStore, time: ManualClock) {
    this.store = store;
    this.#clock = new MortalClock(time);
    this.#time = time;
  }

  /** Loads everything; nothing runs before `core.start`. */
  static async open({
    directory,
    clock: time,
    chance,
    line,
  }: GenerationOptions): Promise<Generation> {
    const generation = new Generation(await FragileStore.open(directory), time);
    const { counters, log } = generation;
    const clock = generation.#clock;
    const listen = [{ protocol: "tcp", host: "127.0.0.1", port: 0 }] as const;
    const { store } = generation;
    const users = await Users.load(store);
    const bus = await EmbeddedBus.open({
      root: "koine",
      listen,
      store,
      users,
      clock,
      counters,
      log,
    });
    generation.bus = bus;
    generation.core = await Core.load({
      bus,
      clock,
      counters,
      log,
      store,
      random: chance.next,
      openMqtt: async () => {
        if (clock.isDead) throw new LinkError("Dead");
        return line.open(bus.openMqtt());
      },
      directoryOf: () => "/nonexistent",
      values: true,
      refreshMs: 300_000,
      commandTimeoutMs,
    });
    const adapter = wifi.create(wifi.configSchema.parse({}));
    generation.core.host({ name: "wifi", kind: "wifi", adapter });
    return generation;
  }

  get isDead(): boolean {
    return this.#clock.isDead;
  }

  /** A connection of a device. */
  connect(): Duplex {
    return this.bus.openMqtt();
  }

  async stop(): Promise<void> {
    const stopped = this.core.stop();
    await this.#time.advance(limits.adapterStopMs);
    await stopped;
    await this.#end();
  }

  /** As `kill -9`: what is on the disk stays, nothing else does. */
  async kill(): Promise<void> {
    this.#clock.isDead = true;
    this.store.refuses = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#clock.isDead = true;
    await this.bus.close();
    await this.store.close();
  }
}

/** A clock that calls nobody any more once its owner is dead. */
class MortalClock implements Clock {
  isDead = false;
  readonly #time: ManualClock;

  constructor(time: ManualClock) {
    this.#time = time;
  }

  now = (): number => this.#time.now();
  monotonic = (): number => this.#time.monotonic();
  synced = (): boolean => this.#time.synced();
  after: Clock["after"] = (ms, run) => this.#time.after(ms, this.#alive(run));
  every: Clock["every"] = (ms, run) => this.#time.every(ms, this.#alive(run));
  sleep: Clock["sleep"] = async (ms, signal) => {
    await this.#time.sleep(ms, signal);
    if (this.isDead) await new Promise(() => {});
  };

  #alive(run: () => void): () => void {
    return () => {
      if (!this.isDead) run();
    };
  }
}
