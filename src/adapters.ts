import type { Clock } from "./clock.ts";
import type { AdapterKinds } from "./config/load.ts";
import type { AdapterKind } from "./core/adapter.ts";

/** Every adapter kind that comes with Koine, loaded when a configuration uses it. */
const builtIn: Readonly<Record<string, () => Promise<AdapterKind<unknown>>>> = {
  wifi: async () => (await import("../adapters/wifi/index.ts")).wifi,
};

export const adapterKinds: AdapterKinds = {
  names: Object.keys(builtIn),
  async load(name) {
    return Object.hasOwn(builtIn, name) ? builtIn[name]?.() : undefined;
  },
};

/** What a simulated world connects to and lives by. */
export interface WorldOptions {
  /** The broker of the gateway: `mqtt://127.0.0.1:1883`. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Switches on every simulated world; resolves to a function that ends them. */
export async function startSimulatedWorlds(options: WorldOptions): Promise<() => Promise<void>> {
  const { startWorld } = await import("../adapters/wifi/simulator/index.ts");
  return startWorld(options);
}
