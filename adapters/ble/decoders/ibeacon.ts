import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const apple = 0x004c;
/** Type and length of Apple's structure, which the rest of the frame is. */
const prefix = 0x0215;
const length = 23;
const uuidAt = 2;
const majorAt = 18;
const minorAt = 20;
const powerAt = 22;
/** Tenths of a volt that a battery of one or two cells can have. */
const fewestTenths = 15;
const mostTenths = 50;

/** Beacons of Apple's form: a UUID, two numbers and the strength of the signal at one metre. */
export const ibeacon: Decoder = {
  family: "ibeacon",
  title: "iBeacons",
  models: ["iBeacon"],
  source: "https://developer.apple.com/ibeacon/ (Proximity Beacon Specification)",
  listensTo: { companies: [apple] },
  isBeacon: true,
  decode: ({ companyData }) => {
    const data = companyData.find(({ company }) => company === apple)?.data;
    if (data?.length !== length || data.readUInt16BE(0) !== prefix) return undefined;
    return beacon(data);
  },
};

function beacon(data: Buffer): Decoded {
  const uuid = data.toString("hex", uuidAt, majorAt);
  const major = data.readUInt16BE(majorAt);
  const minor = data.readUInt16BE(minorAt);
  return {
    facts: { model: "iBeacon" },
    observations: [
      vendorReading("ibeacon", "major", major),
      vendorReading("ibeacon", "minor", minor),
      ...powerOf(data.readInt8(powerAt)),
    ],
    identity: ["ble-beacon", `${uuid}-${major}-${minor}`],
  };
}

/** No signal is above 0 dBm a metre away: some beacons say their battery's voltage in its place. */
function powerOf(power: number) {
  if (power < 0) return [vendorReading("ibeacon", "measured_power", power, { unit: "dBm" })];
  if (power < fewestTenths || power > mostTenths) return [];
  return [reading("battery_voltage", power / 10, { raw: power })];
}
