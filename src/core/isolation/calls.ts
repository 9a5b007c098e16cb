import { decodeError, encodeError } from "../../errors.ts";
import type { AnswerMessage } from "./wire.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to the other side of a channel that wait for their answers. */
export class Calls {
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** How many wait for their answers. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Asks with a fresh number; the reply resolves or rejects as the other side says. */
  ask(send: (call: number) => void): { readonly call: number; readonly reply: Promise<unknown> } {
    this.#last += 1;
    const call = this.#last;
    const reply = new Promise<unknown>((resolve, reject) => {
      send(call);
      this.#waiting.set(call, { resolve, reject });
    });
    return { call, reply };
  }

  answered({ call, value, error }: AnswerMessage): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error) waiting?.reject(decodeError(error));
    else waiting?.resolve(value);
  }

  /** Nobody waits for this answer any more. */
  giveUp(call: number, reason: Error): void {
    this.#waiting.get(call)?.reject(reason);
    this.#waiting.delete(call);
  }

  /** The other side is gone: nothing will be answered any more. */
  failAll(reason: Error): void {
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

/** Answers a question of the other side with what `work` leads to. */
export async function answer(
  call: number,
  work: () => Promise<unknown>,
  post: (message: AnswerMessage) => void,
): Promise<void> {
  try {
    post({ type: "answer", call, value: await work() });
  } catch (error) {
    post({ type: "answer", call, error: encodeError(error) });
  }
}
