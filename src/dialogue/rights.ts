import { covers, type Level } from "./levels.ts";
import type { Person } from "./person.ts";
import type { Target } from "./targets.ts";

/** What somebody may do with something. */
export interface Right {
  /** Names of people, `group:farm`, or `*`. */
  readonly who: readonly string[];
  /** Names or ids of devices, `area:field`, or `*`. */
  readonly on: readonly string[];
  readonly may: Level;
}

/** Whether a person may do what takes that level. Without any rules the people that are listed may everything. */
export function mayDo(
  rights: readonly Right[],
  person: Person,
  target: Target,
  wanted: Level,
): boolean {
  if (wanted === "safe" || rights.length === 0) return true;
  return rights.some(
    ({ who, on, may }) =>
      covers(may, wanted) &&
      who.some((one) => isWho(one, person)) &&
      on.some((one) => isTarget(one, target)),
  );
}

/** Whether a word of the configuration means that person. */
export function isWho(word: string, { id, name, groups }: Person): boolean {
  if (word === "*") return true;
  const group = /^group:(.+)$/.exec(word)?.[1];
  if (group !== undefined) return groups.some((one) => isSame(one, group));
  return isSame(word, name) || word === id;
}

function isTarget(word: string, { name, area, device }: Target): boolean {
  if (word === "*") return true;
  const wanted = /^area:(.+)$/.exec(word)?.[1];
  if (wanted !== undefined) return area !== undefined && isSame(area, wanted);
  return isSame(word, name) || isSame(word, device.description.name) || word === device.id;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
