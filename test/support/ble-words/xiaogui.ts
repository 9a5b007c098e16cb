import type { Words } from "./words.ts";

export const xiaogui: Words = {
  "*": {
    "non-stabilized_weight": { is: "x_xiaogui_weight_measuring" },
    impedance: { is: "x_xiaogui_impedance" },
    stabilized: { is: "x_xiaogui_stabilized" },
    weight_unit: { skip: "the unit of the source, always the same" },
  },
};
