import type { Words } from "./words.ts";

export const hydrometer: Words = {
  "*": {
    specific_gravity: { is: "x_tilt_specific_gravity" },
    gravity: { is: "x_tilt_specific_gravity" },
    txpower: { is: "x_tilt_measured_power" },
    color: { is: "x_tilt_color" },
  },
};
