import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";
import type { Observation } from "../../reading/observation.ts";

const apple = 0x004c;
const prefix = 0x0215;
const length = 23;
const temperatureAt = 18;
const gravityAt = 20;
const powerAt = 22;
/** The UUID but for its fourth byte, which is the colour. */
const uuidStart = "a495bb";
const uuidEnd = "c5b14b44b5121370f02d74de";
const colorAt = 5;
const colors: ReadonlyMap<number, string> = new Map([
  [0x10, "red"],
  [0x20, "green"],
  [0x30, "black"],
  [0x40, "purple"],
  [0x50, "orange"],
  [0x60, "blue"],
  [0x70, "yellow"],
  [0x80, "pink"],
]);
/** Gravities of a Pro have one more digit, and so have its temperatures. */
const leastOfPro = 5000;
/** What fits beer, wine and cider, with room on both sides. */
const leastGravity = 0.5;
const mostGravity = 1.5;
/** For a moment after it wakes: the other number is the version of its firmware. */
const isVersion = 999;
/** Weeks since the battery was changed; some frames state the power at one metre in its place. */
const statedPower = 0xc5;
const mostWeeks = 152;

/** Hydrometers that float in what ferments. */
export const tilt: Decoder = {
  family: "tilt",
  title: "Tilt hydrometers",
  models: ["Tilt", "Tilt Pro"],
  source: "https://kvurd.com/blog/tilt-hydrometer-ibeacon-data-format/",
  listensTo: { companies: [apple] },
  decode: ({ companyData }) => {
    const data = companyData.find(({ company }) => company === apple)?.data;
    const color = data && colorOf(data);
    return color === undefined ? undefined : hydrometer(data, color);
  },
};

function colorOf(data: Buffer): string | undefined {
  if (data.length !== length || data.readUInt16BE(0) !== prefix) return undefined;
  if (data.toString("hex", 2, colorAt) !== uuidStart) return undefined;
  if (data.toString("hex", colorAt + 1, temperatureAt) !== uuidEnd) return undefined;
  return colors.get(data.readUInt8(colorAt));
}

function hydrometer(data: Buffer | undefined, color: string): Decoded | undefined {
  if (!data) return undefined;
  const degrees = data.readUInt16BE(temperatureAt);
  const raw = data.readUInt16BE(gravityAt);
  const isPro = raw >= leastOfPro;
  const facts = {
    manufacturer: "Tilt",
    model: `Tilt ${isPro ? "Pro " : ""}${color[0]?.toUpperCase()}${color.slice(1)}`,
    sleepy: true,
  };
  if (degrees === isVersion) return { facts: { ...facts, firmware: `${raw}` }, observations: [] };
  const gravity = raw / (isPro ? 10_000 : 1_000);
  if (gravity < leastGravity || gravity > mostGravity) return undefined;
  const fahrenheit = degrees / (isPro ? 10 : 1);
  return {
    facts,
    observations: [
      reading("temperature", ((fahrenheit - 32) * 5) / 9, { raw: degrees }),
      vendorReading("tilt", "specific_gravity", gravity, { raw }),
      vendorReading("tilt", "color", color, { values: [...colors.values()] }),
      ...ageOrPower(data.readUInt8(powerAt)),
    ],
  };
}

function ageOrPower(byte: number): readonly Observation[] {
  if (byte === statedPower) {
    return [vendorReading("tilt", "measured_power", byte - 0x100, { unit: "dBm" })];
  }
  return byte > mostWeeks ? [] : [vendorReading("tilt", "battery_age", byte, { unit: "w" })];
}
