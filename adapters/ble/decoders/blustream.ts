import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { readFields, type Field } from "./readings.ts";

const company = 0x0194;
const length = 9;

/** The unit of the knock is not known. */
const layout: readonly Field[] = [
  { is: "x_blustream_acceleration", at: 4, as: "u8", source: "acceleration" },
  { is: "humidity", at: 5, as: "u16be", mul: 0.01 },
  { is: "temperature", at: 7, as: "i16be", mul: 0.01 },
];

export const blustream: Decoder = {
  family: "blustream",
  title: "Blustream (TaylorSense) sensors in cases of instruments",
  models: ["TaylorSense"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/blustream.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data) return undefined;
    return plausible({
      facts: { manufacturer: "Blustream", model: "Blustream", sleepy: true },
      observations: readFields(data, layout),
    });
  },
};
