import type { SimulatedDevice, SimulatedWorld } from "./client.ts";
import { SimulatedDescribed } from "./described.ts";
import { SimulatedEsphome } from "./esphome.ts";
import { SimulatedShellyGen1 } from "./shelly-gen1.ts";
import { SimulatedShelly } from "./shelly.ts";
import { SimulatedTank } from "./tank.ts";
import { SimulatedTasmota } from "./tasmota.ts";
import { SimulatedZigbee2mqtt } from "./zigbee2mqtt.ts";

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
    new SimulatedEsphome(world, {
      name: "kitchen-node",
      friendlyName: "Kitchen node",
      mac: "024b4f000006",
      board: "Simulated ESP32",
      intervalMs,
    }),
    new SimulatedShellyGen1(world, {
      id: "shelly1pm-000007",
      mac: "024B4F000007",
      model: "SIM-SHSW-PM",
      load: "relay",
      watts: 310,
      intervalMs,
    }),
    new SimulatedShellyGen1(world, {
      id: "shellyrgbw2-000008",
      mac: "024B4F000008",
      model: "SIM-SHRGBW2",
      load: "color",
      watts: 24,
      intervalMs,
    }),
    new SimulatedZigbee2mqtt(world, {
      base: "zigbee2mqtt",
      addresses: [
        "0x024b4ffffe000009",
        "0x024b4ffffe00000a",
        "0x024b4ffffe00000b",
        "0x024b4ffffe00000c",
      ],
      intervalMs,
    }),
    new SimulatedDescribed(world, {
      id: "simulated_well",
      name: "Well",
      model: "Simulated pump controller",
      mac: "02:4b:4f:00:00:0d",
      intervalMs,
    }),
    new SimulatedTank(world, {
      id: "simulated_tank",
      name: "Tank",
      mac: "02:4b:4f:00:00:0e",
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
