import type { Meaning, Words } from "./words.ts";

function probes(): Record<string, Meaning> {
  const words: Record<string, Meaning> = {};
  for (const part of ["1", "2", "3", "4"]) {
    words[`internal_temperature_probe_${part}`] = { is: "temperature", part };
    words[`internal_center_temperature_probe_${part}`] = {
      is: "temperature",
      part: `${part}_center`,
    };
    words[`internal_end_temperature_probe_${part}`] = { is: "temperature", part: `${part}_end` };
    // The source cuts off what is less than a degree.
    words[`ambient_temperature_probe_${part}`] = {
      is: "temperature",
      part: `${part}_ambient`,
      tolerance: 0.99,
    };
    words[`battery_probe_${part}`] = { is: "battery", part };
  }
  return words;
}

export const thermopro: Words = { "*": probes() };
