import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

/** Of a maker of chips: the first two bytes say whose frame it is. */
const company = 0x000d;
const length = 5;
const start = 0x080c;
const openAt = 2;
const openBit = 1;
const batteryAt = 4;

export const beewi: Decoder = {
  family: "beewi",
  title: "BeeWi and Otio sensors of doors and windows",
  models: ["BSDOO"],
  source: "https://github.com/theengs/decoder (BWBSDOO)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (data?.readUInt16BE(0) !== start) return undefined;
    return plausible({
      facts: { manufacturer: "BeeWi", model: "BSDOO", sleepy: true },
      observations: [
        reading("open", (data.readUInt8(openAt) & openBit) !== 0),
        reading("battery", data.readUInt8(batteryAt)),
      ],
    });
  },
};
