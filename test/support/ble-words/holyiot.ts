import type { Words } from "./words.ts";

export const holyiot: Words = {
  "*": {
    // Pa.
    pressure: { is: "pressure", mul: 0.01 },
    vibration: { is: "vibration" },
    side: { is: "x_holyiot_side" },
    button: { event: "action", map: { toggle: "press", "no press": "" } },
  },
};
