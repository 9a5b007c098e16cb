import { templateLimits } from "./limits.ts";
import type { Meter } from "./meter.ts";
import { PatternReader, type Pattern } from "./pattern-reader.ts";
import { EvaluationError } from "./template-error.ts";

/** Why a literal argument named `find` or `replace` cannot be taken; undefined when it can. */
export function problemOfPattern(parameter: string, text: string): string | undefined {
  if (parameter === "replace") {
    return /\\(?![1-9](?!\d))/.test(text) ? "Unreadable replacement" : undefined;
  }
  if (text.length > templateLimits.patternLength) return "Too long a pattern";
  return compile(text) ? undefined : "Unreadable pattern";
}

function compile(find: string, flags = ""): { pattern: Pattern; regex: RegExp } | undefined {
  const pattern = new PatternReader(find).read();
  if (!pattern) return undefined;
  try {
    return { pattern, regex: new RegExp(pattern.source, `u${flags}`) };
  } catch {
    // Such as a range from z to a.
    return undefined;
  }
}

/**
 * A pattern that can be applied to a text in bounded time.
 * @throws EvaluationError when the text is too long for it
 */
export function matcherFor(text: string, find: string, flags: string, meter: Meter): RegExp {
  const compiled = compile(find, flags);
  if (!compiled) throw new EvaluationError("The pattern cannot be read");
  const { factor, power } = compiled.pattern;
  const tries = factor * waysToCut(text.length + 1, power + 1);
  if (text.length > templateLimits.patternInput || tries > templateLimits.patternTries) {
    throw new EvaluationError("The text is too long for the pattern");
  }
  meter.spend(1 + Math.floor((tries / templateLimits.patternTries) * templateLimits.steps * 0.9));
  return compiled.regex;
}

/** In how many ways so many places can be chosen, one behind the other. */
function waysToCut(length: number, places: number): number {
  let ways = 1;
  for (let place = 1; place <= places; place += 1) ways *= (length + place - 1) / place;
  return ways;
}

/** All matches as `re.findall` gives them: the whole, or the groups where there are some. */
export function allMatches(text: string, matcher: RegExp): readonly (readonly string[])[] {
  return [...text.matchAll(matcher)].map(([whole, ...groups]) =>
    groups.length > 0 ? groups.map((group: string | undefined) => group ?? "") : [whole],
  );
}

/** Replaces all matches; `\1` stands for a group. */
export function replaceAll(text: string, matcher: RegExp, replacement: string): string {
  return text.replace(matcher, (...match: readonly unknown[]) =>
    replacement.replace(/\\(\d)/g, (_, group: string) => {
      const found = match[Number(group)];
      return typeof found === "string" ? found : "";
    }),
  );
}
