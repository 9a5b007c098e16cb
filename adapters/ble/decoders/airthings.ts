import type { Advertisement } from "../advertisement.ts";
import type { Decoder } from "./decoder.ts";
import { vendorReading } from "./readings.ts";

const company = 0x0334;
const shortest = 4;
const longest = 12;

/** By the first four of the ten digits of the serial number. */
const models: ReadonlyMap<string, string> = new Map([
  ["2900", "Wave"],
  ["2920", "Wave Mini"],
  ["2930", "Wave Plus"],
  ["2950", "Wave Radon"],
  ["3210", "Wave Enhance"],
  ["3220", "Wave Enhance"],
  ["3250", "Corentium Home 2"],
]);
const modelDigits = 4;

/** They tell what they measure only to whoever connects; without, only which one they are. */
export const airthings: Decoder = {
  family: "airthings",
  title: "Airthings monitors (that they are there)",
  models: [...new Set(models.values())],
  source: "https://github.com/Airthings/airthings-ble",
  listensTo: { companies: [company] },
  decode: ({ companyData }: Advertisement) => {
    const data = companyData.find((one) => one.company === company)?.data;
    if (!data || data.length < shortest || data.length > longest) return undefined;
    const serial = `${data.readUInt32LE(0)}`;
    const model = models.get(serial.slice(0, modelDigits));
    if (model === undefined || serial.length !== 10) return undefined;
    return {
      facts: { manufacturer: "Airthings", model, sleepy: true },
      observations: [vendorReading("airthings", "serial_number", serial)],
    };
  },
};
