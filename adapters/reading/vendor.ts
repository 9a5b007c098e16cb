import { isList, type PropertyFacts, type Scalar } from "koine/adapter";
import { isObject } from "./json.ts";

/** The type of a vendor's value; undefined where it says nothing: null, or an object. */
export function typeOf(value: Scalar): PropertyFacts["type"] | undefined {
  if (isList(value)) return value.some(isObject) ? undefined : "array";
  switch (typeof value) {
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    default:
      return undefined;
  }
}
