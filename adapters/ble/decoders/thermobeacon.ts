import type { Advertisement, CompanyData } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const service = "fff0";
const name = "ThermoBeacon";
const disc = "Smart hygrometer";
/** By what stands where others have the number of a company. */
const models: ReadonlyMap<number, string> = new Map([
  [0x10, "Lanyard/mini hygrometer"],
  [0x11, disc],
  [0x14, disc],
  [0x15, disc],
  [0x18, disc],
  [0x1b, disc],
  [0x30, disc],
]);
const dataLength = 18;
const extremesLength = 20;
const buttonAt = 1;
const buttonMask = 0x80;
const addressAt = 2;
const voltageAt = 8;
const degree = 16;
/** What these sensors can measure. */
const coldest = -60;
const hottest = 100;
const wettest = 100;
/** Below, no radio sends; above, no coin cell is. A frame of extremes that is cut off says less. */
const fewestMillivolts = 1_700;
const mostMillivolts = 4_000;

/** Volts and per cent of a coin cell, from full to empty; in between, as the line goes. */
const charges = [
  [3_000, 100],
  [2_600, 60],
  [2_500, 40],
  [2_450, 20],
] as const;

/** Thermometers and hygrometers that are sold as ThermoBeacon, ThermoPlus, Brifit, SensorBlue. */
export const thermobeacon: Decoder = {
  family: "thermobeacon",
  title: "ThermoBeacon thermometers",
  models: ["WS02", "WS08", ...new Set(models.values())],
  source: "https://github.com/Bluetooth-Devices/thermobeacon-ble",
  listensTo: { companies: [...models.keys()] },
  decode: (frame: Advertisement) => {
    const found = frame.companyData.find(({ company }) => models.has(company));
    if (!found || !isTheirs(frame, found)) return undefined;
    const { company, data } = found;
    const observations = data.length === dataLength ? values(data) : extremes(data);
    const model = models.get(company) ?? disc;
    return observations && { facts: { manufacturer: name, model, sleepy: true }, observations };
  },
};

/** Others have these numbers for a company. */
function isTheirs({ address, localName, serviceUuids }: Advertisement, { data }: CompanyData) {
  if (data.length !== dataLength && data.length !== extremesLength) return false;
  if (serviceUuids.includes(service) || localName === name) return true;
  const sender = data.subarray(addressAt, voltageAt).toReversed();
  return Buffer.from(sender).toString("hex") === address;
}

function values(data: Buffer): Decoded["observations"] | undefined {
  const voltage = data.readUInt16LE(voltageAt);
  const temperature = data.readInt16LE(10) / degree;
  const humidity = data.readUInt16LE(12) / degree;
  if (voltage < fewestMillivolts || voltage > mostMillivolts) return undefined;
  if (isImpossible(temperature) || humidity > wettest) return undefined;
  return [
    reading("temperature", temperature),
    reading("humidity", humidity),
    reading("battery_voltage", voltage / 1_000, { raw: voltage }),
    reading("battery", chargeOf(voltage), { raw: voltage, quality: "estimated" }),
    reading("uptime", data.readUInt32LE(14)),
    vendorReading("thermobeacon", "button", (data.readUInt8(buttonAt) & buttonMask) > 0),
  ];
}

function extremes(data: Buffer): Decoded["observations"] | undefined {
  const most = data.readInt16LE(8) / degree;
  const least = data.readInt16LE(14) / degree;
  if (isImpossible(most) || isImpossible(least) || least > most) return undefined;
  return [
    vendorReading("thermobeacon", "temperature_max", most, { unit: "°C" }),
    vendorReading("thermobeacon", "temperature_max_uptime", data.readUInt32LE(10), { unit: "s" }),
    vendorReading("thermobeacon", "temperature_min", least, { unit: "°C" }),
    vendorReading("thermobeacon", "temperature_min_uptime", data.readUInt32LE(16), { unit: "s" }),
  ];
}

function isImpossible(temperature: number): boolean {
  return temperature < coldest || temperature > hottest;
}

function chargeOf(millivolts: number): number {
  let [above, more]: readonly [number, number] = charges[0];
  if (millivolts >= above) return more;
  for (const [below, less] of charges) {
    if (millivolts >= below) return less + ((millivolts - below) / (above - below)) * (more - less);
    [above, more] = [below, less];
  }
  return 0;
}
