import { completeName, flags, serviceUuids } from "../advertising-data.ts";
import { attError } from "../gatt.ts";
import type { Peripheral } from "../peripheral.ts";
import type { Surroundings } from "./device.ts";
import { battery, deviceInformation, genericAccess } from "./services.ts";

/** Those of the "LED" example of ArduinoBLE, which many a lamp made by hand has. */
export const lampService = "19b10000-e8f2-537e-4f6c-d104768a1214";
export const lampCharacteristic = "19b10001-e8f2-537e-4f6c-d104768a1214";

const intervalMs = 500;

export interface Lamp {
  readonly peripheral: Peripheral;
  /** 0 is off. */
  readonly level: number;
  /** Somebody turns it by hand. */
  set(level: number): void;
}

/** A lamp with one byte that is written, read and told of. */
export function lamp({ air }: Surroundings): Lamp {
  let level = 0;
  const set = (next: number): void => {
    level = next;
    air.after(0, () => peripheral.notify(lampCharacteristic, Buffer.from([level])));
  };
  const write = ([next, ...more]: Buffer): number | undefined => {
    if (next === undefined || more.length > 0) return attError.invalidValueLength;
    set(next);
    return undefined;
  };
  const read = (): Buffer => Buffer.from([level]);
  const peripheral = air.add({
    address: "f0f5bd0c41aa",
    intervalMs,
    rssiDbm: -55,
    data: Buffer.concat([flags(), serviceUuids(lampService)]),
    scanResponse: completeName("Lamp"),
    services: [
      genericAccess("Lamp"),
      battery(() => 100),
      deviceInformation({ manufacturer: "Koine", model: "Simulated lamp", firmware: "1.0" }),
      {
        uuid: lampService,
        characteristics: [
          {
            uuid: lampCharacteristic,
            properties: ["read", "write", "notify"],
            description: "Brightness",
            read,
            write,
          },
        ],
      },
    ],
  });
  return {
    peripheral,
    get level() {
      return level;
    },
    set,
  };
}
