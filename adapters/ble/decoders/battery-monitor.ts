import type { Decoder } from "./decoder.ts";
import { readFields } from "./readings.ts";

const apple = 0x004c;
const length = 23;
const highestCharge = 100;

interface Monitor {
  readonly model: string;
  /** Where the charge stands. */
  readonly at: number;
}

/** By what comes before the numbers of an iBeacon. */
const monitors: ReadonlyMap<string, Monitor> = new Map([
  ["0215655f83caae16a10a702e31f30d58dd82", { model: "BM2", at: 22 }],
  ["02153ba29cd9a42c894856badaf2606ef777", { model: "BM6", at: 19 }],
]);
const headEnd = 18;

/** Watches of vehicles' batteries: only how full one is goes without a connection. */
export const batteryMonitor: Decoder = {
  family: "battery-monitor",
  title: "Battery monitors BM2 and BM6",
  models: ["BM2", "BM6"],
  source: "https://github.com/theengs/decoder (src/devices/BM2_json.h, BM6_json.h)",
  listensTo: { companies: [apple] },
  decode: ({ companyData }) => {
    const data = companyData.find(({ company }) => company === apple)?.data;
    if (data?.length !== length) return undefined;
    const monitor = monitors.get(data.toString("hex", 0, headEnd));
    if (!monitor || data.readUInt8(monitor.at) > highestCharge) return undefined;
    return {
      facts: { model: monitor.model },
      observations: readFields(data, [{ is: "battery", at: monitor.at, as: "u8" }]),
    };
  },
};
