import type { Recipient } from "../core/notifier.ts";

/** One step of an escalation: who is told, and how long they have to answer. */
export interface Step {
  /** Names of people, `group:farm`, or `*`. */
  readonly who: readonly string[];
  readonly waitMs: number;
}

/** A step for the people there are. */
export interface ResolvedStep {
  readonly people: readonly Recipient[];
  readonly waitMs: number;
}

/** The steps with the people they mean, nobody twice; some may have nobody. */
export function resolved(
  steps: readonly Step[],
  people: readonly Recipient[],
): readonly ResolvedStep[] {
  const before = new Set<string>();
  return steps.map(({ who, waitMs }) => {
    const meant = people.filter(
      (person) => !before.has(person.id) && who.some((word) => isWho(word, person)),
    );
    for (const { id } of meant) before.add(id);
    return { people: meant, waitMs };
  });
}

function isWho(word: string, { id, name, groups }: Recipient): boolean {
  if (word === "*" || word === id) return true;
  const wanted = word.toLowerCase();
  const group = /^group:(.+)$/.exec(wanted)?.[1];
  if (group !== undefined) return groups.some((one) => one.toLowerCase() === group);
  return name.toLowerCase() === wanted;
}
