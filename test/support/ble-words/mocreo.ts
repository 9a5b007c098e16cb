import type { Words } from "./words.ts";

export const mocreo: Words = {
  "*": { water_leak: { is: "water_leak" } },
};
