import type { Decoder } from "./decoder.ts";
import { dataOfCompany } from "./frame.ts";
import { vendorReading } from "./readings.ts";

const company = 0x03b1;
const facts = { manufacturer: "Otodata", model: "RC1010", sleepy: true } as const;

const levelStart = "OTOTELE";
const levelLength = 19;
const levelAt = 9;
const statusAt = 11;
const fullLevel = 100;

const deviceStart = "OTO";
const deviceLength = 22;
const serialAt = 7;
const modelAt = 18;

/** Monitors of tanks: a frame of what is in them, and one about the monitor. */
export const otodata: Decoder = {
  family: "otodata",
  title: "Otodata tank monitors",
  models: ["RC1010"],
  source: "https://github.com/theengs/decoder (OTOD)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const told = dataOfCompany(frame, company, levelLength);
    if (told && startsWith(told, levelStart)) {
      const level = told.readUInt16LE(levelAt) / 100;
      if (level > fullLevel) return undefined;
      return {
        facts,
        observations: [
          vendorReading("otodata", "tank_level", level, { unit: "%" }),
          vendorReading("otodata", "status", told.readUInt16LE(statusAt)),
        ],
      };
    }
    const device = dataOfCompany(frame, company, deviceLength);
    if (!device || !startsWith(device, deviceStart)) return undefined;
    return {
      facts,
      observations: [
        vendorReading("otodata", "serial", device.readUInt32LE(serialAt)),
        vendorReading("otodata", "model_type", device.readUInt32LE(modelAt)),
      ],
    };
  },
};

function startsWith(data: Buffer, text: string): boolean {
  return data.toString("latin1", 0, text.length) === text;
}
