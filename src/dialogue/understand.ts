import { deedOf, isDeed, takesNumber } from "./acts.ts";
import { fold, type Token } from "./fold.ts";
import { languageNames } from "./language.ts";
import type { Lexicon } from "./lexicon.ts";
import { dialogueLimits } from "./limits.ts";
import { plainCommands, type Act, type Meaning, type Verb } from "./meaning.ts";
import { readSentence, type Sentence } from "./sentence.ts";
import type { Target, Targets } from "./targets.ts";

/** Choices that a menu has room for. */
const mostChoices = 6;

/**
 * What a text means to a person, with the words of every language. Never throws; what cannot be
 * understood is `unknown`.
 * @param tag the person's own language, in which misspelt words are looked for, beside English
 */
export function understand(text: string, lexicon: Lexicon, targets: Targets, tag: string): Meaning {
  const { tokens, isQuestion } = fold(text);
  if (tokens.length === 0) return isQuestion ? { type: "menu" } : { type: "unknown" };
  const alone = numberAlone(tokens, targets);
  if (alone) return alone;
  const sentence = bestSentence(tokens, lexicon, targets, [...new Set([tag, "en"])]);
  return (
    aboutKoine(tokens, sentence, lexicon, targets) ?? aboutThings(sentence, targets, isQuestion)
  );
}

/** With misspelt words corrected, unless the corrected names are those of nothing there is. */
function bestSentence(
  tokens: readonly Token[],
  lexicon: Lexicon,
  targets: Targets,
  tags: readonly string[],
): Sentence {
  const best = readSentence(tokens, lexicon, targets, tags);
  if (best.corrections === 0 || targetsMeant(best, targets).length > 0) return best;
  return readSentence(tokens, lexicon, targets, []);
}

function numberAlone(tokens: readonly Token[], targets: Targets): Meaning | undefined {
  const [token, ...others] = tokens;
  if (!token?.isNumber || others.length > 0) return undefined;
  const { text } = token;
  if (/^0+$/.test(text)) return { type: "menu" };
  if (/^\d{4,6}$/.test(text)) return { type: "code", code: text };
  if (!/^\d{1,3}$/.test(text)) return { type: "unknown" };
  const meant = targets.byNumber(Number(text)).map(({ id }) => id);
  return { type: "number", number: Number(text), targets: meant };
}

/** Commands that are about no device, and those that have a word of their own. */
function aboutKoine(
  tokens: readonly Token[],
  sentence: Sentence,
  lexicon: Lexicon,
  targets: Targets,
): Meaning | undefined {
  const { concepts, atoms, numbers, forMs, unknown, corrections } = sentence;
  const [first] = numbers;
  if (concepts.has("add") && corrections === 0) {
    // In Vietnamese "add" is also "more".
    return tokens.length === 1 ? { type: "more" } : addition(tokens, lexicon);
  }
  if (concepts.has("language")) return languageWish(tokens, lexicon);
  if (concepts.has("warn")) return warning(sentence, targets);
  if (concepts.has("mute")) {
    const alarm = first === undefined ? {} : { alarm: first };
    return unknown > 0 ? undefined : { type: "mute", ...alarm, ...(forMs && { forMs }) };
  }
  if (atoms.length > 0 || sentence.verbs.length > 0 || unknown > 0 || corrections > 0) {
    return plainAlone(sentence);
  }
  if (concepts.has("ok")) {
    const said = tokens.find(({ isNumber }) => isNumber)?.text;
    if (said !== undefined && /^\d{4,6}$/.test(said)) return { type: "code", code: said };
    return { type: "ok", ...(first !== undefined && { alarm: first }) };
  }
  return plainAlone(sentence);
}

function plainAlone({ concepts, atoms, verbs, numbers, unknown }: Sentence): Meaning | undefined {
  if (atoms.length > 0 || verbs.length > 0 || unknown > 0 || numbers.length > 0) return undefined;
  const type = plainCommands.find((command) => concepts.has(command));
  if (type) return { type };
  return concepts.has("not") && concepts.size === 1 ? { type: "no" } : undefined;
}

