import type { Words } from "./words.ts";

export const laica: Words = {
  "*": { impedance: { is: "x_laica_impedance" } },
};
