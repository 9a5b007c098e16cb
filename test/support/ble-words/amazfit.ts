import type { Words } from "./words.ts";

export const amazfit: Words = {
  "*": {
    "non-stabilized_weight": { is: "x_amazfit_weight_measuring" },
    impedance: { is: "x_amazfit_impedance" },
    stabilized: { is: "x_amazfit_stabilized" },
    pulse: { is: "x_amazfit_heart_rate" },
    heart_rate: { is: "x_amazfit_heart_rate" },
    act_bpm: { is: "x_amazfit_heart_rate" },
    steps: { is: "x_amazfit_steps" },
    weight_unit: { skip: "the unit of the source, always the same" },
  },
};
