import {
  baselineOf,
  lineHeight,
  margin,
  roomWidth,
  type Direction,
  type Face,
  type Mark,
  type Measure,
} from "./page.ts";
import { printable } from "./printable.ts";
import { wrap, type Line } from "./wrap.ts";

export interface PenOptions {
  readonly measure: Measure;
  /** The direction of what is written, unless a cell says otherwise. */
  readonly direction: Direction;
  /** By how much every size and gap is smaller than it could be. */
  readonly scale: number;
}

/** A text with a place in its row. */
export interface Cell {
  readonly text: string;
  readonly face: Face;
  /** In points, before it is scaled. */
  readonly size: number;
  /** Where it begins, from the edge where people begin to read. */
  readonly start: number;
  readonly width: number;
  readonly direction?: Direction;
}

/** A cell as wide as the page. */
type Paragraph = Pick<Cell, "text" | "face" | "size">;

/**
 * Writes rows from the top of a page downwards, for people who begin on the left: the page is mirrored
 * afterwards for the others.
 */
export class Pen {
  readonly marks: Mark[] = [];
  /** The upper edge of what is written next. */
  y = margin;
  readonly #options: PenOptions;

  constructor(options: PenOptions) {
    this.#options = options;
  }

  get direction(): Direction {
    return this.#options.direction;
  }

  /** How wide a text would be on one line. */
  widthOf(text: string, face: Face, size: number): number {
    const [line] = this.#lines({ text, face, size, width: Infinity });
    return line?.width ?? 0;
  }

  scaled(points: number): number {
    return points * this.#options.scale;
  }

  space(points: number): void {
    this.y += this.scaled(points);
  }

  rule(start = 0, width = roomWidth): void {
    this.marks.push({ kind: "rule", x: margin + start, y: this.y, width });
  }

  paragraph(paragraph: Paragraph): void {
    this.row([{ ...paragraph, start: 0, width: roomWidth }]);
  }

  /** Writes cells side by side, each in as many lines as it needs. */
  row(cells: readonly Cell[]): void {
    this.y = Math.max(this.y, ...cells.map((cell) => this.#write(cell)));
  }

  /** Returns where the cell ends. */
  #write(cell: Cell): number {
    const { face, start, direction = this.#options.direction } = cell;
    const size = this.scaled(cell.size);
    let top = this.y;
    for (const { text, width } of this.#lines(cell)) {
      const place = { x: margin + start, y: baselineOf(top, size), width };
      this.marks.push({ kind: "text", text, face, size, ...place, anchor: "left", direction });
      top += lineHeight * size;
    }
    return top;
  }

  #lines({ text, face, size, width }: Omit<Cell, "start">): readonly Line[] {
    return wrap(printable(text), width, (part) =>
      this.#options.measure(part, face, this.scaled(size)),
    );
  }
}
