import { moveIn, type Farm } from "../../adapters/ble/simulator/devices/index.ts";
import { World, type WorldOptions } from "../../adapters/ble/simulator/index.ts";
import { systemClock } from "../../src/clock.ts";
import type { TestClient } from "./broker.ts";
import { Koine, type Running } from "./daemon.ts";
import { childrenOf } from "./processes.ts";

/** What the configuration says of the farm's devices. */
const farmDevices = `
      - { address: "54:48:e6:8f:80:a5", name: Cold store, key: 231d39c1d7cc1ab1aee224cd096db932 }
      - { irk: 9c1f4e7a3b60d8258e51c7f20a94b36d, name: Amina's phone }
      - { beacon: f7826da6-4fa2-4e98-8024-bc5b71e0893e-27-4, name: Tractor }
      - { address: "d0:c8:4e:1b:7a:92", name: Kettle, profile: switchbot-bot }
      - address: "f0:f5:bd:0c:41:aa"
        name: Reading lamp
        points:
          - is: brightness
            service: 19b10000-e8f2-537e-4f6c-d104768a1214
            characteristic: 19b10001-e8f2-537e-4f6c-d104768a1214
            mul: 0.392157
            write: confirmed`;

export interface BleDaemonOptions {
  /** More lines of the adapter's entry, indented by four. */
  readonly settings?: readonly string[];
  /** Whether the devices of the farm are there, and configured. */
  readonly hasFarm?: boolean;
  readonly world?: Partial<WorldOptions>;
  /** More lines of the configuration. */
  readonly config?: readonly string[];
}

/** The built daemon, not started, and a virtual Bluetooth controller with a farm in its reach. */
export class BleDaemon implements AsyncDisposable {
  readonly koine: Koine;
  readonly world: World;
  readonly farm: Farm | undefined;

  private constructor(koine: Koine, world: World, farm: Farm | undefined) {
    this.koine = koine;
    this.world = world;
    this.farm = farm;
  }

  static async open({
    settings = [],
    hasFarm = true,
    world: options = {},
    config = [],
  }: BleDaemonOptions = {}): Promise<BleDaemon> {
    const around = { clock: systemClock(), random: Math.random, ...options };
    const world = new World(around);
    const farm = hasFarm ? moveIn({ air: world.air, ...around }) : undefined;
    await world.open();
    const lines = [
      "bus: { listen: [tcp://127.0.0.1:0] }",
      ...config,
      "adapters:",
      "  - use: wifi",
      "  - use: ble",
      `    controller: ${world.address}`,
      ...settings.map((line) => `    ${line}`),
      ...(hasFarm ? [`    devices:${farmDevices}`] : []),
    ];
    return new BleDaemon(await Koine.open(`${lines.join("\n")}\n`), world, farm);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.koine[Symbol.asyncDispose]();
    await this.world.close();
  }
}

/** The one process that the daemon keeps beside itself, for the radio. */
export function radioPid({ child }: Running): number {
  const children = childrenOf(child.pid ?? 0);
  const [pid] = children;
  if (pid === undefined || children.length > 1) {
    throw new Error(`Expected one process beside the daemon: ${children.join(", ")}`);
  }
  return pid;
}

/** Bytes that are left in the heap of a process after a collection. */
export async function heapFloorOf(koine: Koine, pid: number): Promise<number> {
  const attach = ["leak", "attach", String(pid), "--for", "1s", "--every", "500ms", "--json"];
  const { code, out, err } = await koine.run(...attach);
  const { floorBytes } = JSON.parse(out === "" ? "{}" : out) as { floorBytes?: number };
  if (floorBytes === undefined) throw new Error(`leak attach ended with ${code}: ${err}`);
  return floorBytes;
}

/** Resolves when the adapter is told to be in a state, from the `after`th message on. */
export async function bleState(subscriber: TestClient, state: string, after = 0): Promise<void> {
  const isTold = (): boolean =>
    subscriber.received
      .slice(after)
      .some(
        ({ topic, payload }) =>
          topic === "koine/1/bridge/adapter/ble" && payload.includes(`"state":"${state}"`),
      );
  await subscriber.until(isTold, `the adapter to be ${state}`);
}
