import type { Card } from "../../dialogue/card.ts";
import type { Paint } from "../style.ts";
import { table } from "../style.ts";

/** A card for a terminal. */
export function cardText(card: Card, paint: Paint): readonly string[] {
  const { title, person, headings, lines, devices, safety, languageName } = card;
  const says = table(lines.map(({ say, means }) => [say, means]));
  return [
    paint("bold", title),
    ...(person === undefined ? [] : [person]),
    "",
    paint("dim", `${headings.say} / ${headings.means}`),
    ...says,
    "",
    ...(devices.length === 0 ? [] : [paint("dim", headings.devices)]),
    ...table(devices.map(({ number, name }) => [number, name])),
    ...(devices.length === 0 ? [] : [""]),
    paint("bold", safety),
    paint("dim", languageName),
  ];
}

const codeColumns = 5;

/** A sheet of codes for a terminal. */
export function codesText({ codes: words }: Card, codes: readonly string[], paint: Paint) {
  const rows = Math.ceil(codes.length / codeColumns);
  const cellsOf = (row: number): readonly string[] =>
    Array.from({ length: codeColumns }, (_, column) => {
      const index = column * rows + row;
      const code = codes[index];
      return code === undefined ? "" : `${String(index + 1).padStart(2)}  ${code}`;
    });
  return [
    paint("bold", words.title),
    "",
    words.use,
    "",
    ...table(Array.from({ length: rows }, (_, row) => cellsOf(row))),
    "",
    words.voids,
  ];
}
