import {
  boxOf,
  lineHeight,
  margin,
  mirrored,
  pageHeight,
  type Direction,
  type Measure,
  type Page,
} from "./page.ts";
import { Pen } from "./pen.ts";

export interface PageOptions {
  readonly language: string;
  readonly title: string;
  readonly direction: Direction;
  /** A small line at the bottom. */
  readonly footer: string;
  readonly measure: Measure;
}

const footerSize = 9;
/** By how much everything shrinks while it does not fit. */
const step = 0.96;

/** One page with everything that is written on it, as large as it fits. */
export function fittedPage(options: PageOptions, write: (pen: Pen) => void): Page {
  const { language, title, direction, footer, measure } = options;
  const bottom = pageHeight - margin - lineHeight * footerSize;
  // It ends, since what is half as large takes a quarter of the paper.
  for (let scale = 1; ; scale *= step) {
    const pen = new Pen({ measure, direction, scale });
    write(pen);
    if (Math.max(...pen.marks.map((mark) => boxOf(mark).bottom)) > bottom) continue;
    const below = new Pen({ measure, direction, scale: 1 });
    below.y = bottom;
    below.paragraph({ text: footer, face: "plain", size: footerSize });
    const marks = [...pen.marks, ...below.marks];
    return { language, title, marks: direction === "rtl" ? marks.map(mirrored) : marks };
  }
}
