import { vendorProperty, type PropertyFacts, type Scalar } from "koine/adapter";
import type { Observation } from "../reading/observation.ts";
import { isObject, type JsonObject } from "../reading/json.ts";
import { limits } from "./limits.ts";
import { typeOf } from "../reading/vendor.ts";

/** A value that the vocabulary has no word for, as the device gives it. */
export function vendorField(
  vendor: string,
  path: readonly string[],
  value: Scalar,
  facts: Partial<PropertyFacts> = {},
): Observation[] {
  const type = typeOf(value);
  const name = path.join("_");
  if (type === undefined) return [];
  const source = path.join(".");
  return [{ facts: { is: vendorProperty(vendor, name), type, source, ...facts }, value }];
}

export interface VendorFieldsOptions {
  readonly vendor: string;
  readonly path?: readonly string[];
  /** Whether a field is carried elsewhere, or says nothing of the device. */
  readonly skip: (path: string) => boolean;
}

/** Everything in an object that nobody else carries, however deep, as diagnostics. */
export function vendorFields(
  object: JsonObject,
  { vendor, path = [], skip }: VendorFieldsOptions,
): Observation[] {
  if (path.length >= limits.messageDepth) return [];
  return Object.entries(object).flatMap(([key, value]) => {
    const own = [...path, key];
    if (skip(own.join("."))) return [];
    if (isObject(value)) return vendorFields(value, { vendor, path: own, skip });
    return vendorField(vendor, own, value, { kind: "diagnostic" });
  });
}
