import { pageHeight, pageWidth, type Mark, type Page, type TextMark } from "./page.ts";

/** Faces that computers have, old ones too; each letter is taken from the first that has it. */
const families = [
  "Noto Sans",
  "DejaVu Sans",
  "Liberation Sans",
  "Segoe UI",
  "Arial",
  "Noto Sans Devanagari",
  "Lohit Devanagari",
  "Nirmala UI",
  "Mangal",
  "Noto Sans Arabic",
  "Tahoma",
  "sans-serif",
];
const ruleWidth = 0.5;

/** A page as a drawing for browsers, whose letters are those of the computer that shows it. */
export function svgOf({ language, title, marks }: Page): string {
  const box = `width="210mm" height="297mm" viewBox="0 0 ${pageWidth} ${pageHeight}"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<svg xmlns="http://www.w3.org/2000/svg" ${box} xml:lang="${escaped(language)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<g font-family="${families.join(", ")}" fill="black" stroke-width="${ruleWidth}">`,
    ...marks.map(elementOf),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function elementOf(mark: Mark): string {
  if (mark.kind === "text") return textOf(mark);
  const [x1, x2, y] = [mark.x, mark.x + mark.width, mark.y].map(rounded);
  return `<line x1="${x1}" x2="${x2}" y1="${y}" y2="${y}" stroke="black"/>`;
}

function textOf({ text, face, size, x, y, anchor, direction }: TextMark): string {
  const weight = face === "heavy" ? ` font-weight="bold"` : "";
  // The start of a line that runs to the left is its right edge.
  const isAtStart = (anchor === "left") === (direction === "ltr");
  const place = `x="${rounded(x)}" y="${rounded(y)}" text-anchor="${isAtStart ? "start" : "end"}"`;
  const order = `direction="${direction}" unicode-bidi="embed"`;
  return `<text ${place} ${order} font-size="${rounded(size)}"${weight}>${escaped(text)}</text>`;
}

function rounded(points: number): string {
  return String(Math.round(points * 100) / 100);
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
