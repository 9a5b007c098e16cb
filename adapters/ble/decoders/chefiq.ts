import type { Observation } from "../../reading/observation.ts";
import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const company = 0x05cd;
const length = 18;
const batteryAt = 2;
/** Whole °C; from here on it says that the ring feels nothing. */
const third = { at: 3, nothingFrom: 0xfe };

/** Tenths of °C. */
const rings: readonly (readonly [part: string, at: number])[] = [
  ["meat", 6],
  ["tip", 8],
  ["1", 10],
  ["2", 12],
  ["ambient", 14],
];
/** A ring outside the meat, or a broken wire. */
const nothingFrom = 0x7ff0;

/** Wireless probes for meat. */
export const chefiq: Decoder = {
  family: "chefiq",
  title: "Chef iQ meat probes",
  models: ["CQ60"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/chefiq.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data) return undefined;
    return plausible({
      facts: { manufacturer: "Chef iQ", model: "CQ60", sleepy: true },
      observations: [
        reading("battery", data.readUInt8(batteryAt)),
        ...rings.map(([part, at]) => ring(part, data.readUInt16LE(at))),
        reading("temperature", degreesOfThird(data.readUInt8(third.at)), { part: "3" }),
      ],
    });
  },
};

function ring(part: string, raw: number): Observation {
  return reading("temperature", raw >= nothingFrom ? null : raw / 10, { part, raw });
}

function degreesOfThird(raw: number): number | null {
  return raw >= third.nothingFrom ? null : raw;
}
