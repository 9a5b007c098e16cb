import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { readFields, reading, vendorReading, type Field } from "./readings.ts";

const faucetCompany = 0x0131;
const faucetLength = 18;
const batteryAt = 1;
const batteryBits = 0x7f;
const serialAt = 3;
const serialEnd = 13;
const filler = Buffer.from("\0    ", "latin1");

const showerCompany = 0xfaee;
const showerLength = 19;
/** Of the shower that is being taken, or was the last: its number, s, 1/2560 L, °C, 1/100 kWh. */
const shower: readonly Field[] = [
  { is: "x_oras_session", at: 0, as: "u24be", source: "session" },
  { is: "duration", at: 3, as: "u16be" },
  { is: "water_volume", at: 8, as: "u24be", mul: 1 / 2560 },
  { is: "temperature", at: 11, as: "u8" },
  { is: "energy", at: 12, as: "u16be", mul: 0.01 },
];

/** Faucets that open by themselves, and a shower that counts. */
export const oras: Decoder = {
  family: "oras",
  title: "Oras faucets and showers",
  models: ["Electra", "Smart faucet", "Hydractiva Digital"],
  source: "https://github.com/theengs/decoder (Oras, Amphiro)",
  listensTo: { companies: [faucetCompany, showerCompany] },
  decode: (frame) => {
    const faucet = dataOfCompany(frame, faucetCompany, faucetLength);
    if (faucet) return readFaucet(faucet);
    const data = dataOfCompany(frame, showerCompany, showerLength);
    if (!data) return undefined;
    return plausible({
      facts: { manufacturer: "Oras", model: "Hydractiva Digital" },
      observations: readFields(data, shower),
    });
  },
};

function readFaucet(data: Buffer): Decoded | undefined {
  const serial = data.toString("latin1", serialAt, serialEnd);
  // The company is one of chips, which are in other things too.
  if (!data.subarray(serialEnd).equals(filler) || !/^\w+$/.test(serial)) return undefined;
  return plausible({
    facts: { manufacturer: "Oras", model: "Smart faucet", sleepy: true },
    observations: [
      reading("battery", data.readUInt8(batteryAt) & batteryBits),
      vendorReading("oras", "serial", serial),
    ],
  });
}
