import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { cardPage } from "../../../src/cli/card/card-page.ts";
import { codesPage } from "../../../src/cli/card/codes-page.ts";
import { piecesOf } from "../../../src/cli/card/fonts.ts";
import {
  boxOf,
  margin,
  mirrored,
  pageHeight,
  pageWidth,
  type Box,
  type Mark,
  type Page,
  type TextMark,
} from "../../../src/cli/card/page.ts";
import { cardText, codesText } from "../../../src/cli/card/plain-text.ts";
import { checkSheet, pressFor, writeSheet } from "../../../src/cli/card/sheet.ts";
import { reversed, visualRuns } from "../../../src/cli/card/visual-runs.ts";
import { wrap } from "../../../src/cli/card/wrap.ts";
import { table } from "../../../src/cli/style.ts";
import { cardOf, type Card } from "../../../src/dialogue/card.ts";
import { languageOf, languages } from "../../../src/dialogue/language.ts";
import { Targets, targetsOf } from "../../../src/dialogue/targets.ts";
import { device, farmTargets, lexicon, meaningOf } from "../../support/dialogue-world.ts";

const madeAtMs = Date.UTC(2026, 10, 25);
const kinds = ["svg", "pdf"] as const;

/** Names as people give them, in several scripts, one of them hostile to a page and to XML. */
const longNames = [
  "Pump north of the old mango tree (deep)",
  "गहरा कुआँ पंप",
  "مضخة الحقل (شمال)",
  "Máy bơm giếng khoan phía đông",
  'Tank <&"> \u0000\u202e\ud800 ]]>',
  "Supercalifragilisticexpialidocious_sensor_kitchen_left_".repeat(2),
];

const crowd = Targets.of(
  Array.from({ length: 45 }, (_, index) => {
    const name = `${longNames[index % longNames.length]} ${index + 1}`;
    const properties = index % 2 === 0 ? ["onoff"] : ["temperature"];
    const described = device(`d${index}`, name, ["outlet"], properties);
    return targetsOf(described, index + 1, { aliases: [] }, lexicon);
  }).flat(),
  lexicon,
);

const codes = Array.from({ length: 50 }, (_, index) => String(index * 19_997).padStart(6, "0"));

/** Every sheet of every language; a crowd has letters of all scripts, whose fonts take a while to open. */
const sheets = languages
  .flatMap((language) =>
    kinds.flatMap((kind) => [
      { tag: language.tag, kind, what: "farm", card: cardOf(language, farmTargets) },
      { tag: language.tag, kind, what: "crowd", card: cardOf(language, crowd, "Amina") },
      { tag: language.tag, kind, what: "codes", card: cardOf(language, farmTargets, "Amina") },
    ]),
  )
  .filter(({ tag, kind, what }) => what !== "crowd" || kind === "svg" || /^(?:en|ar)$/.test(tag));

async function print(
  card: Card,
  kind: (typeof kinds)[number],
  what: string,
): Promise<{ page: Page; content: string | Uint8Array }> {
  const press = await pressFor(`sheet.${kind}`, { language: card.language, madeAtMs });
  const page =
    what === "codes" ? codesPage(card, codes, press.measure) : cardPage(card, press.measure);
  return { page, content: await press.print(page) };
}

function textsOf({ marks }: Page): readonly TextMark[] {
  return marks.filter((mark) => mark.kind === "text");
}

function isOnPage({ left, right, top, bottom }: Box): boolean {
  const slack = 0.01;
  return (
    left >= margin - slack &&
    right <= pageWidth - margin + slack &&
    top >= margin - slack &&
    bottom <= pageHeight - margin + slack
  );
}

function cover(one: Box, other: Box): boolean {
  const slack = 0.01;
  return (
    one.left < other.right - slack &&
    other.left < one.right - slack &&
    one.top < other.bottom - slack &&
    other.top < one.bottom - slack
  );
}

/** Everything that is written, without the breaks between lines. */
function wordsOf(page: Page): string {
  return textsOf(page)
    .map(({ text }) => text)
    .join("")
    .replaceAll(/\s/g, "");
}

