import type { Words } from "./words.ts";

export const blustream: Words = {
  "*": { acceleration: { is: "x_blustream_acceleration" } },
};
