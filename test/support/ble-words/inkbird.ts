import type { Words } from "./words.ts";

export const inkbird: Words = {
  "*": { extprobe: { is: "x_inkbird_external_probe" } },
};
