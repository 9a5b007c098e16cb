import type { Words } from "./words.ts";

/** One source takes the bytes as they are, where they are signed. */
const signed = Object.fromEntries(
  Array.from({ length: 256 }, (_, byte) => [`${byte}`, byte > 127 ? byte - 256 : byte]),
);

export const mopeka: Words = {
  mopeka: {
    // Rounded down to whole millimetres.
    tank_level: { is: "distance", mul: 0.001, tolerance: 1 },
    reading_quality: {
      is: "x_mopeka_reading_quality",
      map: { "0": 0, "33": 1, "67": 2, "100": 3 },
    },
    reading_quality_raw: { is: "x_mopeka_reading_quality" },
    accelerometer_x: { is: "x_mopeka_accelerometer", part: "x", map: signed },
    accelerometer_y: { is: "x_mopeka_accelerometer", part: "y", map: signed },
    button_pressed: { is: "x_mopeka_button" },
  },
  "theengs:M1017": {
    lvl_cm: { is: "distance", mul: 0.01 },
    lvl_in: { is: "distance", mul: 0.0254 },
    sync: { is: "x_mopeka_button" },
    quality: { is: "x_mopeka_reading_quality" },
    acceleration_x: { is: "x_mopeka_accelerometer", part: "x" },
    acceleration_y: { is: "x_mopeka_accelerometer", part: "y" },
  },
};
