import { limits } from "./limits.ts";
import type { Item, Part } from "./outbox-item.ts";
import type { Progress } from "./routes/route.ts";

/** The piece of a text that a report is about. */
export type Found = readonly [key: string, item: Item, part: Part];

/**
 * Finds what a report is about. Providers give each message a name of its own; networks count to 255
 * and begin anew, and of some messages nobody got to know the number.
 */
export class Reports {
  readonly #items: ReadonlyMap<string, Item>;
  /** What was said of texts before the route had said what it calls them. */
  readonly #early = new Map<string, Progress>();
  /** What routes called the newest texts, and what networks said of them. */
  readonly #references = new Set<string>();
  readonly #said = new Set<string>();
  /** How far the clock of the network is ahead of ours, as far as that is known, in ms. */
  #clockAheadMs: number | undefined;

  /** @param items texts that go out, by key */
  constructor(items: ReadonlyMap<string, Item>) {
    this.#items = items;
  }

  /** A route has said what it calls a text. */
  named(references: readonly string[]): void {
    for (const reference of references) keepNewest(this.#references, reference);
  }

  /** Whether a route calls another text of ours so. */
  isOther(reference: string, own: Part): boolean {
    if (this.#references.has(reference)) return true;
    return [...this.#items.values()].some(({ parts }) =>
      parts.some((part) => part !== own && part.references.includes(reference)),
    );
  }

  /** Networks say some things twice: what was about one text is about no other. */
  isRepeated(progress: Progress): boolean {
    return this.#said.has(wordsOf(progress));
  }

  /** What was said has been taken. */
  taken(progress: Progress): void {
    if (progress.to !== undefined) keepNewest(this.#said, wordsOf(progress));
  }

  /** Keeps what may be about a text whose name is not known yet. */
  keep(progress: Progress): void {
    if (progress.to !== undefined) return;
    const [oldest] = this.#early.keys();
    if (this.#early.size >= limits.earlyReports && oldest !== undefined) this.#early.delete(oldest);
    this.#early.set(`${progress.route}/${progress.reference}`, progress);
  }

  /** What was said of a text before its route said what it calls it. */
  early(route: string, reference: string): Progress | undefined {
    const name = `${route}/${reference}`;
    const progress = this.#early.get(name);
    this.#early.delete(name);
    return progress;
  }

  /** The piece a report is about. */
  find(progress: Progress): Found | undefined {
    const { route, reference, to, sentAtMs } = progress;
    const all = [...this.#items].flatMap(([key, item]) =>
      item.route === route ? item.parts.map((part): Found => [key, item, part]) : [],
    );
    if (to === undefined) {
      const { attempt } = progress;
      return all.find(
        ([, , part]) =>
          part.references.includes(reference) ||
          part.attempt === reference ||
          (attempt !== undefined && part.attempt === attempt),
      );
    }
    // The network counts to 255 and begins anew: the newest to that number is meant.
    const theirs = all.filter(([, item]) => item.to === to);
    const named = theirs.findLast(
      ([, , part]) =>
        part.stage === "sent" &&
        part.references.includes(reference) &&
        (this.#clockAheadMs === undefined || this.#isAbout(part, sentAtMs)),
    );
    if (named) this.#learnClock(named[2], sentAtMs);
    return named ?? this.#namelessOf(theirs, sentAtMs);
  }

  /**
   * A piece of which nobody knows the reference, and which was tried when the network had it. Where
   * several may be meant, none is: a text that never arrived must not be said to have.
   */
  #namelessOf(theirs: readonly Found[], sentAtMs: number | undefined): Found | undefined {
    const [nearest, next] = theirs
      .filter(([, , part]) => isNameless(part) && this.#isAbout(part, sentAtMs))
      .toSorted(([, , a], [, , b]) => this.#apart(a, sentAtMs) - this.#apart(b, sentAtMs));
    if (!nearest || !next) return nearest;
    const aheadMs = this.#apart(next[2], sentAtMs) - this.#apart(nearest[2], sentAtMs);
    const isClear = this.#clockAheadMs !== undefined && aheadMs >= limits.reportsApartMs;
    return isClear ? nearest : undefined;
  }

  /** Whether the network can have had a piece then; it does not have to say when that was. */
  #isAbout(part: Part, sentAtMs: number | undefined): boolean {
    if (sentAtMs === undefined) return true;
    const mostMs = this.#clockAheadMs === undefined ? limits.sameTimeMs : limits.sameMinuteMs;
    return this.#apart(part, sentAtMs) < mostMs;
  }

  /** How long before or after it was tried the network says that it had it, in ms. */
  #apart({ triedAtMs, atMs }: Part, sentAtMs = 0): number {
    return Math.abs(sentAtMs - (this.#clockAheadMs ?? 0) - (triedAtMs ?? atMs));
  }

  /** The clock of the network is not ours. */
  #learnClock({ triedAtMs }: Part, sentAtMs: number | undefined): void {
    if (triedAtMs !== undefined && sentAtMs !== undefined)
      this.#clockAheadMs = sentAtMs - triedAtMs;
  }
}

/** Says a report as no other is said. */
function wordsOf({ route, reference, to, stage, sentAtMs }: Progress): string {
  return `${route}/${to}/${reference}/${stage}/${sentAtMs}`;
}

/** Whether it was tried, and its route has not said what it calls it. */
function isNameless({ stage, references, triedAtMs }: Part): boolean {
  if (stage === "waiting") return triedAtMs !== undefined;
  return ["trying", "unknown", "sent"].includes(stage) && references.length === 0;
}

/** Adds one to the newest; the oldest makes room. */
function keepNewest(set: Set<string>, one: string): void {
  set.add(one);
  const [oldest] = set;
  if (set.size > limits.referencesKept && oldest !== undefined) set.delete(oldest);
}
