import { limits } from "./limits.ts";

const overflow = "counters.overflow";

/**
 * Named counts that only grow: what was received, dropped, refused. Names are dotted paths
 * (`broker.refused.retained`); the gateway device and the log read them.
 */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** Adds to a count. Above the limit of names the rest is counted together as `counters.overflow`. */
  add(name: string, by = 1): void {
    const count = this.#counts.get(name);
    if (count !== undefined) this.#counts.set(name, count + by);
    else if (this.#counts.size < limits.counterNames) this.#counts.set(name, by);
    else this.#counts.set(overflow, (this.#counts.get(overflow) ?? 0) + by);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Sum of a count and everything below it: `broker.refused` includes `broker.refused.retained`. */
  sum(prefix: string): number {
    let total = 0;
    for (const [name, count] of this.#counts) {
      if (name === prefix || name.startsWith(`${prefix}.`)) total += count;
    }
    return total;
  }

  /** All counts by name, in the order they first occurred. */
  entries(): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }
}
