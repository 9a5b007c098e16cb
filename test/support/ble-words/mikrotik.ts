import type { Words } from "./words.ts";

export const mikrotik: Words = {
  "*": {
    version: { skip: "of the protocol" },
    uptime: { is: "uptime" },
    // The maker's numbers are signed, its source takes −3/256 for 255.988.
    acceleration_y: { is: "acceleration", part: "y", map: { "255.98828125": -3 / 256 } },
    acceleration: { is: "acceleration", map: { "255.9882812798037": Math.hypot(3, 1) / 256 } },
    switch: { is: "input" },
    tilt: { event: "action", part: "tilt", map: { "0": "", "2": "other" } },
    dropping: { event: "action", map: { "0": "", "4": "fall" } },
    impact: { skip: "whether there was one on any axis: each is told" },
    impact_x: { event: "action", part: "impact_x", map: { "0": "", "8": "other" } },
    impact_y: { event: "action", part: "impact_y", map: { "0": "", "16": "other" } },
    impact_z: { event: "action", part: "impact_z", map: { "0": "", "32": "other" } },
  },
};
