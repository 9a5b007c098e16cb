import { ble } from "../../adapters/ble/index.ts";
import { World, type WorldOptions } from "../../adapters/ble/simulator/index.ts";
import type { CommandResult } from "../../src/model/adapter-event.ts";
import type { Command } from "../../src/model/command.ts";
import type { AdapterState } from "../../src/model/bridge.ts";
import { Chance } from "./chance.ts";
import { TestGateway } from "./gateway.ts";
import { turns } from "./manual-clock.ts";

export interface BleWorldOptions extends Partial<WorldOptions> {
  /** Beside the controller's address. */
  readonly config?: object;
}

/** Steps in which time passes while something is under way that needs it, in ms. */
const stepMs = 20;
/** Rounds of the event loop without a packet after which none is under way. */
const quietRounds = 3;

/** noble keeps listeners on the process for as long as that lives. */
process.setMaxListeners(0);

/**
 * The whole way in one process and one time that a test moves: simulated devices, a controller in
 * bytes behind a socket, the real library, the adapter and the core.
 */
export class BleWorld implements AsyncDisposable {
  readonly gateway: TestGateway;
  readonly world: World;
  readonly adapter: ReturnType<typeof ble.create>;
  /** Packets of the host that the controller got. */
  packets = 0;

  private constructor(gateway: TestGateway, world: World, config: object) {
    this.gateway = gateway;
    this.world = world;
    this.adapter = ble.create(ble.configSchema.parse(config));
    world.controller.onPacket = () => (this.packets += 1);
    gateway.clock.settle = () => this.settle();
  }

  /** Resolves when the adapter scans. */
  static async open({ config, ...options }: BleWorldOptions = {}): Promise<BleWorld> {
    const gateway = await TestGateway.open();
    const world = new World({ clock: gateway.clock, random: new Chance(1).next, ...options });
    await world.open();
    const all = { controller: world.address, min_interval: 0, ...config };
    const opened = new BleWorld(gateway, world, all);
    gateway.core.host({ name: "ble", kind: "ble", adapter: opened.adapter });
    gateway.core.start();
    return opened;
  }

  /** Resolves when the adapter stands so, without any time passing. */
  async until(state: AdapterState): Promise<void> {
    await this.gateway.until(() => this.state === state);
    await this.settle();
  }

  /** How the adapter stands. */
  get state(): AdapterState | undefined {
    return this.gateway.of("bridge_adapter").at(-1)?.body?.state;
  }

  /** Why it stands so. */
  get reason(): string | undefined {
    return this.gateway.of("bridge_adapter").at(-1)?.body?.reason;
  }

  count(name: string): number {
    return this.gateway.counters.get(`adapter.ble.${name}`);
  }

  /** Time passes, in which everything that is due gets its answer. */
  async pass(seconds: number): Promise<void> {
    await this.gateway.clock.advance(seconds * 1_000);
  }

  /** Time passes until something has come true; how much, in seconds. */
  async passUntil(isTrue: () => boolean, mostS: number): Promise<number> {
    const { clock } = this.gateway;
    const from = clock.monotonic();
    while (!isTrue() && clock.monotonic() - from < mostS * 1_000) await clock.advance(500);
    return (clock.monotonic() - from) / 1_000;
  }

  /** Time passes until a promise has settled. */
  async during<T>(work: Promise<T>, mostS = 120): Promise<T> {
    const { clock } = this.gateway;
    const from = clock.monotonic();
    const done = new Set<unknown>();
    const over = (): unknown => done.add(work);
    work.then(over, over);
    while (done.size === 0) {
      if (clock.monotonic() - from > mostS * 1_000) throw new Error(`Not within ${mostS} s`);
      await clock.advance(stepMs);
    }
    return work;
  }

  /** Has the adapter carry out a command, as the core would. */
  async execute(
    command: Partial<Command> & Pick<Command, "type" | "ref">,
    signal = new AbortController().signal,
  ): Promise<CommandResult> {
    const full = { id: "t:1", timeoutMs: 60_000, ...command } as Command;
    return this.during(this.adapter.execute(full, signal));
  }

  /** All values of one property of one device on the bus, in order. */
  values(device: string, key: string): unknown[] {
    return this.gateway
      .of("value")
      .filter((message) => message.device === device && message.property === key)
      .map(({ body }) => body);
  }

  /** Nothing is under way any more between host and controller. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < quietRounds; quiet++) {
      const before = this.packets;
      await turns();
      if (this.packets !== before) quiet = 0;
    }
    await this.gateway.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.world.air.close();
    await this.gateway[Symbol.asyncDispose]();
    await this.world.close();
  }
}
