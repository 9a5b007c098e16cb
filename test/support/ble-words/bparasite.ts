import type { Words } from "./words.ts";

/** The firmware sends 0 to 65535 for 0 to 100 %; this source divides by 65536. */
const divisor = 65_536 / 65_535;

export const bparasite: Words = {
  bparasite: {
    humidity: { is: "humidity", mul: divisor },
    moisture: { is: "soil_moisture", mul: divisor },
  },
};
