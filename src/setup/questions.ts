/** Asks a person line by line; who has nothing more to say takes what is proposed. */
export class Questions {
  readonly #print: (line: string) => void;
  readonly #lines: AsyncIterator<string> | undefined;

  /** @param lines what is typed; undefined when nobody is asked */
  constructor(print: (line: string) => void, lines: AsyncIterable<string> | undefined) {
    this.#print = print;
    this.#lines = lines?.[Symbol.asyncIterator]();
  }

  async yes(question: string, proposed: boolean): Promise<boolean> {
    for (;;) {
      const said = (await this.#ask(`${question} [${proposed ? "Y/n" : "y/N"}]`)).toLowerCase();
      if (said === "") return proposed;
      if (["y", "yes"].includes(said)) return true;
      if (["n", "no"].includes(said)) return false;
      this.#print("Please say y or n.");
    }
  }

  /**
   * A text, or undefined for none.
   * @param read what is made of it; undefined where it cannot be used
   */
  async text<T>(question: string, read: (text: string) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const said = await this.#ask(question);
      if (said === "") return undefined;
      const meant = read(said);
      if (meant !== undefined) return meant;
      this.#print("That cannot be used.");
    }
  }

  async #ask(question: string): Promise<string> {
    if (!this.#lines) return "";
    this.#print(question);
    const next = await this.#lines.next();
    return next.done === true ? "" : next.value.trim();
  }
}
