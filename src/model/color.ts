import { isList, roundTo, type Scalar } from "./scalar.ts";

/** Colour without brightness: hue 0…360 degrees, saturation 0…100 percent. */
export type HueSaturation = { readonly h: number; readonly s: number };

type Rgb = readonly [red: number, green: number, blue: number];

/** Hue and saturation of red, green and blue 0…255. Black and greys are {h: 0, s: 0}. */
export function hueSaturationOf([red, green, blue]: Rgb): HueSaturation {
  const max = Math.max(red, green, blue);
  const chroma = max - Math.min(red, green, blue);
  if (chroma === 0) return { h: 0, s: 0 };
  let sixth = (red - green) / chroma + 4;
  if (max === red) sixth = (green - blue) / chroma;
  else if (max === green) sixth = (blue - red) / chroma + 2;
  return { h: roundTo((sixth * 60 + 360) % 360, 1), s: roundTo((chroma / max) * 100, 1) };
}

/** Red, green and blue 0…255 at full brightness. */
export function rgbOf({ h, s }: HueSaturation): Rgb {
  const channel = (n: number): number => {
    const k = (n + h / 60) % 6;
    return Math.round(255 * (1 - (s / 100) * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}

/**
 * Reads every way a colour may be given: {h,s}, {r,g,b}, {x,y} or "#RRGGBB".
 * @returns undefined when it is none of them or out of range
 */
export function parseColor(value: Scalar): HueSaturation | undefined {
  if (typeof value === "string") return parseHex(value);
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  const { h, s, r, g, b, x, y } = value;
  if (within(h, 360) && within(s, 100)) return { h: roundTo(h, 1), s: roundTo(s, 1) };
  if (within(r, 255) && within(g, 255) && within(b, 255)) return hueSaturationOf([r, g, b]);
  if (within(x, 1) && within(y, 1) && y > 0) return fromChromaticity(x, y);
  return undefined;
}

function parseHex(text: string): HueSaturation | undefined {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!digits) return undefined;
  const byte = (i: number): number => Number.parseInt(digits[i] ?? "", 16);
  return hueSaturationOf([byte(1), byte(2), byte(3)]);
}

function within(value: Scalar | undefined, max: number): value is number {
  return typeof value === "number" && value >= 0 && value <= max;
}

/** CIE 1931 chromaticity to sRGB (IEC 61966-2-1, D65), brightness dropped. */
function fromChromaticity(x: number, y: number): HueSaturation {
  const bigX = x / y;
  const bigZ = (1 - x - y) / y;
  const linear: Rgb = [
    3.2406 * bigX - 1.5372 - 0.4986 * bigZ,
    -0.9689 * bigX + 1.8758 + 0.0415 * bigZ,
    0.0557 * bigX - 0.204 + 1.057 * bigZ,
  ];
  const max = Math.max(...linear);
  const [red, green, blue] = linear.map((part) => {
    const unit = Math.max(part, 0) / max;
    return 255 * (unit <= 0.0031308 ? 12.92 * unit : 1.055 * unit ** (1 / 2.4) - 0.055);
  });
  return hueSaturationOf([red ?? 0, green ?? 0, blue ?? 0]);
}
