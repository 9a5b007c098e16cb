/**
 * The national language tables of the GSM 7-bit alphabet (3GPP TS 23.038, annex A). Texts are read by
 * them and never written: phones that are older than the tables show something else.
 */

/** Stands where a table has nothing. */
export const none = "\0";
const escape = none;

function upTo(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Where the scripts of India have what, in the order of their Unicode blocks; they differ in gaps. */
const brahmic: readonly (number | string)[] = [
  ...upTo(0x01, 0x03),
  ...upTo(0x05, 0x0b),
  "\n",
  ...upTo(0x0c, 0x0d),
  "\r",
  ...upTo(0x0e, 0x1a),
  escape,
  ...upTo(0x1b, 0x1e),
  " !",
  ...upTo(0x1f, 0x24),
  ")(",
  ...upTo(0x25, 0x26),
  ",",
  0x27,
  ".",
  0x28,
  "0123456789:;",
  ...upTo(0x29, 0x2b),
  "?",
  ...upTo(0x2c, 0x39),
  ...upTo(0x3c, 0x4d),
];

interface Script {
  /** First code point of its Unicode block. */
  readonly block: number;
  /** Offsets in the block at which the table has a space. */
  readonly gaps: readonly number[];
  /** Before `a`, and behind `z`; offsets in the block. */
  readonly before: number;
  readonly behind: readonly number[];
}

const latin = "abcdefghijklmnopqrstuvwxyz";

function lockingOf({ block, gaps, before, behind }: Script): string {
  const at = (offset: number): string => String.fromCodePoint(block + offset);
  const letters = brahmic.map((one) =>
    typeof one === "string" ? one : gaps.includes(one) ? " " : at(one),
  );
  return [...letters, at(before), latin, ...behind.map(at)].join("");
}

/** Tables in the place of the default alphabet, by language identifier. */
export const lockingTables: ReadonlyMap<number, string> = new Map([
  // Turkish
  [
    1,
    "@£$¥€éùıòÇ\nĞğ\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ŞşßÉ !\"#¤%&'()*+,-./0123456789:;<=>?İABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§çabcdefghijklmnopqrstuvwxyzäöñüà",
  ],
  // Portuguese
  [
    3,
    "@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|\0ÂâÊÉ !\"#º%&'()*+,-./0123456789:;<=>?ÍABCDEFGHIJKLMNOPQRSTUVWXYZÃÕÚÜ§~abcdefghijklmnopqrstuvwxyzãõ`üà",
  ],
  // Bengali and Assamese
  [
    4,
    lockingOf({
      block: 0x0980,
      gaps: [0x0d, 0x0e, 0x11, 0x12, 0x29, 0x31, 0x33, 0x34, 0x35, 0x45, 0x46, 0x49, 0x4a],
      before: 0x4e,
      behind: [0x57, 0x5c, 0x5d, 0x70, 0x71],
    }),
  ],
  // Gujarati
  [
    5,
    lockingOf({
      block: 0x0a80,
      gaps: [0x0e, 0x12, 0x29, 0x31, 0x34, 0x46, 0x4a],
      before: 0x50,
      behind: [0x60, 0x61, 0x62, 0x63, 0x71],
    }),
  ],
  // Hindi
  [
    6,
    lockingOf({
      block: 0x0900,
      gaps: [],
      before: 0x50,
      behind: [0x72, 0x7b, 0x7c, 0x7e, 0x7f],
    }),
  ],
  // Kannada
  [
    7,
    lockingOf({
      block: 0x0c80,
      gaps: [0x01, 0x0d, 0x11, 0x29, 0x34, 0x45, 0x49],
      before: 0x55,
      behind: [0x56, 0x60, 0x61, 0x62, 0x63],
    }),
  ],
  // Malayalam
  [
    8,
    lockingOf({
      block: 0x0d00,
      gaps: [0x01, 0x0d, 0x11, 0x29, 0x3c, 0x45, 0x49],
      before: 0x57,
      behind: [0x60, 0x61, 0x62, 0x63, 0x79],
    }),
  ],
  // Oriya
  [
    9,
    lockingOf({
      block: 0x0b00,
      gaps: [0x0d, 0x0e, 0x11, 0x12, 0x29, 0x31, 0x34, 0x45, 0x46, 0x49, 0x4a],
      before: 0x56,
      behind: [0x57, 0x60, 0x61, 0x62, 0x63],
    }),
  ],
  // Punjabi
  [
    10,
    lockingOf({
      block: 0x0a00,
      gaps: [
        0x0b, 0x0c, 0x0d, 0x0e, 0x11, 0x12, 0x29, 0x31, 0x34, 0x37, 0x3d, 0x43, 0x44, 0x45, 0x46,
        0x49, 0x4a,
      ],
      before: 0x51,
      behind: [0x70, 0x71, 0x72, 0x73, 0x74],
    }),
  ],
  // Tamil
  [
    11,
    lockingOf({
      block: 0x0b80,
      gaps: [
        0x01, 0x0b, 0x0c, 0x0d, 0x11, 0x16, 0x17, 0x18, 0x1b, 0x1d, 0x20, 0x21, 0x22, 0x25, 0x26,
        0x27, 0x2b, 0x2c, 0x2d, 0x3c, 0x3d, 0x43, 0x44, 0x45, 0x49,
      ],
      before: 0x50,
      behind: [0x57, 0x70, 0x71, 0x72, 0x79],
    }),
  ],
  // Telugu
  [
    12,
    lockingOf({
      block: 0x0c00,
      gaps: [0x0d, 0x11, 0x29, 0x34, 0x3c, 0x45, 0x49],
      before: 0x55,
      behind: [0x56, 0x60, 0x61, 0x62, 0x63],
    }),
  ],
  // Urdu
  [
    13,
    "اآبٻڀپڦتۂٿ\nٹٽ\rٺټثجځڄڃڅچڇحخد\0ڌڈډڊ !ڏڍذرڑړ)(ڙز,ږ.ژ0123456789:;ښسش?صضطظعفقکڪګگڳڱلمنںڻڼوۄەہھءیېے\u064d\u0650\u064f\u0657\u0654abcdefghijklmnopqrstuvwxyz\u0655\u0651\u0653\u0656\u0670",
  ],
]);

/** What an escape leads to, by septet. */
export type SingleShift = ReadonlyMap<number, string>;

/** Characters in a row, by the septet of the first of them. */
type Rows = Readonly<Record<number, string>>;

function shiftOf(...tables: readonly Rows[]): SingleShift {
  const pairs = tables.flatMap((rows) =>
    Object.entries(rows).flatMap(([first, row]) =>
      Array.from(row).map((char, index) => [Number(first) + index, char] as const),
    ),
  );
  return new Map(pairs.filter(([, char]) => char !== none));
}

const common: Rows = {
  0x0a: "\f",
  0x14: "^",
  0x28: "{}",
  0x2f: "\\",
  0x3c: "[~]",
  0x40: "|",
  0x65: "€",
};

/** The extension of the default alphabet. */
export const extension = shiftOf(common);

/** What the tables of India and of Urdu have in common: Latin letters and signs. */
const eastern: Rows = {
  0x00: "@£$¥¿\"¤%&'\f*+",
  0x0e: "-/<=>¡^¡_#*",
  0x41: latin.toUpperCase(),
};

/** The single and double danda, which end sentences. */
const danda: Rows = { 0x19: "\u0964\u0965" };

/** Ten digits from that code point on. */
function digits(zero: number): Rows {
  return { 0x1c: String.fromCodePoint(...Array.from({ length: 10 }, (_, digit) => zero + digit)) };
}

/** Tables in the place of the extension, by language identifier. */
export const singleShiftTables: ReadonlyMap<number, SingleShift> = new Map([
  // Turkish
  [
    1,
    shiftOf(common, {
      0x47: "Ğ",
      0x49: "İ",
      0x53: "Ş",
      0x63: "ç",
      0x67: "ğ",
      0x69: "ı",
      0x73: "ş",
    }),
  ],
  // Spanish
  [
    2,
    shiftOf(
      common,
      { 0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4f: "Ó", 0x55: "Ú" },
      { 0x61: "á", 0x69: "í", 0x6f: "ó", 0x75: "ú" },
    ),
  ],
  // Portuguese
  [
    3,
    shiftOf(
      common,
      { 0x05: "ê", 0x09: "ç", 0x0b: "Ôô", 0x0e: "Áá", 0x12: "ΦΓ^ΩΠΨΣΘ", 0x1f: "Ê" },
      { 0x41: "À", 0x49: "Í", 0x4f: "Ó", 0x55: "Ú", 0x5b: "ÃÕ", 0x61: "Â" },
      { 0x69: "í", 0x6f: "ó", 0x75: "ú", 0x7b: "ãõ", 0x7f: "â" },
    ),
  ],
  // Bengali and Assamese
  [
    4,
    shiftOf(common, eastern, {
      0x19: "\u09e6\u09e7",
      0x1c: "\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee\u09ef\u09df\u09e0\u09e1\u09e2",
      0x2a: "\u09e3\u09f2\u09f3\u09f4\u09f5",
      0x30: "\u09f6\u09f7\u09f8\u09f9\u09fa",
    }),
  ],
  // Gujarati
  [5, shiftOf(common, eastern, danda, digits(0x0ae6))],
  // Hindi
  [
    6,
    shiftOf(common, eastern, danda, digits(0x0966), {
      0x26: "\u0952\u0951",
      0x2a: "\u0953\u0954\u0958\u0959\u095a",
      0x30: "\u095b\u095c\u095d\u095e\u095f\u0960\u0961\u0962\u0963\u0970\u0971",
    }),
  ],
  // Kannada
  [7, shiftOf(common, eastern, danda, digits(0x0ce6), { 0x26: "\u0cde\u0cf1", 0x2a: "\u0cf2" })],
  // Malayalam
  [
    8,
    shiftOf(common, eastern, danda, digits(0x0d66), {
      0x26: "\u0d70\u0d71",
      0x2a: "\u0d72\u0d73\u0d74\u0d75\u0d7a",
      0x30: "\u0d7b\u0d7c\u0d7d\u0d7e\u0d7f",
    }),
  ],
  // Oriya
  [
    9,
    shiftOf(common, eastern, danda, digits(0x0b66), {
      0x26: "\u0b5c\u0b5d",
      0x2a: "\u0b5f\u0b70\u0b71",
    }),
  ],
  // Punjabi
  [
    10,
    shiftOf(common, eastern, danda, digits(0x0a66), {
      0x26: "\u0a59\u0a5a",
      0x2a: "\u0a5b\u0a5c\u0a5e\u0a75",
    }),
  ],
  // Tamil
  [
    11,
    shiftOf(common, eastern, danda, digits(0x0be6), {
      0x26: "\u0bf3\u0bf4",
      0x2a: "\u0bf5\u0bf6\u0bf7\u0bf8\u0bfa",
    }),
  ],
  // Telugu
  [
    12,
    shiftOf(common, eastern, digits(0x0c66), {
      0x26: "\u0c58\u0c59",
      0x2a: "\u0c78\u0c79\u0c7a\u0c7b\u0c7c",
      0x30: "\u0c7d\u0c7e\u0c7f",
    }),
  ],
  // Urdu
  [
    13,
    shiftOf(common, eastern, digits(0x06f0), {
      0x19: "\u0600\u0601",
      0x26: "\u060c\u060d",
      0x2a: "\u060e\u060f\u0610\u0611\u0612",
      0x30: "\u0613\u0614\u061b\u061f\u0640\u0652\u0658\u066b\u066c\u0672\u0673\u06cd",
      0x3f: "\u06d4",
    }),
  ],
]);
