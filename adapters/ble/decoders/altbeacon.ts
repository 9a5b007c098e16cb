import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { vendorReading } from "./readings.ts";

/** Any company may send it; these are known to. The last one is that of tests and hobbyists. */
const companies = [
  0x0000, 0x004c, 0x0059, 0x0075, 0x000d, 0x00e0, 0x0118, 0x015d, 0x0499, 0x02e5, 0x05a7, 0xffff,
];
const code = 0xbeac;
const length = 24;
const idAt = 2;
const majorAt = 18;
const minorAt = 20;
const powerAt = 22;

/** Beacons of the open form: an identifier of twenty bytes, read as a UUID and two numbers. */
export const altbeacon: Decoder = {
  family: "altbeacon",
  title: "AltBeacons",
  models: ["AltBeacon"],
  source: "https://github.com/AltBeacon/spec",
  listensTo: { companies },
  isBeacon: true,
  decode: ({ companyData }: Advertisement) => {
    const found = companyData.find(({ data }) => isBeacon(data));
    return found && beacon(found.data);
  },
};

function isBeacon(data: Buffer): boolean {
  return data.length === length && data.readUInt16BE(0) === code;
}

function beacon(data: Buffer): Decoded {
  const id = data.toString("hex", idAt, majorAt);
  const major = data.readUInt16BE(majorAt);
  const minor = data.readUInt16BE(minorAt);
  const power = data.readInt8(powerAt);
  return {
    facts: { model: "AltBeacon" },
    observations: [
      vendorReading("altbeacon", "major", major),
      vendorReading("altbeacon", "minor", minor),
      vendorReading("altbeacon", "measured_power", power, { unit: "dBm" }),
    ],
    identity: ["ble-beacon", `${id}-${major}-${minor}`],
  };
}
