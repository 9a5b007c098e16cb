import type { Decoded } from "./decoder.ts";
import { percent, reading, vendorReading } from "./readings.ts";

/** The first generation, which sends its echoes as they came. */
export const standardCompany = 0x000d;
export const standardService = "ada0";

const length = 23;
const kindMask = 0xcf;
const kinds: ReadonlyMap<number, string> = new Map([
  [0x02, "Check"],
  [0x03, "Check XL"],
  [0x46, "Check (eTrailer)"],
]);
const sixBits = 0x3f;
const buttonMask = 0x80;
const coldest = -40;

const echoesAt = 4;
const groups = 3;
const groupLength = 5;
const perGroup = 4;
const fiveBits = 32;
const lastTick = 255;
const fewestEchoes = 2;

export function readStandardCheck(data: Buffer): Decoded | undefined {
  const model = kinds.get((data[1] ?? 0) & kindMask);
  if (data.length !== length || model === undefined) return undefined;
  const volts = (data.readUInt8(2) / 256) * 2 + 1.5;
  const warmth = data.readUInt8(3) & sixBits;
  const temperature = warmth === 0 ? coldest : (warmth - 25) * 1.776964;
  const ticks = firstEcho(data);
  const distance = ticks === undefined ? null : (ticks * soundIn(temperature)) / 100_000;
  return {
    facts: { manufacturer: "Mopeka", model, sleepy: true },
    observations: [
      reading("distance", distance, { source: "tank_level" }),
      reading("temperature", temperature, { raw: warmth }),
      reading("battery_voltage", volts),
      reading("battery", percent(((volts - 2.2) / 0.65) * 100), { quality: "estimated" }),
      vendorReading("mopeka", "button", (data.readUInt8(3) & buttonMask) > 0),
    ],
  };
}

/**
 * Twelve echoes, each with the ticks of 20 µs since the one before, and how loud it was: silence and
 * all bits are none. One alone is noise.
 */
function firstEcho(data: Buffer): number | undefined {
  const heard: number[] = [];
  let time = 0;
  for (let group = 0; group < groups; group++) {
    let packed = data.readUIntLE(echoesAt + group * groupLength, groupLength);
    for (let n = 0; n < perGroup; n++) {
      time += (packed % fiveBits) + 1;
      packed = Math.floor(packed / fiveBits);
      const loudness = packed % fiveBits;
      packed = Math.floor(packed / fiveBits);
      if (loudness > 0 && loudness < fiveBits - 1 && time < lastTick) heard.push(time);
    }
  }
  return heard.length < fewestEchoes ? undefined : heard[0];
}

/** m/s in propane. */
function soundIn(temperature: number): number {
  return 1040.71 - 4.87 * temperature - 0.0107 * temperature ** 2;
}
