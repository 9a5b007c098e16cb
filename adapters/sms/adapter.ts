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
import type { SmsConfig } from "./config.ts";

import { limits } from "./limits.ts";
import { classes } from "./outbox-item.ts";
import { answerRequest } from "./requests.ts";
import { Session } from "./session.ts";

const messageSchema = z.strictObject({
  body: z.string().min(1).max(limits.textLength),
  class: z.enum(classes).default("answer"),
});

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
    const { people, outbox } = this.#open();
    const person = people.byRef(command.ref);
    const write = command.type === "set" ? command.writes[0] : undefined;
    if (!person || write?.is !== "message") {
      throw new CommandError("unsupported", "A person can only be sent a message");
    }
    const { data, error } = messageSchema.safeParse(write.value);
    if (!data) {
      const what = error.issues[0]?.message ?? "cannot be read";
      throw new CommandError("bad_payload", `A message has a body and a class: ${what}`);
    }
    if (outbox.isFull) throw new CommandError("rate_limited", "Too many texts wait");
    const expiresInMs = command.type === "set" ? command.expiresInMs : undefined;
    const { id } = command;
    signal.addEventListener("abort", () => void outbox.cancel(id), { once: true });
    await outbox.add({ id, to: person.number, ...data }, expiresInMs);
    if (signal.aborted) await outbox.cancel(id);
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
