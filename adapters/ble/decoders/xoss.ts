import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const company = 0xff04;
const length = 4;
const start = 1;
const batteryAt = 1;
const batteryBits = 0x7f;
const heartRateAt = 3;

/** Bands for sport. */
export const xoss: Decoder = {
  family: "xoss",
  title: "XOSS heart rate sensors",
  models: ["X2"],
  source: "https://github.com/theengs/decoder (XOSSX2)",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (data?.[0] !== start) return undefined;
    return plausible({
      facts: { manufacturer: "XOSS", model: "X2", sleepy: true },
      observations: [
        vendorReading("xoss", "heart_rate", data.readUInt8(heartRateAt), { unit: "bpm" }),
        reading("battery", data.readUInt8(batteryAt) & batteryBits),
      ],
    });
  },
};
