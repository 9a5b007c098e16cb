import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfCompany, dataOfService, hasReversedAddress, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const apple = 0x004c;
const services = ["f525", "f51c"];
/** What an iBeacon begins with, and the UUID of these sensors. */
const beaconStart = Buffer.from("0215ebefd08370a247c89837e7b5634df525", "hex");
const beaconLength = 24;
const beaconClimateAt = 18;
const beaconBatteryAt = 23;
/** Some receivers hand on the beacon with its company as data of the service. */
const wrappedStart = Buffer.from("4c00", "hex");

const serviceBatteryAt = 0;
const serviceAddressAt = 1;
/** The newer ones have one byte between the address and the climate. */
const serviceClimateAt = new Map([
  [11, 7],
  [12, 8],
]);

/** An iBeacon whose numbers are temperature and humidity. */
export const jaalee: Decoder = {
  family: "jaalee",
  title: "Jaalee thermometers and hygrometers",
  models: ["JHT"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/jaalee.py)",
  listensTo: { companies: [apple], services },
  decode: (frame) => {
    const beacon = dataOfCompany(frame, apple, beaconLength);
    if (beacon && isOurs(beacon)) return readBeacon(beacon);
    for (const uuid of services) {
      const data = dataOfService(frame, uuid);
      if (data) return readService(data, frame);
    }
    return undefined;
  },
};

function isOurs(beacon: Buffer): boolean {
  return beacon.subarray(0, beaconStart.length).equals(beaconStart);
}

function readBeacon(beacon: Buffer): Decoded | undefined {
  return told(beacon, beaconClimateAt, beacon.readUInt8(beaconBatteryAt));
}

function readService(data: Buffer, frame: Advertisement): Decoded | undefined {
  const beacon = data.subarray(wrappedStart.length);
  const isWrapped = data.subarray(0, wrappedStart.length).equals(wrappedStart);
  if (isWrapped && beacon.length === beaconLength && isOurs(beacon)) return readBeacon(beacon);
  const climateAt = serviceClimateAt.get(data.length);
  if (climateAt === undefined || !hasReversedAddress(data, serviceAddressAt, frame)) {
    return undefined;
  }
  return told(data, climateAt, data.readUInt8(serviceBatteryAt));
}

/** The sensor is an SHT3x: 16 bits are −45…130 °C and 0…100 %. */
function told(data: Buffer, at: number, battery: number): Decoded | undefined {
  const temperature = data.readUInt16BE(at);
  const humidity = data.readUInt16BE(at + 2);
  return plausible({
    facts: { manufacturer: "Jaalee", model: "JHT", sleepy: true },
    observations: [
      reading("temperature", (175 * temperature) / 65_535 - 45, { raw: temperature }),
      reading("humidity", (100 * humidity) / 65_535, { raw: humidity }),
      reading("battery", battery),
    ],
  });
}
