import type { Logger } from "../../src/core/logger.ts";

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export class MemoryLog implements Logger {
  readonly lines: Line[];
  readonly #bound: Readonly<Record<string, unknown>>;

  constructor(lines: Line[] = [], bound: Readonly<Record<string, unknown>> = {}) {
    this.lines = lines;
    this.#bound = bound;
  }

  readonly debug = this.#at("debug");
  readonly info = this.#at("info");
  readonly warn = this.#at("warn");
  readonly error = this.#at("error");
  readonly fatal = this.#at("fatal");

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new MemoryLog(this.lines, { ...this.#bound, ...fields });
  }

  /** Messages of one level. */
  messages(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #at(level: string): Logger["info"] {
    return (fields, message) => {
      this.lines.push({ level, message, fields: { ...this.#bound, ...fields } });
    };
  }
}
