import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const generator = fileURLToPath(new URL("generator.mjs", import.meta.url));

/** What the generator does when it is asked, and what it says then. */
export interface Answers {
  /** Opens the clients that `stream` and `trickle` are about. */
  open(asked: { publishers: number; subscribers: number; qos: 0 | 1 }): Promise<void>;
  /** Publishes as fast as it goes, with so many publications not everybody has got yet. */
  stream(asked: {
    messages: number;
    qos: 0 | 1;
    window: number;
  }): Promise<{ delivered: number; seconds: number }>;
  /** Publishes one by one, by the clock; says for how many ms each was under way. */
  trickle(asked: {
    messages: number;
    qos: 0 | 1;
    perSecond: number;
  }): Promise<{ delivered: number; latencies: readonly number[] }>;
  /** Leaves retained messages, each on a topic of its own. */
  retain(asked: { messages: number }): Promise<void>;
  /** Subscribes as somebody new, again and again; says how long it takes until all has come. */
  replay(asked: {
    filter: string;
    messages: number;
    times: number;
  }): Promise<{ delivered: number; ms: number }>;
  /** Opens clients that do nothing. */
  idle(asked: { clients: number }): Promise<void>;
  /** Opens and closes so many clients, again and again. */
  visit(asked: { clients: number; times: number }): Promise<void>;
}

/** The clients of a broker, in a process of their own: what they cost is not the broker's. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(port: number) {
    // Without the options of the test runner.
    this.#child = fork(generator, [String(port)], { execArgv: [] });
    this.#ended = once(this.#child, "exit");
  }

  /** One question after another. */
  async ask<Q extends keyof Answers>(
    question: Q,
    asked: Parameters<Answers[Q]>[0],
  ): Promise<Awaited<ReturnType<Answers[Q]>>> {
    const died = this.#ended.then(() => {
      throw new Error("The load generator has ended; why is on stderr");
    });
    this.#child.send({ question, asked });
    const said: unknown[] = await Promise.race([once(this.#child, "message"), died]);
    return (said[0] as { answer: Awaited<ReturnType<Answers[Q]>> }).answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}
