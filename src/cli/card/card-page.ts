import type { Card } from "../../dialogue/card.ts";
import { fittedPage } from "./fitted-page.ts";
import { columnsFor, writeGrid } from "./grid.ts";
import { roomWidth, type Measure, type Page } from "./page.ts";
import type { Pen } from "./pen.ts";

/** In points, where everything has room. */
const sizes = { title: 28, body: 17, heading: 12 };
const gap = 16;
const rowGap = 3;
/** How much of the page the texts to send may take. */
const sayShare = 0.45;
const deviceStyle = { size: 16, rowGap: 1, faces: ["heavy", "plain"], most: 4, least: 2 } as const;

/** The page of a card. */
export function cardPage(card: Card, measure: Measure): Page {
  const { language, languageName: footer, title } = card;
  const direction = card.isRightToLeft ? "rtl" : "ltr";
  return fittedPage({ language, title, direction, footer, measure }, (pen) => {
    writeHead(pen, card);
    writeLines(pen, card);
    if (card.devices.length > 0) writeDevices(pen, card);
    pen.space(gap);
    pen.rule();
    pen.space(rowGap);
    pen.paragraph({ text: card.safety, face: "heavy", size: sizes.body });
    pen.space(rowGap);
    pen.rule();
  });
}

function writeHead(pen: Pen, { title, person, headings }: Card): void {
  pen.paragraph({ text: title, face: "heavy", size: sizes.title });
  if (person !== undefined) pen.paragraph({ text: person, face: "plain", size: sizes.body });
  pen.space(gap);
  const number = { text: `${headings.number}:`, face: "plain", size: sizes.body } as const;
  pen.paragraph(number);
  // The number of the gateway is written by hand: it changes with its SIM card.
  const start = pen.widthOf(number.text, number.face, number.size) + pen.scaled(gap / 2);
  pen.rule(start, roomWidth / 2);
  pen.space(gap);
}

function writeLines(pen: Pen, { headings, lines }: Card): void {
  const widest = Math.max(
    pen.widthOf(headings.say, "plain", sizes.heading),
    ...lines.map(({ say }) => pen.widthOf(say, "heavy", sizes.body)),
  );
  const say = { start: 0, width: Math.min(widest, roomWidth * sayShare) };
  const start = say.width + pen.scaled(gap);
  const means = { start, width: roomWidth - start };
  pen.row([
    { text: headings.say, face: "plain", size: sizes.heading, ...say },
    { text: headings.means, face: "plain", size: sizes.heading, ...means },
  ]);
  pen.space(rowGap);
  for (const line of lines) {
    pen.rule();
    pen.space(rowGap);
    pen.row([
      { text: line.say, face: "heavy", size: sizes.body, ...say },
      { text: line.means, face: "plain", size: sizes.body, ...means },
    ]);
    pen.space(rowGap);
  }
}

function writeDevices(pen: Pen, { headings, devices }: Card): void {
  const entries = devices.map(({ number, name: text }) => ({ number, text }));
  pen.rule();
  pen.space(gap);
  pen.paragraph({ text: headings.devices, face: "plain", size: sizes.heading });
  const columns = columnsFor(pen, entries, deviceStyle);
  writeGrid(pen, entries, { ...deviceStyle, columns });
}
