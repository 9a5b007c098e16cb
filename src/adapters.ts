import type { Clock } from "./clock.ts";
import type { AdapterKinds } from "./config/load.ts";
import type { AdapterKind } from "./core/adapter.ts";
import type { PluggedIn } from "./doctor/surroundings.ts";

/** Every adapter kind that comes with Koine, loaded when a configuration uses it. */
const builtIn = new Map<string, () => Promise<AdapterKind<unknown>>>([
  ["wifi", async () => (await import("../adapters/wifi/index.ts")).wifi],
  ["zigbee", async () => (await import("../adapters/zigbee/index.ts")).zigbee],
  ["ble", async () => (await import("../adapters/ble/index.ts")).ble],
  ["sms", async () => (await import("../adapters/sms/index.ts")).sms],
]);

export const adapterKinds: AdapterKinds = {
  names: [...builtIn.keys()],
  load: async (use, directory) => {
    const ours = builtIn.get(use);
    if (ours) return ours();
    const { loadThirdParty } = await import("./core/isolation/third-party.ts");
    return loadThirdParty(use, directory);
  },
};

/** Serial ports with something from USB behind them. */
export async function serialPorts(root: string): Promise<readonly PluggedIn[]> {
  const usb = await import("../adapters/serial/usb.ts");
  return usb.serialPorts(usb.foldersBelow(root));
}

/** What a simulated world connects to and lives by. */
export interface WorldOptions {
  /** The broker of the gateway, for devices that connect to it: `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  /** TCP port of the simulated Zigbee stick, which the gateway connects to. */
  readonly stickPort: number;
  /** TCP port of the simulated Bluetooth controller, likewise. */
  readonly controllerPort: number;
  /** TCP port of the simulated modem, likewise. */
  readonly modemPort: number;
  /** TCP port at which simulated phones are let in. */
  readonly phonePort: number;
  /** Zigbee devices join without being let in. */
  readonly isOpen: boolean;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Every world that can be simulated. */
const worlds = new Map<string, (options: WorldOptions) => Promise<() => Promise<void>>>([
  [
    "wifi",
    async (options) => (await import("../adapters/wifi/simulator/index.ts")).startWorld(options),
  ],
  [
    "zigbee",
    async ({ stickPort: port, ...options }) =>
      (await import("../adapters/zigbee/simulator/index.ts")).startWorld({ ...options, port }),
  ],
  [
    "ble",
    async ({ controllerPort: port, clock, random }) =>
      (await import("../adapters/ble/simulator/index.ts")).startWorld({ clock, random, port }),
  ],
  [
    "sms",
    async ({ modemPort: port, phonePort, clock }) =>
      (await import("../adapters/sms/simulator/index.ts")).startWorld({ clock, port, phonePort }),
  ],
]);

export const simulatedWorlds: readonly string[] = [...worlds.keys()];

/**
 * Switches on simulated worlds, all or none; resolves to a function that ends them.
 * @throws Error of the system when a port cannot be taken
 */
export async function startSimulatedWorlds(
  options: WorldOptions,
  only: readonly string[],
): Promise<() => Promise<void>> {
  const starting = only.map(async (name) => worlds.get(name)?.(options));
  const started = await Promise.allSettled(starting);
  const endAll = async (): Promise<void> => {
    await Promise.all(started.map(async (one) => one.status === "fulfilled" && one.value?.()));
  };
  const failed = started.find((one) => one.status === "rejected");
  if (!failed) return endAll;
  await endAll();
  throw failed.reason;
}
