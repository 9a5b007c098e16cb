import type { Words } from "./words.ts";

export const tpms: Words = {
  "theengs:TPMS": {
    count: { is: "x_tpms_wheel" },
    // Bar, whatever the unit beside it says: the source divides Pa by 100 000.
    pressure: { is: "x_tpms_pressure", mul: 100 },
    alarm: { is: "problem" },
  },
  michelin: {
    pressure: { is: "x_tpms_absolute_pressure", mul: 0.1 },
    count: { skip: "The number of the frame: the sequence of what was decoded" },
    steps: { is: "x_tpms_state" },
    text: { is: "x_tpms_tyre_id" },
  },
};
