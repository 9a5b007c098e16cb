import { deedOf, isDeed } from "./acts.ts";
import type { Surroundings } from "./decision.ts";
import { levelOf } from "./levels.ts";
import type { Choice, Wish } from "./memory.ts";
import type { Person } from "./person.ts";
import { mayDo } from "./rights.ts";
import type { Target } from "./targets.ts";

/** What a person may do with everything now: what is on can be switched off, and what only tells can be read. */
export function choicesFor(surroundings: Surroundings, person: Person): readonly Choice[] {
  const numbered = surroundings.targets().all.filter(({ number }) => number !== undefined);
  return numbered.flatMap((target): readonly Choice[] => {
    const wish = likelyWish(surroundings, person, target);
    if (wish) return [{ type: "wish", wish }];
    const isReadable = mayDo(surroundings.rights, person, target, "read");
    return isReadable ? [{ type: "read", target: target.id }] : [];
  });
}

function likelyWish(
  { rights, levels, levelOf: own }: Surroundings,
  person: Person,
  target: Target,
): Wish | undefined {
  for (const verb of ["on", "off"] as const) {
    const deed = deedOf(target, verb);
    if (!isDeed(deed) || target.device.state?.[deed.key] === deed.value) continue;
    if (!mayDo(rights, person, target, levelOf(deed, target, own(target), levels))) continue;
    return { type: "act", target: target.id, verb: deed.verb };
  }
  return undefined;
}
