import type { Words } from "./words.ts";

/** Named as everywhere. */
export const atc: Words = {
  "pvvx-encrypted": {
    voltage: { skip: "not in the frame: its source works it out of the battery, 2.2 to 3.1 V" },
  },
};
