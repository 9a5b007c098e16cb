import { describe, expect, test } from "vitest";
import type {
  SimulatedDevice,
  SimulatedWorld,
} from "../../../../adapters/wifi/simulator/client.ts";
import { SimulatedDescribed } from "../../../../adapters/wifi/simulator/described.ts";
import { SimulatedEsphome } from "../../../../adapters/wifi/simulator/esphome.ts";
import { SimulatedShellyGen1 } from "../../../../adapters/wifi/simulator/shelly-gen1.ts";
import { SimulatedZigbee2mqtt } from "../../../../adapters/wifi/simulator/zigbee2mqtt.ts";
import { WifiWorld } from "../../../support/wifi-world.ts";

const intervalMs = 60_000;
const color = { h: 120, s: 100 };

interface Inhabitant {
  readonly name: string;
  readonly make: (world: SimulatedWorld) => SimulatedDevice;
  readonly device: string;
  /** What it reports by itself. */
  readonly heard: string;
  /** What is set, and what is published of it. */
  readonly sets: readonly (readonly [wish: Readonly<Record<string, unknown>>, value: unknown])[];
}

const inhabitants: readonly Inhabitant[] = [
  {
    name: "an ESPHome node",
    make: (world) =>
      new SimulatedEsphome(world, {
        name: "kitchen-node",
        friendlyName: "Kitchen node",
        mac: "024b4f000006",
        board: "Simulated ESP32",
        intervalMs,
      }),
    device: "wifi-024b4f000006",
    heard: "temperature",
    sets: [
      [{ onoff: true }, true],
      [{ onoff_lamp: true, brightness: 40 }, 40],
      [{ brightness: 50 }, 50.2],
      [{ color }, color],
    ],
  },
  {
    name: "a Shelly relay of generation 1",
    make: (world) =>
      new SimulatedShellyGen1(world, {
        id: "shelly1pm-000007",
        mac: "024B4F000007",
        model: "SIM-SHSW-PM",
        load: "relay",
        watts: 310,
        intervalMs,
      }),
    device: "wifi-024b4f000007",
    heard: "energy",
    sets: [[{ onoff: true }, true]],
  },
  {
    name: "a Shelly light of generation 1",
    make: (world) =>
      new SimulatedShellyGen1(world, {
        id: "shellyrgbw2-000008",
        mac: "024B4F000008",
        model: "SIM-SHRGBW2",
        load: "color",
        watts: 24,
        intervalMs,
      }),
    device: "wifi-024b4f000008",
    heard: "color_mode",
    sets: [
      [{ onoff: true }, true],
      [{ brightness: 40 }, 40],
      [{ color }, color],
    ],
  },
  {
    name: "a bulb behind zigbee2mqtt",
    make: (world) =>
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
    device: "zigbee-024b4ffffe00000a",
    heard: "link_quality",
    sets: [
      [{ onoff: true }, true],
      [{ brightness: 40 }, 40.2],
      [{ brightness: 0 }, 40.2],
      [{ color_temperature: 3_000 }, 3_003],
    ],
  },
  {
    name: "a device that is only described for Home Assistant",
    make: (world) =>
      new SimulatedDescribed(world, {
        id: "simulated_well",
        name: "Well",
        model: "Simulated pump controller",
        mac: "02:4b:4f:00:00:0d",
        intervalMs,
      }),
    device: "wifi-024b4f00000d",
    heard: "temperature",
    sets: [
      [{ onoff: true }, true],
      [{ target_temperature: 20 }, 20],
    ],
  },
];

describe.each(inhabitants)("$name", ({ make, device, heard, sets }) => {
  test("appears, obeys and says so, and is offline when its plug is pulled", async () => {
    await using world = await WifiWorld.open();
    const simulated = world.add(make);
    await world.subscriber.next(({ topic }) => topic === `koine/1/${device}/value/${heard}`);
    for (const [wish, value] of sets) {
      const result = await world.set(device, wish);
      expect(result).toMatchObject({ status: "done", confirmed_by: "report" });
      const key = Object.keys(wish).at(-1) ?? "";
      await world.value(device, key, value);
    }
    await simulated.stop();
    await world.availability(device, "offline");
  });
});

test("a wish that changes nothing is done, and confirmed by nobody", async () => {
  await using world = await WifiWorld.open();
  world.add(inhabitants[0]?.make ?? (() => expect.unreachable("no node")));
  await world.subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000006/value/onoff");
  await world.set("wifi-024b4f000006", { onoff: true });
  const again = await world.set("wifi-024b4f000006", { onoff: true });
  expect(again).toMatchObject({ status: "done", confirmed_by: "none" });
});
