import type { Words } from "./words.ts";

export const hhcc: Words = {};
