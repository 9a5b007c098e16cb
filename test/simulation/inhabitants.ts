import type { Packet } from "mqtt-packet";
import type { SimulatedDevice, SimulatedWorld } from "../../adapters/wifi/simulator/client.ts";
import { SimulatedShelly } from "../../adapters/wifi/simulator/shelly.ts";
import { SimulatedTasmota } from "../../adapters/wifi/simulator/tasmota.ts";

/** How often every device reports. */
export const reportMs = 60_000;

const shared = { intervalMs: reportMs };
const plug = {
  ...shared,
  mac: "024B4F000001",
  topic: "plug",
  name: "Plug",
  model: "Simulated plug",
  relay: "plug",
  watts: 42,
} as const;
const light = {
  ...shared,
  mac: "024B4F000002",
  topic: "light",
  name: "Light",
  model: "Simulated dimmer",
  relay: "light",
  watts: 9,
} as const;
const pump = {
  ...shared,
  id: "shellyplus1pm-024b4f000004",
  name: "Pump",
  app: "Plus1PM",
  load: "switch",
  watts: 750,
} as const;
const gate = {
  ...shared,
  id: "shellyplus2pm-024b4f000005",
  name: "Gate",
  app: "Plus2PM",
  load: "cover",
  watts: 120,
} as const;

/** The devices of the world, by the id they are to have. */
export const inhabitants: readonly (readonly [
  id: string,
  make: (world: SimulatedWorld) => SimulatedDevice,
])[] = [
  ["wifi-024b4f000001", (world) => new SimulatedTasmota(world, plug)],
  ["wifi-024b4f000002", (world) => new SimulatedTasmota(world, light)],
  ["wifi-024b4f000004", (world) => new SimulatedShelly(world, pump)],
  ["wifi-024b4f000005", (world) => new SimulatedShelly(world, gate)],
];

/** What a person may wish, right or wrong. */
export const wishes: readonly object[] = [
  { onoff: true },
  { onoff: false },
  { onoff: true, _expires: 5 },
  { brightness: 40 },
  { onoff: true, brightness: 70 },
  { position: 30 },
  { cover_action: "open" },
  { warp: 9 },
  { onoff: "maybe" },
  {},
];

/** What a publication of a device says of its relay. */
export function relayIn(packet: Packet): boolean | undefined {
  if (packet.cmd !== "publish") return undefined;
  const text = packet.payload.toString();
  const [, word] = /"POWER":"(ON|OFF)"/.exec(text) ?? [];
  if (word !== undefined) return word === "ON";
  const [, output] = /"output":(true|false)/.exec(text) ?? [];
  return output === undefined ? undefined : output === "true";
}
