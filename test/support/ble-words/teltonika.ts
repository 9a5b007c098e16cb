import type { Words } from "./words.ts";

export const teltonika: Words = {
  "*": {
    magnetic_field_detected: { is: "x_teltonika_magnet" },
    moving: { is: "moving" },
    movement_counter: { is: "count", part: "movement" },
    roll: { is: "tilt_angle", part: "roll" },
    pitch: { is: "tilt_angle", part: "pitch" },
    battery_low: { is: "battery_low" },
  },
};
