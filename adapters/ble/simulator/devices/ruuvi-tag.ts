import { flags, manufacturerData } from "../advertising-data.ts";
import { Writer, type Address } from "../bytes.ts";
import type { Peripheral } from "../peripheral.ts";
import { curve, measurement, type Surroundings } from "./device.ts";

const company = 0x0499;
const measureMs = 2_500;
const intervalMs = 1_285;

export interface RuuviReading {
  readonly celsius: number;
  readonly humidityPct: number;
  readonly pascal: number;
  /** Of gravity, in 1/1000. */
  readonly acceleration: readonly [x: number, y: number, z: number];
  readonly millivolts: number;
  readonly txPowerDbm: number;
  readonly movements: number;
  readonly count: number;
}

/** Steps and starts of data format 5 (https://docs.ruuvi.com, "Data format 5 (RAWv2)"). */
const format = 5;
const step = { celsius: 0.005, humidityPct: 0.0025, txPowerDbm: 2 } as const;
const start = { pascal: 50_000, millivolts: 1_600, txPowerDbm: -40 } as const;
/** The highest count; the one above it says "unknown". */
const maxCount = 65_534;

export function ruuviData(address: Address, reading: RuuviReading): Buffer {
  const volts = reading.millivolts - start.millivolts;
  const power = (reading.txPowerDbm - start.txPowerDbm) / step.txPowerDbm;
  const [x, y, z] = reading.acceleration;
  const data = new Writer()
    .u8(format)
    .intBe(Math.round(reading.celsius / step.celsius), 2)
    .intBe(Math.round(reading.humidityPct / step.humidityPct), 2)
    .intBe(Math.round(reading.pascal - start.pascal), 2)
    .intBe(x, 2)
    .intBe(y, 2)
    .intBe(z, 2)
    .intBe((volts << 5) | power, 2)
    .u8(reading.movements & 0xff)
    .intBe(reading.count % (maxCount + 1), 2)
    .bytes(Buffer.from(address, "hex"))
    .done();
  return Buffer.concat([flags(), manufacturerData(company, data)]);
}

/** A RuuviTag outside, in the shade. */
export function ruuviTag({ air, clock, random }: Surroundings): Peripheral {
  const address = "d4f01a2b3c4d";
  return air.add({
    address,
    addressType: "random",
    intervalMs,
    rssiDbm: -74,
    data: () => {
      const count = measurement(clock, measureMs);
      const atMs = count * measureMs;
      return ruuviData(address, {
        celsius: curve(atMs, { mean: 24, swing: 6, phase: 1 }),
        humidityPct: curve(atMs, { mean: 62, swing: 18, isInverse: true, phase: 1 }),
        pascal: curve(atMs, { mean: 83_400, swing: 120, phase: 2 }),
        acceleration: [-12, 28, 1_004 + Math.floor(random() * 8)],
        millivolts: 2_917,
        txPowerDbm: 4,
        movements: 66,
        count,
      });
    },
  });
}
