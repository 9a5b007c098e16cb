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
  /** What routes called the newest texts. */
  readonly #references = new Set<string>();
  /** How far the clock behind each route is ahead of ours, as far as that is known, in ms. */
  readonly #aheadMs = new Map<string, number>();

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
    const theirs = all.filter(([, item]) => item.to === to);
    const named = theirs.filter(
      ([, , { stage, references }]) => stage === "sent" && references.includes(reference),
    );
    // The network counts to 255 and begins anew: the newest to that number is meant.
    const [, , part] = named.at(-1) ?? [];
    if (part) this.#learnClock(route, part, sentAtMs);
    return named.at(-1) ?? this.#namelessOf(theirs, route, sentAtMs);
  }

  /**
   * A piece of which nobody knows the reference, and which was tried when the network had it. Where
   * several may be meant, none is: a text that never arrived must not be said to have.
   */
  #namelessOf(
    theirs: readonly Found[],
    route: string,
    sentAtMs: number | undefined,
  ): Found | undefined {
    const aheadMs = this.#aheadMs.get(route);
    const mostMs = aheadMs === undefined ? limits.sameTimeMs : limits.sameMinuteMs;
    /** How long before or after it was tried the network says that it had it, in ms. */
    const apart = ([, , { triedAtMs = 0 }]: Found): number =>
      sentAtMs === undefined ? 0 : Math.abs(sentAtMs - (aheadMs ?? 0) - triedAtMs);
    const all = theirs.filter((found) => isNameless(found[2]) && apart(found) < mostMs);
    // A report seldom comes before the answer.
    const answered = all.filter(([, , { stage }]) => stage !== "trying");
    const [nearest, next] = (answered.length > 0 ? answered : all).toSorted(
      (a, b) => apart(a) - apart(b),
    );
    if (!nearest || !next) return nearest;
    const isClear = aheadMs !== undefined && apart(next) - apart(nearest) >= limits.reportsApartMs;
    return isClear ? nearest : undefined;
  }

  /** From a text that left at once; of one that took long nobody knows when the network had it. */
  #learnClock(route: string, { triedAtMs, atMs }: Part, sentAtMs: number | undefined): void {
    if (triedAtMs === undefined || sentAtMs === undefined) return;
    if (atMs - triedAtMs < limits.atOnceMs) this.#aheadMs.set(route, sentAtMs - triedAtMs);
  }
}

/** Whether it was tried, and its route has not said what it calls it. */
function isNameless({ stage, references, triedAtMs }: Part): boolean {
  if (triedAtMs === undefined) return false;
  return ["waiting", "trying", "unknown", "sent"].includes(stage) && references.length === 0;
}

/** Adds one to the newest; the oldest makes room. */
function keepNewest(set: Set<string>, one: string): void {
  set.add(one);
  const [oldest] = set;
  if (set.size > limits.referencesKept && oldest !== undefined) set.delete(oldest);
}
