import { limits } from "../../limits.ts";

/**
 * Cuts text that arrives in pieces into lines, at LF or CR LF. A line longer than the limit is handed
 * on in parts: a binary file has no lines at all.
 */
export class Lines {
  readonly #each: (line: string) => void;
  #rest = "";
  #cut = 0;

  constructor(each: (line: string) => void) {
    this.#each = each;
  }

  /** How many lines were too long, and handed on in parts. */
  get cut(): number {
    return this.#cut;
  }

  push(piece: string): void {
    let from = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", from)) {
      const line = piece.slice(from, end);
      from = end + 1;
      this.#each(this.#rest === "" ? line : this.#rest + line);
      this.#rest = "";
    }
    this.#rest += piece.slice(from);
    if (this.#rest.length <= limits.traceLineLength) return;
    this.#cut++;
    this.end();
  }

  end(): void {
    if (this.#rest !== "") this.#each(this.#rest);
    this.#rest = "";
  }
}