function addition(tokens: readonly Token[], lexicon: Lexicon): Meaning {
  const digits = tokens.filter(({ text }) => /^\+?\d+$/.test(text));
  const hasPlus = digits.some(({ text }) => text.startsWith("+"));
  const code =
    hasPlus || digits[0]?.text.length !== 6
      ? digits.slice(1).find(({ text }) => /^\d{6}$/.test(text))
      : undefined;
  const number = digits
    .filter((token) => token !== code)
    .map(({ text }) => text)
    .join("");
  const names = tokens.filter(({ text }, index) => {
    const entry = lexicon.at([text], 0)?.entry;
    const isOther = entry?.kind === "word" && (entry.concept === "add" || index === 0);
    return /^\p{L}/u.test(text) && !isOther;
  });
  const name = names.map(({ text }) => text.toUpperCase()).join(" ");
  if (!/^\+?\d{6,15}$/.test(number) || name === "") return { type: "unknown" };
  return { type: "add", number, name, ...(code && { code: code.text }) };
}

function languageWish(tokens: readonly Token[], lexicon: Lexicon): Meaning {
  const texts = tokens.map(({ text }) => text);
  const rest: string[] = [];
  for (let index = 0; index < texts.length;) {
    const found = lexicon.at(texts, index);
    const isWord = found?.entry.kind === "word" && found.entry.concept === "language";
    if (!isWord) rest.push(texts[index] ?? "");
    index += isWord ? found.length : 1;
  }
  const wanted = [rest.join(" "), ...rest].find((words) => languageNames.has(words));
  const language = languageNames.get(wanted ?? "");
  return { type: "language", ...(language !== undefined && { language }) };
}

/** `WARN TANK BELOW 20`, and `WARN TANK OFF`. */
function warning(sentence: Sentence, targets: Targets): Meaning {
  const { concepts, numbers, properties, unknown, corrections } = sentence;
  const [target, ...others] = targetsMeant(sentence, targets);
  const [limit] = numbers;
  if (!target || others.length > 0 || unknown > 0 || corrections > 0) return { type: "unknown" };
  if (concepts.has("off") || concepts.has("stop") || concepts.has("not")) {
    return { type: "unwarn", target: target.id };
  }
  const isBelow = concepts.has("below");
  if (limit === undefined || isBelow === concepts.has("above")) return { type: "unknown" };
  const [property] = properties;
  return {
    type: "warn",
    target: target.id,
    ...(property !== undefined && { property }),
    side: isBelow ? "below" : "above",
    limit,
  };
}

/** Whom the names mean; a word that is a property, too, is only that where no name has it. */
function targetsMeant({ atoms, properties }: Sentence, targets: Targets): readonly Target[] {
  const all = targets.matching(atoms);
  if (all.length > 0 || properties.length === 0) return all;
  return targets.matching(atoms.filter((atom) => !atom.startsWith("word:")));
}

const starting: ReadonlySet<Verb> = new Set(["on", "open", "unlock"]);
const ending: ReadonlySet<Verb> = new Set(["off", "close", "stop", "lock"]);

function aboutThings(sentence: Sentence, targets: Targets, isQuestion: boolean): Meaning {
  const { concepts, verbs, numbers, unknown, known, corrections } = sentence;
  let meant = targetsMeant(sentence, targets);
  let values = numbers;
  if (meant.length === 0 && sentence.atoms.length === 0 && verbs.length > 0 && numbers.length > 0) {
    const byNumber = targets.byNumber(numbers[0] ?? 0);
    if (byNumber.length > 0) [meant, values] = [byNumber, numbers.slice(1)];
  }
  const isAsked = isQuestion || concepts.has("ask");
  const isAct = verbs.length > 0 && !isAsked;
  if (isAct && concepts.has("not")) return { type: "unknown" };
  if (isAct) return wish(sentence, meant, values, targets);
  const isPlain = unknown + corrections === 0;
  if (sentence.code !== undefined || (concepts.has("not") && isPlain && !isAsked))
    return { type: "unknown" };
  const mostUnknown = corrections > 0 ? 1 : Math.max(known, 2) + (isAsked ? 1 : 0);
  if (meant.length === 0 || unknown >= mostUnknown) return { type: "unknown" };
  const [value, ...more] = values;
  const first = meant.find((target) => takesNumber(target)) ?? meant[0];
  if (value !== undefined && more.length === 0 && !isAsked && first && takesNumber(first)) {
    return wish({ ...sentence, verbs: ["set"] }, meant, values, targets);
  }
  return reading(sentence, meant, targets);
}

