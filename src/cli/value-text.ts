import type { Property } from "../model/description.ts";

/** A value with its unit, for people. */
export function valueText(property: Property | undefined, value: unknown): string {
  if (value === undefined) return "not heard";
  if (value === null) return "unknown";
  const unit = property?.unit ? ` ${property.unit}` : "";
  return `${typeof value === "string" ? value : JSON.stringify(value)}${unit}`;
}
