import type { CompanyData } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { hasAddress, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const service = "aa20";
const length = 11;
const humidityAt = 2;
const addressAt = 5;
const minus = 1;

/**
 * It uses no identifier of a company: what stands in its place is the sign of the temperature and
 * its whole degrees.
 */
export const jinou: Decoder = {
  family: "jinou",
  title: "Jinou thermometers and hygrometers",
  models: ["BEC07-5"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/jinou.py)",
  listensTo: { serviceUuids: [service] },
  decode: (frame) => {
    if (!frame.serviceUuids.includes(service)) return undefined;
    const one = frame.companyData.find(({ data }) => data.length === length);
    return one && hasAddress(one.data, addressAt, frame) ? read(one) : undefined;
  },
};

function read({ company, data }: CompanyData): Decoded | undefined {
  const sign = company & 0xff;
  const warmth = decimal(company >> 8, data.readUInt8(0));
  const humidity = decimal(data.readUInt8(humidityAt), data.readUInt8(humidityAt + 1));
  if (sign > minus) return undefined;
  return plausible({
    facts: { manufacturer: "Jinou", model: "BEC07-5", sleepy: true },
    observations: [
      reading("temperature", sign === minus ? -warmth : warmth),
      reading("humidity", humidity),
    ],
  });
}

/** The digits behind the point are a number of their own: 18 and 7 are 18.7. */
function decimal(whole: number, digits: number): number {
  if (digits < 10) return whole + digits / 10;
  return whole + digits / (digits < 100 ? 100 : 1000);
}
