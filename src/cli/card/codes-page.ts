import type { Card } from "../../dialogue/card.ts";
import { fittedPage } from "./fitted-page.ts";
import { writeGrid } from "./grid.ts";
import type { Measure, Page } from "./page.ts";

const sizes = { title: 28, body: 16 };
const gap = 16;
const codeStyle = { size: 14, columns: 5, rowGap: 6, faces: ["plain", "heavy"] } as const;

/** The page of a person's one-time codes. */
export function codesPage(card: Card, codes: readonly string[], measure: Measure): Page {
  const { language, languageName: footer } = card;
  const { title, use, voids } = card.codes;
  const direction = card.isRightToLeft ? "rtl" : "ltr";
  return fittedPage({ language, title, direction, footer, measure }, (pen) => {
    pen.paragraph({ text: title, face: "heavy", size: sizes.title });
    pen.space(gap);
    pen.paragraph({ text: use, face: "plain", size: sizes.body });
    pen.space(gap);
    writeGrid(
      pen,
      codes.map((text, index) => ({ number: String(index + 1), text })),
      codeStyle,
    );
    pen.space(gap);
    pen.paragraph({ text: voids, face: "plain", size: sizes.body });
    pen.space(gap);
    pen.paragraph({ text: card.safety, face: "heavy", size: sizes.body });
  });
}
