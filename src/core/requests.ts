import type { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { CommandError, isKnown, isKoineError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import { salvageId } from "../model/command-document.ts";
import type { MessageOf } from "../model/message.ts";
import { firstIssue } from "../model/parse.ts";
import { parseRequest, type Response } from "../model/request.ts";
import type { Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import { nearest } from "../nearest.ts";
import type { Bus } from "./bus.ts";
import type { Logger } from "./logger.ts";

/** Where something is asked: over the bus, or at the socket that only the owner of the data can open. */
export type Door = "bus" | "control";

/** One thing that may be asked of Koine. */
export interface Verb {
  /** @throws KoineError with the reason for whoever asks */
  answer(params: unknown, signal: AbortSignal): Promise<Scalar>;
}

/** A verb whose parameters are held against a schema before it is carried out. */
export function verb<P>(
  params: z.ZodType<P>,
  answer: (params: P, signal: AbortSignal) => Scalar | Promise<Scalar>,
): Verb {
  return {
    answer: async (raw, signal) => {
      const { data, error } = params.safeParse(raw);
      if (error) throw new CommandError("bad_payload", `Cannot read request: ${firstIssue(error)}`);
      return answer(data, signal);
    },
  };
}

export interface RequestsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** A new `_id` for a request that came without. */
  readonly newId: () => string;
}

/** Answers what is asked over `bridge/request/…`, and through whatever other door there is. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #verbs = new Map<string, Verb>();
  /** What may be asked at the control socket alone. */
  readonly #private = new Map<string, Verb>();
  #underWay = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Adds what may be asked; an adapter's verbs are `<adapter>/<verb>`. */
  add(verbs: Readonly<Record<string, Verb>>): void {
    for (const [name, one] of Object.entries(verbs)) this.#verbs.set(name, one);
  }

  /** Adds what may be asked at the control socket alone. */
  addPrivate(verbs: Readonly<Record<string, Verb>>): void {
    for (const [name, one] of Object.entries(verbs)) this.#private.set(name, one);
  }

  start(): void {
    this.#unsubscribe = this.#options.bus.subscribe(["bridge_request"], (request) =>
      this.#take(request),
    );
  }

  stop(): void {
    this.#unsubscribe?.();
  }

  /** Answers one request, with its parameters as JSON text. Never rejects. */
  async ask(name: string, text: string, door: Door): Promise<Response> {
    let id = salvageId(text.slice(0, limits.commandLength));
    try {
      if (this.#underWay >= limits.requests) {
        throw new CommandError("rate_limited", `${limits.requests} requests are under way already`);
      }
      if (text.length > limits.commandLength) {
        throw new CommandError(
          "too_large",
          `A request has at most ${limits.commandLength} characters`,
        );
      }
      const request = parseRequest(text);
      id = request.id;
      const data = await this.#answer(this.#verbNamed(name, door), request.params);
      return { ...this.#opening(id), status: "ok", data };
    } catch (error) {
      return { ...this.#opening(id), status: "error", ...this.#reasonOf(name, error) };
    }
  }

  async #take({ verb: name, body }: MessageOf<"bridge_request">): Promise<void> {
    const error = body.obstacle ? obstacleErrors[body.obstacle] : undefined;
    const refusal = error ?? (body.retained ? retainedError : undefined);
    const asked = salvageId(body.text.slice(0, limits.commandLength));
    // Who may not ask must not be able to answer for somebody else's request either.
    const id = body.obstacle === "not_allowed" ? undefined : asked;
    const response = refusal
      ? { ...this.#opening(id), ...refusal }
      : await this.ask(name, body.text, "bus");
    this.#options.bus.publish({ kind: "bridge_response", verb: name, body: response });
  }

  async #answer(one: Verb, params: unknown): Promise<Scalar> {
    const late = new AbortController();
    const { clock } = this.#options;
    const timer = clock.after(limits.requestMs, () => {
      const seconds = limits.requestMs / 1_000;
      late.abort(new CommandError("no_answer", `There was no answer within ${seconds} s`));
    });
    const over = new Promise<never>((_, reject) => {
      late.signal.addEventListener("abort", () => reject(late.signal.reason));
    });
    this.#underWay += 1;
    try {
      return await Promise.race([one.answer(params, late.signal), over]);
    } finally {
      this.#underWay -= 1;
      timer.cancel();
    }
  }

  #verbNamed(name: string, door: Door): Verb {
    if (name === "") throw new CommandError("bad_payload", "The request names no verb");
    const known = new Map([...this.#verbs, ...(door === "control" ? this.#private : [])]);
    const found = known.get(name);
    if (found) return found;
    const meant = nearest(name, known.keys());
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new CommandError("unsupported", `There is no request "${name}"${hint}`);
  }

  #opening(id: string | undefined): Pick<Response, "_id" | "_ts"> {
    const { newId, clock } = this.#options;
    return { _id: id ?? newId(), _ts: timestamp(clock.now()) };
  }

  #reasonOf(name: string, error: unknown): Pick<Response, "code" | "message"> {
    const { counters, log } = this.#options;
    if (isKoineError(error, "command")) {
      counters.add(`refused.requests.${error.reason}`);
      return { code: error.reason, message: error.message };
    }
    counters.add("requests.failed");
    // What was not foreseen may be a mistake of ours or of an adapter: somebody has to see it.
    if (!isKnown(error)) log.error({ err: error, request: name }, "request failed");
    const code = isKoineError(error, "link") ? "unreachable" : "device_error";
    return { code, message: reasonOf(error) };
  }
}

const obstacleErrors = {
  not_allowed: {
    status: "error",
    code: "not_allowed",
    message: "This client may not ask that: connect as a user with the role admin",
  },
  interrupted: {
    status: "error",
    code: "no_answer",
    message: "The gateway ended while it did this: look what became of it, then ask again",
  },
} as const;

const retainedError = {
  status: "error",
  code: "retained",
  message: "A request must not be published with the retain flag",
} as const;
