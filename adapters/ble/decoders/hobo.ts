import type { Decoder } from "./decoder.ts";
import { dataOfCompany } from "./frame.ts";
import { vendorReading } from "./readings.ts";

const company = 0x00c5;
const length = 20;
/** The other loggers of the maker send other numbers under other first bytes. */
const kind = 0x07;
const levelAt = 16;
/** Metres; a logger hangs no deeper. */
const deepest = 100;

/** Loggers of the depth of water. */
export const hobo: Decoder = {
  family: "hobo",
  title: "Onset HOBO water level loggers",
  models: ["MX2001"],
  source: "https://github.com/theengs/decoder (HOBOMX2001)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (data?.[0] !== kind) return undefined;
    const level = data.readFloatLE(levelAt);
    if (!(Math.abs(level) <= deepest)) return undefined;
    return {
      facts: { manufacturer: "Onset", model: "HOBO MX2001", sleepy: true },
      observations: [vendorReading("hobo", "water_level", level, { unit: "m" })],
    };
  },
};
