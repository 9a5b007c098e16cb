import { isList, type EventData, type PropertyFacts, type Scalar } from "koine/adapter";
import { isObject, listOf, numberOf, type JsonObject } from "../reading/json.ts";
import { pressIn } from "../reading/press-words.ts";

/** What was done on the device. */
export function actionOf({ action, action_step_size: size }: JsonObject): EventData[] {
  if (typeof action !== "string" || action === "") return [];
  const steps = numberOf(size);
  return [{ ...pressIn(action), ...(steps !== undefined && { steps }) }];
}

/** Parts of a device that are described one by one. */
const mostParts = 64;

/** What can be done on each part of a device, of the words it exposes. */
export function actionFacts(exposes: readonly Scalar[]): readonly PropertyFacts[] {
  const words = exposes.filter(isObject).flatMap(wordsOf).map(pressIn);
  const all = new Set(words.map(({ part }) => part));
  // Some models list every word they could ever say: what is beyond the limit is described together.
  const parts = new Set(all.size > mostParts ? [undefined, ...all].slice(0, mostParts) : all);
  const partOf = ({ part }: EventData): string | undefined => (parts.has(part) ? part : undefined);
  return [...parts].map((part) => {
    const own = words.filter((word) => partOf(word) === part).map(({ action }) => action);
    const where = part === undefined ? {} : { part };
    return { is: "action", ...where, access: "e", values: [...new Set(own)], source: "action" };
  });
}

function wordsOf({ name, values = null }: JsonObject): string[] {
  if (name !== "action" || !isList(values)) return [];
  return listOf(values).filter((word) => typeof word === "string");
}
