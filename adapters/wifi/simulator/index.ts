import type { SimulatedDevice, SimulatedWorld } from "./client.ts";
import { SimulatedShelly } from "./shelly.ts";
import { SimulatedTasmota } from "./tasmota.ts";

const intervalMs = 5_000;

/** MAC addresses of the simulator are locally administered and start with 02:4b:4f. */
function devicesOf(world: SimulatedWorld): SimulatedDevice[] {
  return [
    new SimulatedTasmota(world, {
      mac: "024B4F000001",
      topic: "kitchen_plug",
      name: "Kitchen plug",
      model: "Simulated plug",
      relay: "plug",
      watts: 42,
      intervalMs,
    }),
    new SimulatedTasmota(world, {
      mac: "024B4F000002",
      topic: "hall_light",
      name: "Hall light",
      model: "Simulated dimmer",
      relay: "light",
      watts: 9,
      intervalMs,
    }),
    new SimulatedTasmota(world, {
      mac: "024B4F000003",
      topic: "greenhouse",
      name: "Greenhouse",
      model: "Simulated sensor",
      sensor: "AM2301",
      intervalMs,
    }),
    new SimulatedShelly(world, {
      id: "shellyplus1pm-024b4f000004",
      name: "Pump",
      app: "Plus1PM",
      load: "switch",
      watts: 750,
      intervalMs,
    }),
    new SimulatedShelly(world, {
      id: "shellyplus2pm-024b4f000005",
      name: "Gate",
      app: "Plus2PM",
      load: "cover",
      watts: 120,
      intervalMs,
    }),
  ];
}

/** Switches on the simulated WiFi devices; resolves to a function that pulls their plugs. */
export async function startWorld(world: SimulatedWorld): Promise<() => Promise<void>> {
  const devices = devicesOf(world);
  for (const device of devices) device.start();
  return async () => {
    await Promise.all(devices.map((device) => device.stop()));
  };
}
