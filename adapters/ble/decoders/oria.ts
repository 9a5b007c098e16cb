import type { Decoder } from "./decoder.ts";
import { dataOfCompany, hasAddress, plausible } from "./frame.ts";
import { readFields, type Field } from "./readings.ts";

const company = 0xaa55;
const kindAt = 1;
const addressAt = 2;

interface Model {
  readonly model: string;
  readonly length: number;
}

const models = new Map<number, Model>([
  [0x01, { model: "T201", length: 18 }],
  [0x05, { model: "T301", length: 17 }],
]);

const layout: readonly Field[] = [
  { is: "battery_voltage", at: 8, as: "u16be", mul: 0.01 },
  { is: "temperature", at: 10, as: "i16be", mul: 0.01 },
  { is: "humidity", at: 12, as: "u16be", mul: 0.01 },
  { is: "battery", at: 14, as: "u8" },
];

export const oria: Decoder = {
  family: "oria",
  title: "Oria thermometers and hygrometers",
  models: ["T201", "T301"],
  source: "https://github.com/theengs/decoder (T201, T301)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company);
    const known = models.get(data?.[kindAt] ?? 0);
    if (!data || data.length !== known?.length) return undefined;
    if (!hasAddress(data, addressAt, frame)) return undefined;
    return plausible({
      facts: { manufacturer: "Oria", model: known.model, sleepy: true },
      observations: readFields(data, layout),
    });
  },
};
