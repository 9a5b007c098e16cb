import type { Words } from "./words.ts";

export const chefiq: Words = {
  "*": {
    meat_temperature: { is: "temperature", part: "meat" },
    temperature_probe_tip: { is: "temperature", part: "tip" },
    ambient_temperature: { is: "temperature", part: "ambient" },
  },
};
