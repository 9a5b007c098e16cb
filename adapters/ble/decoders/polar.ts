import type { Decoder } from "./decoder.ts";
import { dataOfCompany } from "./frame.ts";
import { vendorReading } from "./readings.ts";

const company = 0x006b;
const length = 4;
/** Bit 1 of the first byte: the strap feels skin. */
const contactBit = 0x02;
const kindShift = 5;
const heartRateKind = 1;
/** Behind it stands the average over the longer time, which people are shown. */
const heartRateAt = 3;

/** Straps for sport. */
export const polar: Decoder = {
  family: "polar",
  title: "Polar heart rate sensors",
  models: ["H10", "H9", "OH1", "Verity Sense"],
  source: "https://github.com/polarofficial/polar-ble-sdk (heart rate in advertisements)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    const { localName = "" } = frame;
    if (!data || data.readUInt8(0) >> kindShift !== heartRateKind) return undefined;
    if (localName !== "" && !localName.startsWith("Polar ")) return undefined;
    const model = localName.split(" ")[1];
    return {
      facts: { manufacturer: "Polar", ...(model !== undefined && { model }), sleepy: true },
      observations: [
        vendorReading("polar", "heart_rate", data.readUInt8(heartRateAt), { unit: "bpm" }),
        vendorReading("polar", "contact", (data.readUInt8(0) & contactBit) !== 0),
      ],
    };
  },
};
