import type { Words } from "./words.ts";

export const bluemaestro: Words = {
  "*": { dewpoint: { is: "dew_point" }, dew_point: { is: "dew_point" } },
};
