import { roomWidth, type Face } from "./page.ts";
import type { Cell, Pen } from "./pen.ts";
import { directionOf } from "./printable.ts";

/** What stands behind a number. */
export interface Entry {
  readonly number: string;
  readonly text: string;
}

export interface GridStyle {
  readonly size: number;
  readonly columns: number;
  /** Between two rows, in points. */
  readonly rowGap: number;
  /** The face of the numbers, and that of what stands behind them. */
  readonly faces: readonly [number: Face, text: Face];
}

/** Between two columns, and between a number and what it numbers, as a share of the size. */
const columnGap = 0.8;
const numberGap = 0.6;

/** Writes numbered entries in columns, each from the top downwards. */
export function writeGrid(pen: Pen, entries: readonly Entry[], style: GridStyle): void {
  const rows = Math.ceil(entries.length / style.columns);
  const widest = widestNumber(pen, entries, style);
  for (let row = 0; row < rows; row++) {
    const cells = Array.from({ length: style.columns }, (_, column) => {
      const entry = entries[column * rows + row];
      return entry ? cellsOf(pen, entry, { ...style, column, widest }) : [];
    });
    pen.row(cells.flat());
    pen.space(style.rowGap);
  }
}

/** How many columns have room for entries without wrapping them, and are worth having. */
export function columnsFor(
  pen: Pen,
  entries: readonly Entry[],
  style: Omit<GridStyle, "columns"> & { readonly most: number; readonly least: number },
): number {
  const { size, faces, most, least } = style;
  const text = Math.max(...entries.map((entry) => pen.widthOf(entry.text, faces[1], size)));
  const gaps = pen.scaled((columnGap + numberGap) * size);
  const fitting = Math.floor(roomWidth / (widestNumber(pen, entries, style) + text + gaps));
  return Math.min(most, Math.max(least, fitting));
}

function widestNumber(
  pen: Pen,
  entries: readonly Entry[],
  { size, faces }: Pick<GridStyle, "size" | "faces">,
): number {
  return Math.max(...entries.map(({ number }) => pen.widthOf(number, faces[0], size)));
}

function cellsOf(
  pen: Pen,
  { number, text }: Entry,
  style: GridStyle & { readonly column: number; readonly widest: number },
): readonly Cell[] {
  const { size, faces, column, columns } = style;
  const start = (column * roomWidth) / columns;
  const before = style.widest + pen.scaled(numberGap * size);
  const width = roomWidth / columns - before - pen.scaled(columnGap * size);
  const [numberFace, textFace] = faces;
  const direction = directionOf(text, pen.direction);
  return [
    { text: number, face: numberFace, size, start, width: before },
    { text, face: textFace, size, start: start + before, width, direction },
  ];
}
