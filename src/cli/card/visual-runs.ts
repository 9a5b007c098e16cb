import bidiFactory from "bidi-js";
import type { Direction } from "./page.ts";

/** A part of a line that runs one way. */
export interface Run {
  /** In the order it is read. */
  readonly text: string;
  readonly direction: Direction;
}

// Its types tell of a default inside the default, which there is not where Node loads it.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();

/** The runs of a line as they stand on paper, from left to right (Unicode Standard Annex 9). */
export function visualRuns(line: string, direction: Direction): readonly Run[] {
  const embedding = bidi.getEmbeddingLevels(line, direction);
  const runs: { text: string; level: number }[] = [];
  for (const index of bidi.getReorderedIndices(line, embedding)) {
    const [unit, level] = [line[index] ?? "", embedding.levels[index] ?? 0];
    const last = runs.at(-1);
    if (last?.level !== level) runs.push({ text: unit, level });
    else last.text = level % 2 === 0 ? last.text + unit : unit + last.text;
  }
  return runs.map(({ text, level }) => ({ text, direction: level % 2 === 0 ? "ltr" : "rtl" }));
}

/** A text of which each sign stands for itself, as it is drawn from left to right. */
export function reversed(text: string): string {
  return Array.from(text, (char) => bidi.getMirroredCharacter(char) ?? char)
    .toReversed()
    .join("");
}
