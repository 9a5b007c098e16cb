/** Characters of the longest line: a PDU of 176 octets, and room. */
const longestLine = 1_024;

/** What a modem has said: a line, or that it waits for the text of a message. */
export type Token = { readonly line: string } | { readonly prompt: true };

/**
 * Turns the bytes of a modem into lines, whatever pieces they come in. NULs and other control
 * characters are dropped, and so are lines that never end.
 */
export class Reader {
  #rest = "";
  /** Lines that were too long. */
  dropped = 0;

  /** @param awaitsPrompt whether `> ` may come, which no line end follows */
  push(bytes: Buffer, awaitsPrompt: boolean): readonly Token[] {
    const text = this.#rest + bytes.toString("latin1").replaceAll(/[^\r\n\x20-\x7e]/g, "");
    const lines = text.split(/[\r\n]+/);
    this.#rest = lines.pop() ?? "";
    const tokens: Token[] = lines
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => ({ line }));
    if (awaitsPrompt && /^>\s?$/.test(this.#rest)) {
      this.#rest = "";
      tokens.push({ prompt: true });
    }
    if (this.#rest.length > longestLine) {
      this.#rest = "";
      this.dropped += 1;
    }
    return tokens;
  }

  clear(): void {
    this.#rest = "";
  }
}