/** Reads strict XML of elements, attributes and text; throws at anything else. */
function parseXml(xml: string): readonly string[] {
  const open: string[] = [];
  const texts: string[] = [];
  const token = /<\?xml [^<>]*\?>|<(\/?)([a-z]+)((?: [a-zA-Z][\w:-]*="[^"<>]*")*)(\/?)>|([^<>]+)/gy;
  let at = 0;
  for (const match of xml.matchAll(token)) {
    const [whole, closing, name, attributes = "", alone, text] = match;
    at += whole.length;
    for (const raw of [attributes, text ?? ""]) {
      expect(raw).not.toMatch(/&(?!(?:amp|lt|gt|quot);)|[^\t\n\u0020-\ud7ff\ue000-\ufffd]/);
    }
    if (name !== undefined && closing === "/") expect(open.pop()).toBe(name);
    else if (name !== undefined && alone === "") open.push(name);
    if (text !== undefined && open.at(-1) === "text") texts.push(text);
  }
  expect(xml.slice(at)).toBe("");
  expect(open).toEqual([]);
  return texts;
}

describe.each(sheets)("the $what in $tag as $kind", ({ card, kind, what }) => {
  test("is one page on which nothing is cut, covered or left out", async () => {
    const { page, content } = await print(card, kind, what);
    const boxes = page.marks.map(boxOf);
    expect(boxes.filter((box) => !isOnPage(box))).toEqual([]);
    const written = textsOf(page).map(boxOf);
    const covered = written.filter((one, i) => written.slice(0, i).some((two) => cover(one, two)));
    expect(covered).toEqual([]);
    const wanted = what === "codes" ? codes : card.lines.map(({ say }) => say);
    expect(wanted.filter((one) => !wordsOf(page).includes(bare(one)))).toEqual([]);
    if (typeof content === "string") {
      expect(parseXml(content)).toHaveLength(written.length);
    } else {
      checkPdf(content);
    }
  });
});

/** A text without spaces and what no paper shows. */
function bare(text: string): string {
  return text.replaceAll(/[\s\p{C}]/gu, "").normalize("NFC");
}

/** One page, whose every font is inside. */
function checkPdf(content: Uint8Array): void {
  const text = Buffer.from(content).toString("latin1");
  expect(text).toMatch(/^%PDF-1\./);
  expect(text).toContain("/Type /Pages\n/Count 1\n");
  const fonts = text.match(/\/Type \/Font\n/g) ?? [];
  expect(fonts.length).toBeGreaterThan(0);
  expect(text).not.toContain("/Subtype /Type1\n");
  expect(text.match(/\/FontFile2 /g)?.length).toBe(text.match(/\/Type \/FontDescriptor/g)?.length);
}

describe("a card", () => {
  test.each(languages)("in $tag has lines that are all understood", (language) => {
    const said = cardOf(language, farmTargets).lines.map(({ say }) => say);
    const lost = said.filter((say) =>
      /^(?:unknown|guess|which)/.test(meaningOf(say, language.tag)),
    );
    expect(lost).toEqual([]);
  });

  test.each(languages)("in $tag has an example of a code that is understood", (language) => {
    const { use } = cardOf(language, farmTargets).codes;
    const [example = ""] = /Pump .* 603118/.exec(use) ?? [];
    expect(meaningOf(example, language.tag)).toMatch(/^act on Pump.* code 603118$/);
  });

  test("has 40 devices, by their numbers, in columns read downwards", async () => {
    const { page } = await print(cardOf(languageOf("en"), crowd), "svg", "crowd");
    const numbers = textsOf(page).filter(
      ({ text, face }) => face === "heavy" && /^\d+$/.test(text),
    );
    const places = new Map(numbers.map(({ text, x, y }) => [text, { x, y }]));
    expect([...places.keys()].toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 40 }, (_, index) => String(index + 1)),
    );
    expect(places.get("2")?.x).toBe(places.get("1")?.x);
    expect(places.get("2")?.y).toBeGreaterThan(places.get("1")?.y ?? Infinity);
  });

  test("shrinks as it must, and no further", async () => {
    const few = await print(cardOf(languageOf("en"), farmTargets), "pdf", "farm");
    const many = await print(cardOf(languageOf("en"), crowd), "pdf", "crowd");
    const sizeOf = (page: Page) => textsOf(page)[0]?.size ?? 0;
    expect(sizeOf(few.page)).toBe(28);
    expect(sizeOf(many.page)).toBeLessThan(28);
    expect(sizeOf(many.page)).toBeGreaterThan(12);
  });

  test("has no heading of devices where there are none", async () => {
    const { page } = await print(cardOf(languageOf("en"), Targets.of([], lexicon)), "svg", "card");
    expect(textsOf(page).map(({ text }) => text)).not.toContain("Devices");
  });

  test("is for a terminal too", () => {
    const card = cardOf(languageOf("sw"), farmTargets, "Amina");
    const text = cardText(card, (_, words) => words).join("\n");
    expect(text).toContain("\nPump WASHA 2 h      Washa Pump kwa masaa 2\n");
    expect(text).toMatch(/\n10 {2}Greenhouse\n/);
    const sheet = codesText(card, codes, (_, words) => words).join("\n");
    expect(sheet).toContain("Namba za siri za Amina\n");
    expect(sheet).toContain("\n 1  000000  11  199970  21  399940  31  599910  41  799880\n");
    expect(sheet).toContain("Pump WASHA 603118");
  });
});

test.each(kinds)("a code is never broken, in %s", async (kind) => {
  const { page } = await print(cardOf(languageOf("en"), farmTargets, "Amina"), kind, "codes");
  expect(textsOf(page).filter(({ text }) => codes.includes(text))).toHaveLength(codes.length);
});

