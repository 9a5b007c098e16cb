import { gravity } from "../../../adapters/ble/decoders/readings.ts";
import type { Words } from "./words.ts";

/** The sources give thousandths of g, whatever unit they write beside them. */
const mul = gravity / 1000;

export const kkm: Words = {
  "*": {
    // One of the sources cuts off what is behind two digits.
    temperature: { is: "temperature", tolerance: 0.01 },
    humidity: { is: "humidity", tolerance: 0.01 },
    acceleration: { is: "acceleration", mul },
    acceleration_x: { is: "acceleration", part: "x", mul },
    acceleration_y: { is: "acceleration", part: "y", mul },
    acceleration_z: { is: "acceleration", part: "z", mul },
  },
};
