import { completeName, flags, manufacturerData, serviceUuids } from "../advertising-data.ts";
import { Writer } from "../bytes.ts";
import type { Peripheral } from "../peripheral.ts";
import { curve, measurement, type Surroundings } from "./device.ts";
import { iBeaconData } from "./ibeacon.ts";

const company = 0xec88;
const measureMs = 2_000;
const intervalMs = 2_000;
/** Limited discoverable, and no classic Bluetooth. */
const limitedFlags = 0x05;
/** Below zero the highest of 24 bits is set. */
const negative = 0x800000;

export interface GoveeReading {
  readonly celsius: number;
  readonly humidityPct: number;
  readonly batteryPct: number;
}

/** What all of them answer a scan with: INTELLI_ROCKS_HW, which hides the reading from noble. */
const scanResponse = iBeaconData({
  uuid: Buffer.from("INTELLI_ROCKS_HW", "latin1").toString("hex"),
  major: 0x5075,
  minor: 0xf2ff,
  txPowerDbm: 0x0c,
});

/**
 * Of a Govee H5075: temperature and humidity in one decimal number, 21.5 °C and 48.3 % being 215483
 * (https://github.com/Thrilleratplay/GoveeWatcher).
 */
export function goveeData(name: string, reading: GoveeReading): Buffer {
  const { celsius, humidityPct, batteryPct } = reading;
  const tenths = Math.round(Math.abs(celsius) * 10);
  const packed = tenths * 1_000 + Math.round(humidityPct * 10);
  const data = new Writer()
    .u8(0)
    .intBe(celsius < 0 ? packed | negative : packed, 3)
    .u8(batteryPct, 0)
    .done();
  return Buffer.concat([
    completeName(name),
    serviceUuids("ec88"),
    flags(limitedFlags),
    manufacturerData(company, data),
  ]);
}

/** A Govee H5075 in a cold store, which goes below zero at night. */
export function govee({ air, clock }: Surroundings): Peripheral {
  return air.add({
    address: "a4c138d07f3e",
    intervalMs,
    rssiDbm: -69,
    isConnectable: true,
    scanResponse,
    data: () => {
      const atMs = measurement(clock, measureMs) * measureMs;
      return goveeData("GVH5075_7F3E", {
        celsius: curve(atMs, { mean: 2.5, swing: 3, phase: 3 }),
        humidityPct: curve(atMs, { mean: 71, swing: 4, phase: 3 }),
        batteryPct: 91,
      });
    },
  });
}
