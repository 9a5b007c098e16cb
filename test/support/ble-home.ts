import { completeName, flags } from "../../adapters/ble/simulator/advertising-data.ts";
import {
  lamp,
  lampCharacteristic,
  lampService,
  type Lamp,
} from "../../adapters/ble/simulator/devices/lamp.ts";
import { switchBot, type SwitchBot } from "../../adapters/ble/simulator/devices/switchbot.ts";
import type { Characteristic } from "../../adapters/ble/simulator/gatt.ts";
import type { Peripheral } from "../../adapters/ble/simulator/peripheral.ts";
import type { Ref } from "../../src/model/identity.ts";
import { BleWorld } from "./ble-world.ts";

export const lampAddress = "f0f5bd0c41aa";
export const botAddress = "d0c84e1b7a92";
export const lampRef: Ref = [["ble", lampAddress]];
export const botRef: Ref = [["ble", botAddress]];
export const level = { is: "x_lamp_level" } as const;

export const lampDevice = {
  address: lampAddress,
  name: "Lamp",
  points: [
    {
      ...level,
      service: lampService,
      characteristic: lampCharacteristic,
      write: "confirmed",
      subscribe: true,
    },
  ],
};
export const botDevice = { address: botAddress, name: "Bot", profile: "switchbot-bot" };

export interface Home {
  readonly ble: BleWorld;
  readonly lamp: Lamp;
  readonly bot: SwitchBot;
}

/** An adapter that hears a lamp and a bot which it may connect to. */
export async function home(devices: readonly object[] = [lampDevice, botDevice]): Promise<Home> {
  const ble = await BleWorld.open({ config: { devices } });
  const surroundings = { air: ble.world.air, clock: ble.gateway.clock, random: () => 0.5 };
  const made = { ble, lamp: lamp(surroundings), bot: switchBot(surroundings) };
  await ble.until("online");
  await ble.pass(3);
  return made;
}

export const thingAddress = "b0b0b0b0b0b0";
export const thingRef: Ref = [["ble", thingAddress]];
export const note = { is: "x_thing_note" } as const;
export const thingDevice = (point: object = {}): object => ({
  address: thingAddress,
  points: [{ ...note, service: "ff00", characteristic: "ff01", write: "confirmed", ...point }],
});

/** A device of a characteristic, and of another one, which keep what is written to them. */
export function thing(
  ble: BleWorld,
  one: Partial<Characteristic>,
  other: Partial<Characteristic> = {},
): Peripheral {
  const characteristic = (uuid: string, rest: Partial<Characteristic>): Characteristic => {
    let value = Buffer.of(0);
    return {
      uuid,
      properties: ["read", "write", "notify"],
      read: () => value,
      write: (written) => void (value = Buffer.from(written)),
      ...rest,
    };
  };
  return ble.world.air.add({
    address: thingAddress,
    intervalMs: 500,
    data: Buffer.concat([flags(), completeName("Thing")]),
    services: [
      {
        uuid: "ff00",
        characteristics: [characteristic("ff01", one), characteristic("ff02", other)],
      },
    ],
  });
}
