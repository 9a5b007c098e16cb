import { isList, type Scalar } from "koine/adapter";
import { isObject } from "../reading/json.ts";

/** A way into a JSON document: `sensors[0].temperature`, with `$.` before it or not. */
export type JsonPath = readonly (string | number)[];

/** The steps of a path; undefined when it is none. Names with other signs stand in `["…"]`. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: (string | number)[] = [];
  let rest = text.replace(/^\$\.?/, "");
  while (rest !== "") {
    const [whole, name, index, quoted] = step.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(quoted);
    rest = rest.slice(whole.length).replace(/^\.(?=[^.])/, "");
  }
  return steps;
}

const step = /^(?:([^.[\]"]+)|\[(\d{1,6})\]|\["([^"]+)"\])/;

/** What is at the end of a path; undefined when there is nothing. */
export function valueAt(document: Scalar, path: JsonPath): Scalar | undefined {
  let value: Scalar | undefined = document;
  for (const key of path) {
    if (value === undefined) return undefined;
    if (typeof key === "number") value = isList(value) ? value[key] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}
