import { rulesFrom, type PropertyName, type SourceRule } from "koine/adapter";
import { limits } from "./limits.ts";

/** A rule of the vocabulary that fits a native path. */
export interface RuleMatch {
  readonly is: PropertyName;
  readonly rule: SourceRule;
  /** What `<n>` stood for; empty when the number was left out. */
  readonly number?: string | undefined;
  readonly phase?: string | undefined;
}

/** The rules of the vocabulary for one scheme, by native path such as `switch:0.output`. */
export class RuleBook {
  readonly #exact = new Map<string, RuleMatch>();
  readonly #patterns: { readonly regex: RegExp; readonly match: RuleMatch }[] = [];
  readonly #remembered = new Map<string, RuleMatch | undefined>();

  constructor(scheme: string) {
    for (const { is, ...rule } of rulesFrom(scheme)) {
      const { key } = rule;
      if (key === undefined) continue;
      const match = { is, rule };
      if (/[<*]/.test(key)) this.#patterns.push({ regex: patternOf(key), match });
      else if (!this.#exact.has(key)) this.#exact.set(key, match);
    }
  }

  find(path: string): RuleMatch | undefined {
    const exact = this.#exact.get(path);
    if (exact || this.#remembered.has(path)) return exact ?? this.#remembered.get(path);
    const found = this.#findPattern(path);
    if (this.#remembered.size < limits.rememberedPaths) this.#remembered.set(path, found);
    return found;
  }

  #findPattern(path: string): RuleMatch | undefined {
    for (const { regex, match } of this.#patterns) {
      const groups = regex.exec(path)?.groups;
      if (groups) return { ...match, number: groups["n"], phase: groups["phase"] };
    }
    return undefined;
  }
}

function patternOf(key: string): RegExp {
  const source = key
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^.]+")
    .replace("<n>", "(?<n>\\d*)")
    .replace("<phase>", "(?<phase>[abcn])");
  return new RegExp(`^${source}(?<end>)$`);
}
