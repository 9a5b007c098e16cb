import { specOf } from "koine/adapter";
import { words, type Codec } from "../../../reading/codec.ts";
import { textOf } from "../../../reading/json.ts";
import type { Definition, Meaning } from "./definition.ts";

/** A property of words of which names, or the words themselves, leave no doubt. */
interface WordRule {
  readonly is: string;
  readonly fits: (named: Named) => boolean;
  /** Words of devices for ours, where they are others. */
  readonly ours?: Readonly<Record<string, string>>;
}

interface Named {
  readonly node: string;
  readonly id: string;
  readonly isSettable: boolean;
  readonly given: readonly string[];
}

const rules: readonly WordRule[] = [
  {
    is: "fan_mode",
    fits: ({ node, id }) => /fan/.test(id) || (/fan/.test(node) && /mode|speed/.test(id)),
  },
  {
    is: "hvac_action",
    fits: ({ isSettable, given }) =>
      !isSettable && given.some((word) => /^(?:heat|cool|dry|preheat|defrost)ing$/.test(word)),
  },
  { is: "hvac_mode", fits: ({ id }) => /mode/.test(id) },
  {
    is: "cover_state",
    fits: ({ isSettable, given }) =>
      !isSettable && given.some((word) => word === "opening" || word === "closing"),
  },
  {
    is: "cover_action",
    fits: ({ id, isSettable, given }) =>
      isSettable &&
      (/cover|shutter|blind|action/.test(id) || (given.includes("stop") && given.length === 3)),
    ours: { up: "open", down: "close" },
  },
];

/** What the words of a property mean, where every one of them is one of ours. */
export function enumMeaning(path: string, definition: Definition): Meaning | undefined {
  const given = valuesOf(definition).map((word) => word.toLowerCase());
  const [node = "", id = ""] = path.split("/");
  const named: Named = { node, id, isSettable: definition.settable === true, given };
  const rule = rules.find((one) => one.fits(named) && isWhole(one, given));
  return rule && { is: rule.is, ...translated(rule, definition) };
}

function isWhole({ is, ours = {} }: WordRule, given: readonly string[]): boolean {
  const known = specOf(is)?.values ?? [];
  return given.length > 0 && given.every((word) => known.includes(ours[word] ?? word));
}

function translated(
  { ours = {} }: WordRule,
  definition: Definition,
): Omit<Meaning, "is"> | undefined {
  const table = Object.fromEntries(
    valuesOf(definition).map((word) => [word, ours[word.toLowerCase()] ?? word.toLowerCase()]),
  );
  const isSame = Object.entries(table).every(([word, own]) => word === own);
  return isSame ? undefined : { codec: words(table), limits: { values: Object.values(table) } };
}

/** The words that a property can have; none where it does not tell. */
export function valuesOf({ format = "" }: Definition): string[] {
  if (format === "") return [];
  // Two commas stand for one in a word.
  return format.split(/(?<!,),(?!,)/).map((word) => word.replaceAll(",,", ","));
}

/** One of the words; any, where they are not told. */
export function enumCodec(values: readonly string[]): Codec {
  const known = (word: string): string | undefined =>
    values.length === 0 || values.includes(word) ? word : undefined;
  return { decode: known, encode: (value) => known(textOf(value)) };
}