test("columns on a terminal are straight where letters carry marks", () => {
  expect(
    table([
      ["कुकु", "1"],
      ["abc", "2"],
    ]),
  ).toEqual(["कुकु   1", "abc  2"]);
});

describe("Arabic", () => {
  test("mirrors the page: people begin on the right", async () => {
    const { page } = await print(cardOf(languageOf("ar"), farmTargets), "svg", "farm");
    const [title] = textsOf(page);
    expect(title).toMatchObject({ anchor: "right", x: pageWidth - margin, direction: "rtl" });
    const marks: readonly Mark[] = page.marks;
    expect(marks.map(mirrored).map(mirrored)).toEqual(marks);
  });

  test("says in the drawing which way a line runs", async () => {
    const { content } = await print(cardOf(languageOf("ar"), crowd), "svg", "crowd");
    const elements = String(content).match(/<text [^>]*>[^<]*/g) ?? [];
    const attributesOf = (text: string) => elements.find((one) => one.endsWith(`>${text}`));
    expect(attributesOf("الأجهزة")).toMatch(/text-anchor="start" direction="rtl"/);
    expect(attributesOf("गहरा कुआँ पंप 8")).toMatch(/text-anchor="end" direction="ltr"/);
  });

  test.each([
    ["نبهني Tank تحت 20", "rtl", ["20", " تحت ", "Tank", "نبهني "]],
    ["فتح Gate 2، ثم", "rtl", ["، ثم", "Gate 2", "فتح "]],
    ["Pump شغل 2 ساعة", "rtl", [" ساعة", "2", " شغل ", "Pump"]],
    ["إطفاء Valve (north): يعمل", "rtl", [": يعمل", "Valve (north)", "إطفاء "]],
    ["Pump 2", "ltr", ["Pump 2"]],
    ["Tank خزان 2", "ltr", ["Tank ", "2", "خزان "]],
  ] as const)("puts the runs of %s in order", (line, direction, runs) => {
    expect(visualRuns(line, direction).map(({ text }) => text)).toEqual(runs);
  });

  test("turns what is drawn sign by sign", () => {
    expect(reversed(" (12")).toBe("21) ");
  });
});

describe("letters", () => {
  test("are taken from the font that has them, marks and joiners with their word", () => {
    const namesOf = (text: string) =>
      piecesOf(text).map((piece) => [piece.text, piece.font.name.replace("noto-sans-", "")]);
    expect(namesOf("Pump को क्\u200dय")).toEqual([
      ["Pump ", "latin"],
      ["को", "devanagari-devanagari"],
      [" ", "latin"],
      ["क्\u200dय", "devanagari-devanagari"],
    ]);
    expect(namesOf("Tiếng")).toEqual([
      ["Ti", "latin"],
      ["ế", "vietnamese"],
      ["ng", "latin"],
    ]);
    expect(namesOf("حقل٣")).toEqual([["حقل٣", "arabic-arabic"]]);
    expect(namesOf("井")).toEqual([["井", "latin"]]);
  });

  test("of another script are boxes, and the page is whole", async () => {
    const wells = targetsOf(
      device("w", "水井 🚰 ٣", ["outlet"], ["onoff"]),
      1,
      { aliases: [] },
      lexicon,
    );
    const card = cardOf(languageOf("ar"), Targets.of(wells, lexicon));
    const { content } = await print(card, "pdf", "card");
    expect(content.length).toBeGreaterThan(1_000);
    checkPdf(Buffer.from(content));
  });

  test("keep their place when a word is broken", () => {
    const lines = wrap("ab abcdef किताबें", 3, (text) => Array.from(text).length);
    expect(lines.map(({ text }) => text)).toEqual(["ab", "abc", "def", "कि", "ता", "बें"]);
  });
});

describe("a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "koine-card-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is for its owner only, also where it replaces another", () => {
    const out = join(folder, "codes.svg");
    writeFileSync(out, "old", { mode: 0o644 });
    expect(() => checkSheet({ out })).toThrow(/is there already; --force replaces it/);
    checkSheet({ out, force: true });
    expect(() => writeSheet(out, "new", false)).toThrow(/Cannot write/);
    writeSheet(out, "new", true);
    expect(readFileSync(out, "utf8")).toBe("new");
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  test("that cannot be written is refused before anything is asked", () => {
    expect(() => checkSheet({ out: join(folder, "nowhere", "card.pdf") })).toThrow(/Cannot write/);
    checkSheet({ out: join(folder, "card.pdf") });
    checkSheet({});
  });

  test("says in which language it is, and when it was made", async () => {
    const { content } = await print(cardOf(languageOf("sw"), farmTargets), "pdf", "farm");
    const text = Buffer.from(content).toString("latin1");
    expect(text).toContain("/Lang (sw)");
    expect(text).toContain("(D:20261125000000Z)");
    const streams = [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)];
    const [drawn] = streams.map(([, data = ""]) => inflateSync(Buffer.from(data, "latin1")));
    expect(String(drawn)).toContain("BT\n");
  });
});
