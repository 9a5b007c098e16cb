import type { HeapDetail } from "./collection.ts";

/**
 * The block that `--trace-gc-verbose` writes after each collection, a line for each space. Its sizes
 * are in KB; a `*` marks what sweeping still makes inaccurate, and moves between versions of Node.
 */
export class HeapBlock {
  #oldBytes = 0;
  #largeBytes = 0;
  #externalBytes = 0;

  /** What the block says once its last line has come; undefined before. */
  push(text: string): HeapDetail | undefined {
    if (text.startsWith("Old space")) this.#oldBytes = kilobytes(text, "used:");
    else if (text.startsWith("Large object space")) this.#largeBytes = kilobytes(text, "used:");
    else if (text.startsWith("External memory reported"))
      this.#externalBytes = kilobytes(text, "reported:");
    else if (text.startsWith("Backing store memory"))
      this.#externalBytes = Math.max(this.#externalBytes, kilobytes(text, "memory:"));
    else if (text.startsWith("Total time spent in GC")) return this.#take();
    return undefined;
  }

  #take(): HeapDetail | undefined {
    const oldBytes = this.#oldBytes + this.#largeBytes;
    const externalBytes = this.#externalBytes;
    this.#oldBytes = this.#largeBytes = this.#externalBytes = 0;
    return oldBytes > 0 ? { oldBytes, externalBytes } : undefined;
  }
}

/** Bytes behind a word of the line. */
function kilobytes(text: string, word: string): number {
  const start = text.indexOf(word);
  if (start < 0) return 0;
  const bytes = Number.parseInt(text.slice(start + word.length), 10) * 1_024;
  return Number.isFinite(bytes) ? bytes : 0;
}
