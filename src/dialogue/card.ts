import { deedOf, isDeed } from "./acts.ts";
import type { CardWord, Language } from "./language.ts";
import { fill } from "./phrases.ts";
import type { Target, Targets } from "./targets.ts";

/** What stands on a printed page for people who text the gateway. Plain data. */
export interface Card {
  readonly language: string;
  /** As the language calls itself. */
  readonly languageName: string;
  /** Whom it is for, unless it is for all who read that language. */
  readonly person?: string;
  readonly isRightToLeft: boolean;
  readonly title: string;
  readonly headings: {
    readonly number: string;
    readonly say: string;
    readonly means: string;
    readonly devices: string;
  };
  readonly lines: readonly { readonly say: string; readonly means: string }[];
  readonly devices: readonly { readonly number: string; readonly name: string }[];
  readonly safety: string;
  /** What stands on a sheet of one-time codes. */
  readonly codes: { readonly title: string; readonly use: string; readonly voids: string };
}

/** Devices that a page has room for. */
const mostDevices = 40;

/** Stands for a code in examples. */
const exampleCode = "603118";

/** The page of a language, with examples of the devices there are; that of a person where one is named. */
export function cardOf(language: Language, targets: Targets, person?: string): Card {
  const { tag, card, words } = language;
  const things = targets.all.filter(({ number }) => number !== undefined);
  const word = (concept: "on" | "off" | "open" | "status" | "warn" | "below" | "all"): string =>
    (words[concept]?.[0] ?? concept).toUpperCase();
  const switched = things.find((target) => verbOf(target, "on") === "on");
  const opened = things.find((target) => verbOf(target, "open") === "open");
  const measured = things.find((target) => !isDeed(deedOf(target, "on")));
  const isRightToLeft = tag === "ar";
  // Between words that run to the left, a Latin unit would stand before its number.
  const hour = isRightToLeft ? (words.hour?.[0] ?? "h") : "h";
  const example = `${switched?.name ?? opened?.name ?? ""} ${word("on")} ${exampleCode}`.trim();
  const line = (say: string, means: CardWord, target?: Target) => ({
    say,
    means: fill(card[means], new Map([["name", target?.name ?? ""]])),
  });
  const of = (target: Target | undefined, lines: (target: Target) => Card["lines"]) =>
    target ? lines(target) : [];
  return {
    language: tag,
    languageName: language.name,
    ...(person !== undefined && { person }),
    isRightToLeft,
    title: card.title,
    headings: { number: card.number, say: card.say, means: card.means, devices: card.devices },
    lines: [
      line("?", "menu"),
      ...of(measured ?? switched, (one) => [line(one.name, "read", one)]),
      ...of(switched, (one) => [
        line(`${one.name} ${word("on")} 2 ${hour}`, "on", one),
        line(`${one.name} ${word("off")}`, "off", one),
      ]),
      line("ALL OFF", "all_off"),
      ...of(opened, (one) => [line(`${one.name} ${word("open")}`, "open", one)]),
      line("OK 12", "ok"),
      line("MUTE 12 2 h", "mute"),
      ...of(measured, (one) => [
        line(`${word("warn")} ${one.name} ${word("below")} 20`, "warn", one),
      ]),
      line("LANG EN", "language"),
    ],
    devices: things
      .slice(0, mostDevices)
      .map(({ number, name }) => ({ number: String(number), name })),
    safety: card.safety,
    codes: {
      title: fill(card.codes, new Map([["name", person ?? ""]])).trim(),
      use: fill(card.codes_use, new Map([["example", example]])),
      voids: card.codes_void,
    },
  };
}

function verbOf(target: Target, verb: "on" | "open"): string | undefined {
  const deed = deedOf(target, verb);
  return isDeed(deed) ? deed.verb : undefined;
}
