import type { Observation } from "../../reading/observation.ts";
import type { Decoder } from "./decoder.ts";
import { dataOfCompany, hasReversedAddress, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const company = 0xa0ac;
const length = 12;
const sealedFrom = 6;
const kindAt = 4;
const checksumAt = 5;
/** Every byte behind the address is turned over by this one. */
const mask = 0xa0;
const gramBits = 0x3ffff;

/** By what was measured, once turned back. */
const kinds = new Map<number, (data: Buffer) => Observation>([
  [0xad, (data) => reading("weight", (data.readUInt32BE(0) & gramBits) / 1000)],
  [0xa6, (data) => vendorReading("laica", "impedance", data.readUInt16BE(0), { unit: "Ω" })],
]);

/** Scales for persons that send what they weigh without being connected. */
export const laica: Decoder = {
  family: "laica",
  title: "Laica scales",
  models: ["Laica Smart Scale (AAA002)"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/laica.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const sealed = dataOfCompany(frame, company, length);
    if (!sealed || !hasReversedAddress(sealed, 0, frame)) return undefined;
    const data = Buffer.from(sealed.subarray(sealedFrom).map((byte) => byte ^ mask));
    const read = isWhole(data) ? kinds.get(data.readUInt8(kindAt)) : undefined;
    if (!read) return undefined;
    return plausible({
      facts: { manufacturer: "Laica", model: "Smart Scale", sleepy: true },
      observations: [read(data)],
    });
  },
};

function isWhole(data: Buffer): boolean {
  const sum = data.subarray(0, checksumAt).reduce((all, byte) => all + byte, 0);
  return (sum & 0xff) === data[checksumAt];
}
