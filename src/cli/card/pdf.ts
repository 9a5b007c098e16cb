import Pdf from "pdfkit";
import { arabicFont, fonts, piecesOf, type Piece } from "./fonts.ts";
import {
  boxOf,
  pageHeight,
  pageWidth,
  type Face,
  type Mark,
  type Measure,
  type Page,
  type TextMark,
} from "./page.ts";
import { reversed, visualRuns, type Run } from "./visual-runs.ts";

const ruleWidth = 0.5;
const faces: readonly Face[] = ["plain", "heavy"];
/** Asks for the whole text to be shaped at once: word by word, Arabic would come out reversed. */
const asOne = { features: [] };

/** Measures with the real letters, and draws one page with them, for every computer and printer. */
export class PdfPress {
  readonly #document: PDFKit.PDFDocument;
  /** Widths at size 1, by face and text: a page that shrinks asks for them again and again. */
  readonly #widths = new Map<string, number>();

  /** @param about what the file says of its language, and of when it was made */
  constructor({ language, madeAtMs }: { readonly language: string; readonly madeAtMs: number }) {
    this.#document = new Pdf({
      size: [pageWidth, pageHeight],
      margin: 0,
      lang: language,
      info: { Creator: "Koine", CreationDate: new Date(madeAtMs) },
    });
    for (const { name, files } of fonts) {
      for (const face of faces) this.#document.registerFont(`${name} ${face}`, files[face]);
    }
  }

  readonly measure: Measure = (text, face, size) => {
    const key = `${face} ${text}`;
    const known = this.#widths.get(key);
    const width = known ?? piecesOf(text).reduce((sum, one) => sum + this.#widthOf(one, face), 0);
    if (known === undefined) this.#widths.set(key, width);
    return width * size;
  };

  /** Draws the page, and ends the document: a press prints once. */
  async print({ title, marks }: Page): Promise<Uint8Array> {
    const document = this.#document;
    document.info.Title = title;
    const chunks: Uint8Array[] = [];
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    for (const mark of marks) this.#draw(mark);
    const ended = new Promise((resolve) => {
      document.on("end", resolve);
    });
    document.end();
    await ended;
    return Buffer.concat(chunks);
  }

  #draw(mark: Mark): void {
    if (mark.kind === "text") {
      this.#write(mark);
      return;
    }
    const { x, y, width } = mark;
    this.#document
      .lineWidth(ruleWidth)
      .moveTo(x, y)
      .lineTo(x + width, y)
      .stroke();
  }

  #write(mark: TextMark): void {
    const { text, face, size, y, direction } = mark;
    let x = boxOf(mark).left;
    for (const piece of visualRuns(text, direction).flatMap(drawnPieces)) {
      const width = this.#widthOf(piece, face) * size;
      this.#select(piece, face)
        .fontSize(size)
        .text(piece.text, x, y, { ...asOne, lineBreak: false, baseline: "alphabetic" });
      x += width;
    }
  }

  #widthOf(piece: Piece, face: Face): number {
    return this.#select(piece, face).fontSize(1).widthOfString(piece.text, asOne);
  }

  #select({ font }: Piece, face: Face): PDFKit.PDFDocument {
    return this.#document.font(`${font.name} ${face}`);
  }
}

/** The pieces of a run from left to right. Arabic words are reversed by what shapes them. */
function drawnPieces({ text, direction }: Run): readonly Piece[] {
  const pieces = piecesOf(text);
  if (direction === "ltr") return pieces.flatMap(apart);
  return pieces
    .map((piece) => (isShaped(piece) ? piece : { ...piece, text: reversed(piece.text) }))
    .toReversed();
}

/** What of the Arabic script runs from the left are numbers; together they would be taken for a word. */
function apart(piece: Piece): readonly Piece[] {
  if (piece.font !== arabicFont) return [piece];
  return Array.from(piece.text, (char) => ({ ...piece, text: char }));
}

function isShaped({ font, text }: Piece): boolean {
  return font === arabicFont && /\p{Script=Arabic}/u.test(text);
}
