import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

/** Of tests; anybody sends with it. */
const company = 0xffff;
const length = 27;
const startAt = 2;
const dispensedAt = 4;
const portAt = 6;
const nameAt = 7;

const configured = 0x01;
const secondPort = 0x10;
const twoPorts = 0x40;
const reserved = ~(configured | secondPort | twoPorts);
const states = ["unconfigured", "configured"];
/** Nothing, or characters, and zeros to the end. */
const fixedText = /^[^\p{Cc}\uFFFD]*\0*$/u;

/** Meters of one or two kegs: what is in a keg at first, and what has been drawn. */
export const kegtron: Decoder = {
  family: "kegtron",
  title: "Kegtron keg monitors",
  models: ["KT-100", "KT-200"],
  source: "https://github.com/Ernst79/kegtron-ble",
  listensTo: { companies: [company] },
  decode: ({ companyData }) => {
    const data = companyData.find((one) => one.company === company)?.data;
    if (data?.length !== length) return undefined;
    const port = data.readUInt8(portAt);
    const isOdd = (port & reserved) > 0 || ((port & secondPort) > 0 && (port & twoPorts) === 0);
    const name = data.toString("utf8", nameAt);
    return isOdd || !fixedText.test(name) ? undefined : keg(data, port, name);
  },
};

function keg(data: Buffer, port: number, name: string): Decoded {
  const hasTwo = (port & twoPorts) > 0;
  const part = hasTwo ? { part: (port & secondPort) > 0 ? "2" : "1" } : {};
  const litre = { ...part, unit: "L" };
  const state = (port & configured) > 0 ? "configured" : "unconfigured";
  return {
    facts: { manufacturer: "Kegtron", model: hasTwo ? "KT-200" : "KT-100" },
    observations: [
      vendorReading("kegtron", "keg_size", litres(data, 0), litre),
      vendorReading("kegtron", "volume_start", litres(data, startAt), litre),
      reading("volume", litres(data, dispensedAt), { ...part, source: "volume_dispensed" }),
      vendorReading("kegtron", "port_state", state, { ...part, values: states }),
      vendorReading("kegtron", "port_name", name.replace(/\0+$/, ""), part),
    ],
  };
}

function litres(data: Buffer, at: number): number {
  return data.readUInt16BE(at) / 1_000;
}
