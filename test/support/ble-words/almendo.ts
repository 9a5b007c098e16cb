import type { Words } from "./words.ts";

export const almendo: Words = {
  "*": { tvoc: { is: "voc_parts" }, aqi: { is: "aqi" } },
};
