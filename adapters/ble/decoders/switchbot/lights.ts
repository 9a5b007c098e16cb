import { on, plainKind, vendorFlag, type Item, type Kind } from "./kind.ts";

const brightness: Item = { is: "brightness", at: 1, mask: 0x7f, max: 100 };
const delay = vendorFlag("delay", 2, 0x80);
const network: Item = { vendor: "network_state", at: 2, mask: 0x70 };

/** Kelvin; zero where the light shows a colour. */
function whiteAt(at: number): Item {
  return { is: "color_temperature", at, mask: 0xff_ff, bytes: 2, min: 1_000, max: 20_000 };
}

export const colorBulb: Kind = plainKind(
  { model: "Color Bulb" },
  {
    from: 5,
    items: [
      on,
      brightness,
      delay,
      vendorFlag("preset", 2, 0x08),
      { vendor: "color_mode", at: 2, mask: 0x07 },
      { vendor: "speed", at: 3, mask: 0x7f },
      { vendor: "loop_index", at: 4, mask: 0xfe, mul: 2 },
    ],
  },
);

export function ceilingLight(model: string): Kind {
  return plainKind({ model }, { from: 5, items: [{ ...on, at: 4 }, brightness, whiteAt(2)] });
}

const stripItems: readonly Item[] = [
  on,
  brightness,
  delay,
  network,
  { vendor: "color_mode", at: 2, mask: 0x0f },
];

export function strip(model?: string): Kind {
  return plainKind({ ...(model !== undefined && { model }) }, { from: 3, items: stripItems });
}

export const candleWarmer: Kind = plainKind(
  { model: "Candle Warmer Lamp" },
  { from: 3, items: [on, brightness, delay, network] },
);

const lateWhite = 10;
const earlyWhite = 4;

export function whiteStrip(model: string): Kind {
  return plainKind({ model }, { from: lateWhite + 2, items: [...stripItems, whiteAt(lateWhite)] });
}

export function manyColours(model?: string): Kind {
  return plainKind(
    { ...(model !== undefined && { model }) },
    { from: earlyWhite + 2, items: [...stripItems, whiteAt(earlyWhite)] },
  );
}

export const colourCeiling: Kind = plainKind(
  { model: "RGBICWW Ceiling Light" },
  {
    from: 8,
    items: [
      ...stripItems,
      whiteAt(earlyWhite),
      { ...on, at: 7, part: "main" },
      { ...brightness, at: 7, part: "main" },
    ],
  },
);
