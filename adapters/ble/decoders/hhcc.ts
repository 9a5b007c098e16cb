import type { Decoder } from "./decoder.ts";
import { plausible } from "./frame.ts";
import { readFields, type Field } from "./readings.ts";

/** Moisture, °C, lx, battery, conductivity. */
const layout: readonly Field[] = [
  { is: "soil_moisture", at: 0, as: "u8" },
  { is: "temperature", at: 1, as: "i16be", mul: 0.1 },
  { is: "illuminance", at: 3, as: "u24be" },
  { is: "battery", at: 6, as: "u8" },
  { is: "conductivity", at: 7, as: "u16be" },
];
const length = 9;

/** The plant sensors that advertise as Tuya's service does, without its encryption. */
export const hhcc: Decoder = {
  family: "hhcc",
  title: "HHCC plant sensors",
  models: ["HHCCJCY10"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/hhcc.py)",
  listensTo: { services: ["fd50"] },
  decode: ({ serviceData }) => {
    const data = serviceData.find(({ uuid }) => uuid === "fd50")?.data;
    if (data?.length !== length) return undefined;
    // Of what else is Tuya's, a name of eight letters behind a zero is as long; no soil is that warm.
    return plausible({
      facts: { manufacturer: "HHCC", model: "HHCCJCY10", sleepy: true },
      observations: readFields(data, layout),
    });
  },
};
