/** What is known of a product by its number. */
export interface Model {
  readonly model: string;
  readonly manufacturer: string;
  /** It runs on mains. */
  readonly isMains?: boolean;
}

type Numbers = readonly (readonly [product: number, model: string])[];

const xiaomi: Numbers = [
  [0x00db, "MMC-T201-1"],
  [0x0391, "MMC-W505"],
  [0x01aa, "LYWSDCGQ"],
  [0x045b, "LYWSD02"],
  [0x16e4, "LYWSD02MMC"],
  [0x2542, "LYWSD02MMC"],
  [0x055b, "LYWSD03MMC"],
  [0x2832, "MJWSD05MMC"],
  [0x4c47, "MJWSD05MMC"],
  [0x55b5, "MJWSD06MMC"],
  [0x5bea, "MJWSD06MMC"],
  [0x5db1, "MBS17"],
  [0x06d3, "MHO-C303"],
  [0x0387, "MHO-C401"],
  [0x1203, "XMWSDJ04MMC"],
  [0x02df, "JQJCY01YM"],
  [0x0997, "JTYJGD03MI"],
  [0x78d1, "MC-COMM"],
  [0x098b, "MCCGQ02HL"],
  [0x03dd, "MUE4094RT"],
  [0x0a8d, "RTCGQ02LM"],
  [0x3531, "XMPIRO2SXS"],
  [0x4c60, "XMPIRO2GSXS"],
  [0x4683, "XMOSB01XS"],
  [0x0863, "SJWS01LM"],
  [0x6375, "SJWS02LM"],
  [0x04e1, "XMMF01JQD"],
  [0x1949, "XMWXKG01YL"],
  [0x2387, "XMWXKG01LM"],
  [0x5968, "XMWS01XS"],
  [0x0489, "M1S-T500"],
  [0x0806, "T700"],
  [0x1790, "T700i"],
  [0x040a, "WX08ZM"],
  [0x0de7, "SU001-T"],
  [0x04e9, "MJZNMSQ01YD"],
  [0x098c, "XMZNMST02YD"],
  [0x0599, "MJZNMS03LM"],
  [0x0784, "XMZNMS04LM"],
  [0x0e39, "XMZNMS08LM"],
  [0x069e, "ZNMS16LM"],
  [0x069f, "ZNMS17LM"],
  [0x30d9, "MJTZC01YM"],
  [0x3bd5, "MJTZC01YM"],
  [0x48cf, "MJTZC01YM"],
  [0x4b05, "MJTZC03YM"],
  [0x45c9, "MJTZC02YM"],
  [0x4c04, "MJTZC02YM"],
  [0x4dcb, "MJTZC02YM"],
  [0x20db, "MJZNZ018H"],
  [0x18e3, "ZX1"],
  [0x59fa, "M2457B1"],
  [0x59fb, "M2456B1"],
  [0x59fc, "M2456B1"],
  [0x6188, "M2456B1"],
];

const qingping: Numbers = [
  [0x0c3c, "CGC1"],
  [0x0576, "CGD1"],
  [0x066f, "CGDK2"],
  [0x4f59, "CGDK3"],
  [0x0347, "CGG1"],
  [0x0b48, "CGG1"],
  [0x5808, "CGG3"],
  [0x03d6, "CGH1"],
  [0x0a83, "CGPR1"],
];

const linptech: Numbers = [
  [0x1568, "K9B-1BTN"],
  [0x1569, "K9B-2BTN"],
  [0x0dfd, "K9B-3BTN"],
  [0x1c10, "K9BB-1BTN"],
  [0x3a61, "KS1"],
  [0x3e17, "KS1BP"],
  [0x520b, "KS2BB"],
  [0x1889, "MS1BB(MI)"],
  [0x2aeb, "HS1BB(MI)"],
  [0x3f0f, "RS1BB(MI)"],
  [0x3f4c, "PS1BB"],
  [0x50fb, "ES3"],
  [0x6a0f, "ES5BB"],
];

const yeelight: Numbers = [
  [0x07f6, "MJYD02YL"],
  [0x07bf, "YLAI003"],
  [0x0153, "YLYK01YL"],
  [0x068e, "YLYK01YL-FANCL"],
  [0x04e6, "YLYK01YL-VENFAN"],
  [0x03bf, "YLYB01YL-BHFRC"],
  [0x03b6, "YLKG07YL/YLKG08YL"],
];

const hhcc: Numbers = [
  [0x0098, "HHCCJCY01"],
  [0x03bc, "GCLS002"],
  [0x015d, "HHCCPOT002"],
];

const others: readonly (readonly [manufacturer: string, numbers: Numbers])[] = [
  ["Yanmi", [[0x78db, "ESM787"]]],
  ["DESSMANN", [[0x0380, "DSL-C08"]]],
  ["Lockin", [[0x11c2, "SV40"]]],
  [
    "PTX",
    [
      [0x38bb, "PTX_YK1_QMIMB"],
      [0x64c5, "PTX-F1-Display"],
    ],
  ],
];

const kettles: Numbers = [
  [0x0083, "YM-K1501"],
  [0x0113, "YM-K1501EU"],
  [0x045c, "V-SK152"],
];

const makers: readonly (readonly [manufacturer: string, numbers: Numbers, isMains?: boolean])[] = [
  ["Xiaomi", xiaomi],
  ["Qingping", qingping],
  ["Linptech", linptech],
  ["Yeelight", yeelight],
  ["HHCC", hhcc],
  ["Xiaomi", kettles, true],
  ...others,
];

/** The products that are known, by number. */
export const models: ReadonlyMap<number, Model> = new Map(
  makers.flatMap(([manufacturer, numbers, isMains = false]) =>
    numbers.map(([product, model]) => [
      product,
      { model, manufacturer, ...(isMains && { isMains }) },
    ]),
  ),
);
