import type { Observation } from "../../reading/observation.ts";
import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const company = 0x1000;
const length = 18;
const temperatureAt = 10;
const humidityAt = 12;
const voltageAt = 14;
/** No radio sends with less, and no cell of this kind has more. */
const fewestMillivolts = 1_700;
const mostMillivolts = 3_600;

/** Of a CR2477: from these millivolts on, so many percent, and so many more for each above. */
const discharge: readonly (readonly [from: number, percent: number, each: number])[] = [
  [3000, 100, 0],
  [2900, 42, 0.58],
  [2740, 18, 0.15],
  [2440, 6, 0.04],
  [2100, 0, 6 / 340],
];

export const moat: Decoder = {
  family: "moat",
  title: "Moat thermometers and hygrometers",
  models: ["Moat S2"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/moat.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data || !isVoltage(data.readUInt16LE(voltageAt))) return undefined;
    return plausible({
      facts: { manufacturer: "Moat", model: "S2", sleepy: true },
      observations: [...climateIn(data), ...batteryOf(data.readUInt16LE(voltageAt))],
    });
  },
};

/** The company is nobody's: that the cell is one has to tell these from others. */
function isVoltage(millivolts: number): boolean {
  return millivolts >= fewestMillivolts && millivolts <= mostMillivolts;
}

/** As the data sheet of the SHT2x has it. */
function climateIn(data: Buffer): readonly Observation[] {
  const temperature = data.readUInt16LE(temperatureAt);
  const humidity = data.readUInt16LE(humidityAt);
  return [
    reading("temperature", (175.72 * temperature) / 65_536 - 46.85, { raw: temperature }),
    reading("humidity", (125 * humidity) / 65_536 - 6, { raw: humidity }),
  ];
}

function batteryOf(millivolts: number): readonly Observation[] {
  const step = discharge.find(([from]) => millivolts >= from);
  const percent = step ? step[1] + (millivolts - step[0]) * step[2] : 0;
  return [
    reading("battery_voltage", millivolts / 1000, { raw: millivolts }),
    reading("battery", percent, { quality: "estimated" }),
  ];
}
