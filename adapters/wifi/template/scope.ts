import type { Value } from "./values.ts";

/** The names of a template, or of one turn of a loop: what is set in it is gone afterwards. */
export class Scope {
  readonly #own = new Map<string, Value>();
  readonly #find: (name: string) => Value;

  /** @param find gives the value of a name that was not set here */
  constructor(find: (name: string) => Value) {
    this.#find = find;
  }

  get(name: string): Value {
    return this.#own.has(name) ? this.#own.get(name) : this.#find(name);
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }

  inner(): Scope {
    return new Scope((name) => this.get(name));
  }
}
