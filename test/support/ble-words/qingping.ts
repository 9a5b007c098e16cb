import type { Words } from "./words.ts";

export const qingping: Words = {
  "*": {
    light: { is: "light_detected" },
    door: { is: "open" },
    door_left_open: { is: "x_qingping_door_left_open" },
  },
};
