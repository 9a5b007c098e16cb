import type { Words } from "./words.ts";

export const smartdry: Words = {
  "*": { shake: { is: "x_smartdry_shake" }, wake: { is: "running" } },
};
