/** A value with its unit, for people. */
export function valueText(
  property: { readonly unit?: string | null | undefined } | undefined,
  value: unknown,
): string {
  if (value === undefined) return "not heard";
  if (value === null) return "unknown";
  const unit = property?.unit ? ` ${property.unit}` : "";
  return `${typeof value === "string" ? value : JSON.stringify(value)}${unit}`;
}
