import {
  CommandError,
  isList,
  z,
  type Adapter,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
  type Scalar,
} from "koine/adapter";
import type { Calls } from "./calls.ts";
import type { SmsConfig } from "./config.ts";
import { limits } from "./limits.ts";
import { classes } from "./outbox-item.ts";
import type { Outbox } from "./outbox.ts";
import { answerRequest } from "./requests.ts";
import { Session } from "./session.ts";

const messageSchema = z.strictObject({
  body: z.string().min(1).max(limits.textLength),
  class: z.enum(classes).default("answer"),
});

const ringSchema = z.number().int().min(1).max(limits.ringS);

/** What somebody is sent, or how long their phone is to ring. */
interface Wish {
  readonly id: string;
  /** Number of the person. */
  readonly to: string;
  readonly value: Scalar;
  readonly expiresInMs?: number | undefined;
}

/** Texts over modems and providers: people are its devices, and so are the modems. */
export class SmsAdapter implements Adapter {
  readonly #config: SmsConfig;
  #session: Session | undefined;

  constructor(config: SmsConfig) {
    this.#config = config;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const session = new Session(host, this.#config, signal);
    await session.load();
    this.#session = session;
    try {
      await session.run();
    } finally {
      this.#session = undefined;
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const session = this.#open();
    const person = session.people.byRef(command.ref);
    const [write, ...others] = command.type === "set" ? command.writes : [];
    // Each has a last word of its own, and a command has one.
    if (others.length > 0) {
      throw new CommandError("unsupported", "To text somebody and to call them are two commands");
    }
    const { id } = command;
    const to = person?.number;
    if (to !== undefined && write?.is === "message") {
      const expiresInMs = command.type === "set" ? command.expiresInMs : undefined;
      await text(session.outbox, { id, to, value: write.value, expiresInMs }, signal);
    } else if (to !== undefined && write?.is === "call") {
      await call(session.calls, { id, to, value: write.value }, signal);
    } else {
      throw new CommandError("unsupported", "A person can only be texted or called");
    }
    return { status: "queued", stage: "queued" };
  }

  async request(verb: string, params: Scalar): Promise<Scalar> {
    const isRecord = typeof params === "object" && params !== null && !isList(params);
    return answerRequest(this.#open().answers, verb, isRecord ? params : {});
  }

  forget(ref: Ref): void {
    this.#session?.forget(ref);
  }

  #open(): Session {
    if (this.#session) return this.#session;
    throw new CommandError("unreachable", "Texts are not sent now");
  }
}

async function text(
  outbox: Outbox,
  { id, to, value, expiresInMs }: Wish,
  signal: AbortSignal,
): Promise<void> {
  const { data, error } = messageSchema.safeParse(value);
  if (!data) {
    const what = error.issues[0]?.message ?? "cannot be read";
    throw new CommandError("bad_payload", `A message has a body and a class: ${what}`);
  }
  if (outbox.isFull) throw new CommandError("rate_limited", "Too many texts wait");
  signal.addEventListener("abort", () => void outbox.cancel(id), { once: true });
  await outbox.add({ id, to, ...data }, expiresInMs);
  if (signal.aborted) await outbox.cancel(id);
}

async function call(
  calls: Calls,
  { id, to: number, value }: Wish,
  signal: AbortSignal,
): Promise<void> {
  const { data: seconds } = ringSchema.safeParse(value);
  if (seconds === undefined) {
    throw new CommandError("out_of_range", `A phone rings for 1 to ${limits.ringS} s`);
  }
  await calls.add({ id, number, ringMs: seconds * 1_000, signal });
}
