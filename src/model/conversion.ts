import type { Scalar } from "./scalar.ts";
import type { Conversion } from "./vocabulary.ts";

/**
 * The canonical value of a native one, not yet rounded.
 * @returns undefined when the rule cannot read this value
 */
export function fromNative(rule: Conversion, raw: Scalar): Scalar | undefined {
  if (rule.map) return fromMap(rule.map, raw);
  if (rule.not === true) return typeof raw === "boolean" ? !raw : undefined;
  if (!isNumeric(rule)) return raw;
  if (typeof raw !== "number") return undefined;
  if (rule.recip !== undefined) return raw === 0 ? undefined : rule.recip / raw;
  if (rule.scale) return scaled(rule.scale, raw);
  return (raw + (rule.add ?? 0)) * (rule.mul ?? 1);
}

/**
 * The native value of a canonical one. Scaled and reciprocal values are whole numbers, as every
 * device that uses them expects.
 * @returns undefined when the rule has no such native value
 */
export function toNative(rule: Conversion, canonical: Scalar): Scalar | undefined {
  if (rule.map) return Object.keys(rule.map).find((raw) => rule.map?.[raw] === canonical);
  if (rule.not === true) return typeof canonical === "boolean" ? !canonical : undefined;
  if (!isNumeric(rule)) return canonical;
  if (typeof canonical !== "number") return undefined;
  if (rule.recip !== undefined) {
    return canonical === 0 ? undefined : Math.round(rule.recip / canonical);
  }
  if (rule.scale) {
    const [low = 0, high = 0, low2 = 0, high2 = 0] = rule.scale;
    return Math.round(scaled([low2, high2, low, high], canonical));
  }
  return canonical / (rule.mul ?? 1) - (rule.add ?? 0);
}

/** A rule in a few words: `× 0.001`; undefined when it changes nothing. */
export function conversionText(rule: Conversion): string | undefined {
  if (rule.map) {
    const pairs = Object.entries(rule.map).map(([raw, value]) => `${raw} → ${value}`);
    return pairs.join(", ");
  }
  if (rule.not === true) return "not";
  if (rule.recip !== undefined) return `${rule.recip} / raw`;
  if (rule.scale) return `${rule.scale.slice(0, 2).join("…")} → ${rule.scale.slice(2).join("…")}`;
  const { add, mul } = rule;
  const steps = [add !== undefined && `+ ${add}`, mul !== undefined && `× ${mul}`];
  return steps.filter((step) => step !== false).join(", then ") || undefined;
}

function isNumeric(rule: Conversion): boolean {
  return (
    rule.mul !== undefined ||
    rule.add !== undefined ||
    rule.recip !== undefined ||
    rule.scale !== undefined
  );
}

function fromMap(map: NonNullable<Conversion["map"]>, raw: Scalar): Scalar | undefined {
  const key = typeof raw === "object" ? undefined : String(raw);
  return key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

function scaled(scale: readonly number[], raw: number): number {
  const [low = 0, high = 0, low2 = 0, high2 = 0] = scale;
  return low2 + ((raw - low) * (high2 - low2)) / (high - low);
}
