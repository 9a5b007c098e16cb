import type { Words } from "./words.ts";

/** µg/m³ of what its source takes for the mix, in one ppb: it converts, we hand on what was sent. */
const vocMass = 110 / 24.4;

export const airmentor: Words = {
  "*": {
    formaldehyde: { is: "formaldehyde", mul: 1000 },
    tvoc: { is: "voc_parts", mul: 1 / vocMass },
    aqi: { is: "aqi" },
    temperature_calibrated: { is: "temperature", part: "calibrated" },
    air_quality: { skip: "a word for the index, not sent" },
  },
};
