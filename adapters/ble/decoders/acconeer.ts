import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { readFields, reading, type Field } from "./readings.ts";

const company = 0xacc0;
const length = 15;

const common: readonly Field[] = [
  { is: "battery", at: 1, as: "u16le" },
  { is: "temperature", at: 3, as: "i16le" },
];
const millimetres: Field = { is: "distance", at: 5, as: "u16le", mul: 0.001 };
const presenceAt = 5;

interface Kind {
  readonly model: string;
  readonly measures: "presence" | "distance";
}

const kinds = new Map<number, Kind>([
  [0x80, { model: "XM122", measures: "presence" }],
  [0x90, { model: "XM126", measures: "distance" }],
  [0x91, { model: "XM126", measures: "presence" }],
]);

/** Radar modules with the maker's example firmware. */
export const acconeer: Decoder = {
  family: "acconeer",
  title: "Acconeer radar modules",
  models: ["XM122", "XM126"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/acconeer.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    const kind = kinds.get(data?.[0] ?? 0);
    return data && kind ? read(data, kind) : undefined;
  },
};

function read(data: Buffer, { model, measures }: Kind): Decoded | undefined {
  const found =
    measures === "distance"
      ? readFields(data, [millimetres])
      : [reading("motion", data.readUInt16LE(presenceAt) !== 0)];
  return plausible({
    facts: { manufacturer: "Acconeer", model, sleepy: true },
    observations: [...readFields(data, common), ...found],
  });
}
