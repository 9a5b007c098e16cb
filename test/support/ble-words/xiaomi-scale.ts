import type { Meaning, Words } from "./words.ts";

const poundKg = 0.45359237;

/** Theengs gives the weight in the unit that the scale shows; these frames are of one in pounds. */
const inPounds = Object.fromEntries(
  [12.3, 19.1, 131.7, 140.65].map((pounds) => [String(pounds), pounds * poundKg]),
);

const measuring: Meaning = { is: "x_xiaomi_weight_measuring" };
const shown: Meaning = { skip: "the unit that the display shows" };

export const xiaomiScale: Words = {
  "*": {
    weight: { is: "weight", map: inPounds },
    mass: { is: "weight" },
    stabilized_weight: { is: "weight" },
    non_stabilized_weight: measuring,
    "non-stabilized_weight": measuring,
    mass_non_stabilized: measuring,
    impedance: { is: "x_xiaomi_impedance" },
    stabilized: { is: "x_xiaomi_stabilized" },
    weight_removed: { is: "x_xiaomi_weight_removed" },
    weighing_mode: { is: "x_xiaomi_weighing_mode" },
    unit: shown,
    weight_unit: shown,
  },
};
