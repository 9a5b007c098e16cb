import { deedOf, isDeed, type Deed } from "./acts.ts";
import { stateText, timeText, valueText } from "./figures.ts";
import type { Language } from "./language.ts";
import type { Choice, Wish } from "./memory.ts";
import { alarmList, type OpenAlarm } from "./open-alarms.ts";
import { fill, inOneMessage } from "./phrases.ts";
import type { Target, Targets } from "./targets.ts";

/** Characters of a name in the text of an act: what is to be done must stay readable behind it. */
const nameLength = 20;
const minuteMs = 60_000;

/** What is wished, as a person says it: `Pump ON`, `Open Gate`. */
export function wishText(language: Language, targets: Targets, wish: Wish): string {
  const { acts } = language;
  if (wish.type === "add") {
    return acts.add.replace("{name}", `${shortName(wish.name)} ${wish.number}`);
  }
  const target = targets.get(wish.target);
  const deed = target && deedOf(target, wish.verb, wish.value);
  const value = isDeed(deed) && wish.verb === "set" ? deedValue(language, deed) : wish.value;
  const name = shortName(target?.name ?? "?");
  const text = fill(
    acts[wish.verb],
    new Map([
      ["name", name],
      ["value", String(value)],
    ]),
  );
  return wish.forMs === undefined ? text : `${text} ${lengthText(wish.forMs)}`;
}

/** What is done, likewise. */
export function deedText(language: Language, { name }: Target, deed: Deed): string {
  return fill(
    language.acts[deed.verb],
    new Map([
      ["name", shortName(name)],
      ["value", deedValue(language, deed)],
    ]),
  );
}

/** A line of a menu. */
export function choiceText(
  language: Language,
  targets: Targets,
  choice: Choice,
  index: number,
): string {
  const text =
    choice.type === "wish"
      ? wishText(language, targets, choice.wish)
      : (targets.get(choice.target)?.name ?? "?");
  return `${index + 1} ${text}`;
}

/** How things are, one in each line. */
export function readingText(
  language: Language,
  targets: readonly Target[],
  nowMs: number,
  property: string | undefined,
): string {
  const lines = targets.map((target) => {
    const state = stateText(language, target, nowMs, property);
    return fill(
      language.phrases.acted,
      new Map([
        ["name", target.name],
        ["state", state],
      ]),
    );
  });
  return inOneMessage(language, "{list}", { list: lines.join("\n") });
}

/** What is wrong, what runs, and what cannot be reached. */
export function statusText(
  language: Language,
  targets: readonly Target[],
  alarms: readonly OpenAlarm[],
): string {
  const { states } = language;
  const running = targets.filter((target) => isRunning(target));
  const lost = targets.filter(({ device }) => device.availability === "offline");
  const lines = [
    ...(alarms.length > 0 ? [`ALARM ${alarmList(alarms)}`] : []),
    `${states.on}: ${nameList(running) || "-"}`,
    ...(lost.length > 0 ? [`${states.offline}: ${nameList(lost)}`] : []),
  ];
  return inOneMessage(language, "{list}", { list: lines.join("\n") });
}

/** What was done of late, newest first. */
export function logLines(deeds: readonly { atMs: number; text: string }[]): readonly string[] {
  return deeds.toReversed().map(({ atMs, text }) => `${timeText(atMs)} ${text}`);
}

function isRunning(target: Target): boolean {
  const deed = deedOf(target, "on");
  return isDeed(deed) && target.device.state?.[deed.key] === deed.value;
}

function nameList(targets: readonly Target[]): string {
  return targets.map(({ name }) => name).join(", ");
}

function deedValue(language: Language, { property, value }: Deed): string {
  return valueText(language, property, value);
}

/** A name that has room, with what tells it from others: the beginning and the end. */
function shortName(name: string): string {
  const chars = Array.from(name);
  if (chars.length <= nameLength) return name;
  const half = Math.floor((nameLength - 2) / 2);
  return `${chars.slice(0, half).join("")}..${chars.slice(-half).join("")}`;
}

/** `2h`, `1h30`, `20min`. */
function lengthText(ms: number): string {
  const minutes = Math.round(ms / minuteMs);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest}min`;
  return rest === 0 ? `${hours}h` : `${hours}h${String(rest).padStart(2, "0")}`;
}
