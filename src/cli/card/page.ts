/** A printed page: A4, upright, in points (1/72 inch) from the upper left corner. */
export interface Page {
  /** BCP 47 tag of what is written on it. */
  readonly language: string;
  readonly title: string;
  readonly marks: readonly Mark[];
}

export type Mark = TextMark | RuleMark;

/** One line of text. */
export interface TextMark {
  readonly kind: "text";
  readonly text: string;
  readonly face: Face;
  readonly size: number;
  /** The edge it is held at. */
  readonly x: number;
  /** Its baseline. */
  readonly y: number;
  readonly anchor: "left" | "right";
  /** How wide it is believed to be. */
  readonly width: number;
  /** The direction of its paragraph, which decides where its runs stand. */
  readonly direction: Direction;
}

/** A thin line from left to right. */
export interface RuleMark {
  readonly kind: "rule";
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export type Face = "plain" | "heavy";
export type Direction = "ltr" | "rtl";

/** How wide a text is, in points. */
export type Measure = (text: string, face: Face, size: number) => number;

/** ISO 216 A4, 210 mm by 297 mm. */
export const pageWidth = 595.28;
export const pageHeight = 841.89;
/** 15 mm: the printers that people have leave out less. */
export const margin = 42.5;
export const roomWidth = pageWidth - 2 * margin;

/** How far letters of the Noto faces reach from the baseline, as a share of their size. */
const ascent = 1.07;
const descent = 0.33;
export const lineHeight = ascent + descent;

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What a mark takes of the page. */
export function boxOf(mark: Mark): Box {
  const { x, y, width } = mark;
  if (mark.kind === "rule") return { left: x, right: x + width, top: y, bottom: y };
  const left = mark.anchor === "left" ? x : x - width;
  const { size } = mark;
  return { left, right: left + width, top: y - ascent * size, bottom: y + descent * size };
}

/** Where the baseline of a line is whose upper edge is known. */
export function baselineOf(top: number, size: number): number {
  return top + ascent * size;
}

/** The same as people see it who begin on the right. */
export function mirrored(mark: Mark): Mark {
  if (mark.kind === "rule") return { ...mark, x: pageWidth - mark.x - mark.width };
  return {
    ...mark,
    x: pageWidth - mark.x,
    anchor: mark.anchor === "left" ? "right" : "left",
  };
}
