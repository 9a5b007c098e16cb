import { limits } from "./limits.ts";

interface Sent {
  readonly text: string;
  readonly atMs: number;
}

/** Tells the copies of a message that a radio sends several times from the next message. */
export class Copies {
  readonly #last = new Map<string, Sent>();

  /** Whether the device said the same just now. */
  isCopy(device: string, text: string, atMs: number): boolean {
    const last = this.#last.get(device);
    const isCopy = last?.text === text && atMs - last.atMs < limits.copiesMs;
    this.#last.delete(device);
    this.#last.set(device, { text, atMs });
    const oldest = this.#last.keys().next().value;
    if (this.#last.size > limits.copied && oldest !== undefined) this.#last.delete(oldest);
    return isCopy;
  }
}
