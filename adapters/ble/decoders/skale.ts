import type { Decoder } from "./decoder.ts";
import { dataOfCompany } from "./frame.ts";
import { reading } from "./readings.ts";

const company = 0x81ef;
const length = 4;
/** Tenths of a gram. */
const steps = 10_000;

/** Scales for coffee. */
export const skale: Decoder = {
  family: "skale",
  title: "Atomax Skale",
  models: ["Skale I", "Skale II"],
  source: "https://github.com/theengs/decoder (Skale)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data) return undefined;
    const raw = data.readInt16LE(0);
    return {
      facts: { manufacturer: "Atomax", model: "Skale", sleepy: true },
      observations: [reading("weight", raw / steps, { raw })],
    };
  },
};