function reading(
  { atoms, properties }: Sentence,
  meant: readonly Target[],
  targets: Targets,
): Meaning {
  const [property] = properties;
  const about = property === undefined ? {} : { property };
  const isOneDevice = new Set(meant.map(({ device }) => device.id)).size === 1;
  if (meant.length === 1 || isOneDevice || targets.isArea(atoms)) {
    return { type: "read", targets: meant.map(({ id }) => id), ...about };
  }
  const choices = meant
    .slice(0, mostChoices)
    .map(({ id }) => ({ type: "read", targets: [id], ...about }) as const);
  return { type: "which", choices };
}

/** Words that are no part of an act: with one of them it may be meant otherwise. */
const asides = [...plainCommands, "ok", "below", "above"] as const;

function wish(
  sentence: Sentence,
  meant: readonly Target[],
  values: readonly number[],
  targets: Targets,
): Meaning {
  const { concepts, atoms, forMs, code, unknown, corrections, known } = sentence;
  const verb = oneVerb(sentence.verbs);
  if (!verb || unknown > known + 1) return { type: "unknown" };
  const isDial = verb === "set";
  const isGuessed =
    corrections > 0 ||
    unknown > 0 ||
    sentence.isTimeUnsure ||
    // Off for two hours, or in two hours: nobody can tell.
    (forMs !== undefined && ending.has(verb)) ||
    (sentence.isNumberUnsure && !isDial) ||
    asides.some((concept) => concepts.has(concept));
  if (meant.length === 0) {
    const isAll =
      concepts.has("all") || (atoms.length === 0 && (verb === "off" || verb === "stop"));
    const isPlain = !isGuessed && values.length === 0 && atoms.length === 0;
    return isAll && ending.has(verb) && isPlain
      ? { type: "all_off", isBare: !concepts.has("all") }
      : { type: "unknown" };
  }
  const [value, ...more] = values;
  const choices = meant.map((target) => actOn(target, verb, value));
  const able = choices.filter(({ isPossible }) => isPossible);
  const acts = (able.length > 0 ? able : choices).map(({ act, leaves }) => ({
    act: {
      ...act,
      ...(forMs && { forMs: Math.min(forMs, dialogueLimits.longestOnMs) }),
      ...(code !== undefined && { code }),
    },
    leaves: leaves || more.length > 0,
  }));
  const [only, ...others] = acts;
  if (!only) return { type: "unknown" };
  if (others.length > 0) {
    if (ending.has(verb) && !isGuessed && isTogether(meant, atoms, concepts.has("all"), targets)) {
      return { type: "off", targets: acts.map(({ act }) => act.target) };
    }
    return { type: "which", choices: acts.slice(0, mostChoices).map(({ act }) => act) };
  }
  // One of several, because the others cannot do that, is guessed, too.
  const isSure = !isGuessed && !only.leaves && meant.length === 1;
  return isSure ? only.act : { type: "guess", act: only.act };
}

/** Whether they are all meant: an area, the parts of one device, or "all pumps". */
function isTogether(
  meant: readonly Target[],
  atoms: Sentence["atoms"],
  isAll: boolean,
  targets: Targets,
): boolean {
  return isAll || targets.isArea(atoms) || new Set(meant.map(({ device }) => device.id)).size === 1;
}

function actOn(
  target: Target,
  verb: Verb,
  value: number | undefined,
): { readonly act: Act; readonly isPossible: boolean; readonly leaves: boolean } {
  const takes = value !== undefined && !ending.has(verb) && takesNumber(target);
  const deed = deedOf(target, verb, takes ? value : undefined);
  const isPossible = deed !== undefined;
  const known = isDeed(deed) ? deed.verb : takes ? "set" : verb;
  const act: Act = { type: "act", target: target.id, verb: known, ...(takes && { value }) };
  return { act, isPossible, leaves: value !== undefined && !takes };
}

/** The one thing that is wished; undefined when the words contradict each other. */
function oneVerb(said: readonly Verb[]): Verb | undefined {
  const starts = said.filter((verb) => starting.has(verb));
  const ends = said.filter((verb) => ending.has(verb));
  if (starts.length > 0 && ends.length > 0) return undefined;
  return starts[0] ?? ends[0] ?? said[0];
}
