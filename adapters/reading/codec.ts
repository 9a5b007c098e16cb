import { hueSaturationOf, parseColor, rgbOf, type Scalar } from "koine/adapter";

/** How a value is written in a payload of its own. */
export interface Codec {
  /**
   * The value that a payload stands for; undefined when it is no word of this codec. What should be
   * a number and is none comes back as it is, to be judged by who knows the property.
   */
  readonly decode: (text: string) => Scalar | undefined;
  /** The payload for a value; undefined when there is none. */
  readonly encode?: (value: Scalar) => string | undefined;
  /** How payload becomes value, in a few words; absent where they are the same. */
  readonly says?: string;
}

/** A number as devices write it; undefined for anything else, also for `nan` and nothing. */
export function numberIn(text: string): number | undefined {
  const plain = text.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(plain) ? Number(plain) : undefined;
}

export interface NumberForm {
  /** value = (payload + add) × mul */
  readonly mul?: number;
  readonly add?: number;
  /** Decimals that the device takes. */
  readonly decimals?: number;
}

export function number({ mul = 1, add = 0, decimals }: NumberForm = {}): Codec {
  const steps = [add !== 0 && `+ ${add}`, mul !== 1 && `× ${mul}`].filter((step) => step !== false);
  return {
    decode: (text) => {
      const raw = numberIn(text);
      return raw === undefined ? text : (raw + add) * mul;
    },
    encode: (value) => {
      if (typeof value !== "number") return undefined;
      const raw = value / mul - add;
      return String(Number(raw.toFixed(decimals ?? 6)));
    },
    ...(steps.length > 0 && { says: steps.join(", then ") }),
  };
}

/** Words that stand for values, by word; the first word of a value is the one to send. */
export function words(table: Readonly<Record<string, string | number | boolean>>): Codec {
  return {
    decode: (text) => (Object.hasOwn(table, text) ? table[text] : undefined),
    encode: (value) => Object.keys(table).find((word) => table[word] === value),
    says: Object.entries(table)
      .map(([word, value]) => `${word} → ${value}`)
      .join(", "),
  };
}

/** Text as it is. */
export const text: Codec = {
  decode: (payload) => payload,
  encode: (value) => (typeof value === "string" ? value : undefined),
};

/** A level 0…`max` for 0…100 %. */
export function level(max: number): Codec {
  return number({ mul: 100 / max, decimals: 0 });
}

/** Mired for kelvin; whole on both sides. */
export const mired: Codec = {
  decode: (payload) => {
    const raw = numberIn(payload);
    if (raw === undefined) return payload;
    return raw > 0 ? Math.round(1e6 / raw) : undefined;
  },
  encode: (value) =>
    typeof value === "number" && value > 0 ? String(Math.round(1e6 / value)) : undefined,
  says: "1000000 / raw",
};

/** `RRGGBB`, with `#` or without, for hue and saturation. */
export function hexColor(prefix: "" | "#"): Codec {
  return {
    decode: (payload) => {
      const [, hex] = /^#?([0-9a-f]{6})$/i.exec(payload.trim()) ?? [];
      return hex === undefined ? undefined : { ...hueSaturationOf(bytesOf(hex)) };
    },
    encode: (value) => {
      const color = parseColor(value);
      if (!color) return undefined;
      const hex = rgbOf(color).map((byte) => byte.toString(16).padStart(2, "0"));
      return prefix + hex.join("").toUpperCase();
    },
    says: "RGB → h, s",
  };
}

function bytesOf(hex: string): [number, number, number] {
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return [red ?? 0, green ?? 0, blue ?? 0];
}
