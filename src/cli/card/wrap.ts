/** A line, and how wide it is. */
export interface Line {
  readonly text: string;
  readonly width: number;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A text in lines that are no wider than that; a word that is wider is broken. */
export function wrap(
  text: string,
  width: number,
  widthOf: (text: string) => number,
): readonly Line[] {
  const space = widthOf(" ");
  const lines: Line[] = [];
  for (const word of text.split(" ").flatMap((one) => broken(one, width, widthOf))) {
    const last = lines.at(-1);
    const longer = (last?.width ?? width) + space + word.width;
    if (last && longer <= width) {
      lines[lines.length - 1] = { text: `${last.text} ${word.text}`, width: longer };
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** A word, in pieces where it is too wide for a line. */
function broken(word: string, width: number, widthOf: (text: string) => number): readonly Line[] {
  const whole = { text: word, width: widthOf(word) };
  if (whole.width <= width) return [whole];
  const pieces: Line[] = [];
  for (const { segment: text } of graphemes.segment(word)) {
    const piece = { text, width: widthOf(text) };
    const last = pieces.at(-1);
    // Letters that stand alone are no narrower than those that are joined.
    const longer = (last?.width ?? width) + piece.width;
    if (!last || longer > width) pieces.push(piece);
    else pieces[pieces.length - 1] = { text: last.text + text, width: longer };
  }
  return pieces;
}
