import type { Words } from "./words.ts";

export const hormann: Words = {
  "*": { opening_percentage: { is: "position" } },
};
