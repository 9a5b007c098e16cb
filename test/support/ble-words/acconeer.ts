import type { Words } from "./words.ts";

export const acconeer: Words = {
  "*": { distance_mm: { is: "distance", mul: 0.001 } },
};
