import { shortEnough, type Meter } from "./meter.ts";
import { stringOf, type Given } from "./operation.ts";
import { textOf } from "./python-text.ts";
import { EvaluationError } from "./template-error.ts";
import type { Value } from "./values.ts";

/** `%02x`, `%.1f`, `%s`, `%d` and the like: flag, width, decimals, kind. */
const conversion = /%(?:%|(0?)(\d{0,2})(?:\.(\d{1,2}))?([a-zA-Z]))/g;

const names = ["a", "b", "c", "d"] as const;

/** As Python's `%` of a string, with at most four values. */
export function formatted(given: Given, meter: Meter): string {
  const values = names.filter((name) => given.has(name)).map((name) => given.get(name));
  let next = 0;
  const text = stringOf(given.get("value")).replace(
    conversion,
    (place, zero: string, width: string, decimals: string | undefined, kind: string) => {
      if (place === "%%") return "%";
      const value = values[next];
      next += 1;
      const written = one(kind, value, decimals, meter);
      return written.padStart(Number(width), zero === "0" && kind !== "s" ? "0" : " ");
    },
  );
  if (next !== values.length) throw new EvaluationError("There are more values than places");
  shortEnough(text.length);
  return text;
}

function one(kind: string, value: Value, decimals: string | undefined, meter: Meter): string {
  if (value === undefined) throw new EvaluationError("A value is missing");
  switch (kind) {
    case "s":
      return textOf(value, meter);
    case "d":
    case "i":
      return String(whole(value));
    case "x":
      return whole(value).toString(16);
    case "X":
      return whole(value).toString(16).toUpperCase();
    case "f":
    case "F":
      return numberOf(value).toFixed(Number(decimals ?? 6));
    default:
      throw new EvaluationError(`%${kind} is not read`);
  }
}

/** Python takes no fraction for `%x`, and cuts it for `%d`; a negative one is written otherwise. */
function whole(value: Value): bigint {
  const integer = typeof value === "number" ? BigInt(Math.trunc(value)) : BigInt(integral(value));
  if (integer < 0n) throw new EvaluationError("Negative numbers are not formatted");
  return integer;
}

function integral(value: Value): bigint | boolean {
  if (typeof value === "bigint" || typeof value === "boolean") return value;
  throw new EvaluationError("A number is expected");
}

function numberOf(value: Value): number {
  if (typeof value === "number") return value;
  return Number(integral(value));
}
