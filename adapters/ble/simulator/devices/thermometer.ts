import { flags, serviceData } from "../advertising-data.ts";
import { Writer, type Address } from "../bytes.ts";
import type { Peripheral } from "../peripheral.ts";
import { curve, measurement, type Surroundings } from "./device.ts";

/** Environmental Sensing, under which the firmware sends. */
const service = "181a";
const measureMs = 10_000;
const intervalMs = 2_500;
const battery = { millivolts: 2_984, percent: 87 } as const;
/** Comfortable: the trigger is off, as is the contact. */
const noFlags = 0x00;

/** °C, % and the number of the measurement. */
export interface Climate {
  readonly celsius: number;
  readonly humidityPct: number;
  readonly count: number;
}

/**
 * The "custom" format of pvvx's firmware for Xiaomi LYWSD03MMC: address, 0.01 °C, 0.01 %, mV, %,
 * counter, flags (https://github.com/pvvx/ATC_MiThermometer, "Advertising in pvvx (Custom) format").
 */
export function pvvxData(address: Address, { celsius, humidityPct, count }: Climate): Buffer {
  const data = new Writer()
    .address(address)
    .int(Math.round(celsius * 100), 2)
    .int(Math.round(humidityPct * 100), 2)
    .u16(battery.millivolts)
    .u8(battery.percent, count & 0xff, noFlags)
    .done();
  return Buffer.concat([flags(), serviceData(service, data)]);
}

/** A Xiaomi thermometer with pvvx's firmware, in a living room. */
export function thermometer({ air, clock }: Surroundings): Peripheral {
  const address = "a4c1385a0b1c";
  return air.add({
    address,
    intervalMs,
    rssiDbm: -58,
    data: () => {
      const count = measurement(clock, measureMs);
      const atMs = count * measureMs;
      const celsius = curve(atMs, { mean: 21.5, swing: 1.5 });
      const humidityPct = curve(atMs, { mean: 47, swing: 5, isInverse: true });
      return pvvxData(address, { celsius, humidityPct, count });
    },
  });
}
