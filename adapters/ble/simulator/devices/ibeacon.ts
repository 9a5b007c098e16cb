import { flags, manufacturerData } from "../advertising-data.ts";
import { Writer } from "../bytes.ts";
import type { Peripheral } from "../peripheral.ts";
import type { Surroundings } from "./device.ts";

const apple = 0x004c;
/** Type and length of an iBeacon (Apple, Proximity Beacon Specification, 3). */
const head = [0x02, 0x15];
/** General discoverable, and classic Bluetooth at the same time, as that specification has it. */
const beaconFlags = 0x1a;
const intervalMs = 1_000;

export interface Beacon {
  /** 32 digits, hyphens or not. */
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
  /** How strong it is at one metre. */
  readonly txPowerDbm: number;
}

export function iBeaconData({ uuid, major, minor, txPowerDbm }: Beacon): Buffer {
  const data = new Writer()
    .u8(...head)
    .bytes(Buffer.from(uuid.replaceAll("-", ""), "hex"))
    .intBe(major, 2)
    .intBe(minor, 2)
    .int(txPowerDbm, 1)
    .done();
  return manufacturerData(apple, data);
}

export const beacon: Beacon = {
  uuid: "f7826da6-4fa2-4e98-8024-bc5b71e0893e",
  major: 27,
  minor: 4,
  txPowerDbm: -59,
};

/** An iBeacon on the key of the tractor. */
export function iBeacon({ air }: Surroundings): Peripheral {
  return air.add({
    address: "e2c56db5dffb",
    addressType: "random",
    intervalMs,
    rssiDbm: -66,
    data: Buffer.concat([flags(beaconFlags), iBeaconData(beacon)]),
  });
}
