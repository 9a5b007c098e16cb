import type { Decoder } from "./decoder.ts";
import { dataOfCompany, hasAddress, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const company = 0x0100;
const length = 17;
const addressAt = 3;
const weightAt = 10;
const impedanceAt = 12;
const stateAt = 14;
const stableBits = 0xa0;

/** Scales for persons that send what they weigh without being connected. */
export const senssun: Decoder = {
  family: "senssun",
  title: "Senssun scales",
  models: ["Senssun Smart Scale (IF_B7)"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/senssun.py)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (!data || !hasAddress(data, addressAt, frame)) return undefined;
    const isStable = (data.readUInt8(stateAt) & stableBits) === stableBits;
    return plausible({
      facts: { manufacturer: "Senssun", model: "Smart Scale", sleepy: true },
      observations: [
        reading("weight", data.readInt16BE(weightAt) / 100),
        vendorReading("senssun", "impedance", data.readInt16BE(impedanceAt), { unit: "Ω" }),
        vendorReading("senssun", "stabilized", isStable),
      ],
    });
  },
};
