import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { readFields, type Field } from "./readings.ts";

const company = 0x06e8;
const length = 16;
const version = 1;
const modelAt = 2;
const airQualityMini = 0x0a;

/** °C, %, equivalent ppm, ppb, and the class of the sensor's maker: 1 is the best, 5 the worst. */
const layout: readonly Field[] = [
  { is: "temperature", at: 7, as: "i16le", mul: 0.01 },
  { is: "humidity", at: 9, as: "u16le", mul: 0.01 },
  { is: "co2", at: 11, as: "u16le", quality: "estimated" },
  { is: "voc_parts", at: 13, as: "u16le" },
  { is: "aqi", at: 15, as: "u8" },
];

export const almendo: Decoder = {
  family: "almendo",
  title: "Almendo bluSensor Mini",
  models: ["bluSensor Mini"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/almendo.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (data?.[0] !== version || data[modelAt] !== airQualityMini) return undefined;
    return plausible({
      facts: { manufacturer: "Almendo", model: "bluSensor Mini", sleepy: true },
      observations: readFields(data, layout),
    });
  },
};
