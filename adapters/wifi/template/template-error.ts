import { ProtocolError } from "koine/adapter";

/** A template cannot be read; the message says what and where. */
export class TemplateError extends ProtocolError {
  /** Counts from 1. */
  readonly position: number;

  constructor(what: string, at: number) {
    super(`${what} at character ${at + 1}`);
    this.position = at + 1;
  }
}

/** A template has nothing to say for a payload. Never leaves `render`. */
export class EvaluationError extends ProtocolError {}
