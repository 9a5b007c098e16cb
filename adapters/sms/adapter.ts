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
import type { ModemConfig, SmsConfig } from "./config.ts";
import { Inbox, type Text } from "./inbox.ts";
import { limits } from "./limits.ts";
import { ModemKeeper } from "./modem/keeper.ts";
import { masked } from "./number.ts";
import { classes, Outbox, type TextClass } from "./outbox.ts";
import { People } from "./people.ts";
import { answerRequest, type Answers } from "./requests.ts";

const messageSchema = z.strictObject({
  body: z.string().min(1).max(limits.textLength),
  class: z.enum(classes).default("answer"),
});

/** Texts over one or several modems: people are its devices, and so are the modems. */
export class SmsAdapter implements Adapter {
  readonly #config: SmsConfig;
  #life: Life | undefined;

  constructor(config: SmsConfig) {
    this.#config = config;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const life = new Life(host, this.#config, signal);
    await life.load();
    this.#life = life;
    try {
      await life.live(signal);
    } finally {
      this.#life = undefined;
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    if (!this.#life) throw new CommandError("unreachable", "Texts are not sent now");
    return this.#life.execute(command, signal);
  }

  async request(verb: string, params: Scalar): Promise<Scalar> {
    if (!this.#life) throw new CommandError("unreachable", "Texts are not sent now");
    const isRecord = typeof params === "object" && params !== null && !isList(params);
    const given = isRecord ? params : {};
    return answerRequest(this.#life, verb, given);
  }

  forget(ref: Ref): void {
    this.#life?.forget(ref);
  }
}

/** One run of the adapter. */
class Life implements Answers {
  readonly #host: AdapterHost;
  readonly #people: People;
  readonly #keepers: readonly ModemKeeper[];
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;

  constructor(host: AdapterHost, config: SmsConfig, signal: AbortSignal) {
    this.#host = host;
    this.#people = new People(host, config);
    this.#inbox = new Inbox(host, (text) => this.#received(text));
    this.#outbox = new Outbox({
      host,
      wantsReports: config.reports,
      modem: () => this.#keepers.find(({ modem }) => modem?.isReady === true)?.modem,
    });
    this.#keepers = config.modems.map((modem) => this.#keeperOf(modem, signal));
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const person = this.#people.byRef(command.ref);
    const write = command.type === "set" ? command.writes[0] : undefined;
    if (!person || write?.is !== "message") {
      throw new CommandError("unsupported", "A person can only be sent a message");
    }
    const { data, error } = messageSchema.safeParse(write.value);
    if (!data) {
      const what = error.issues[0]?.message ?? "cannot be read";
      throw new CommandError("bad_payload", `A message has a body and a class: ${what}`);
    }
    if (this.#outbox.isFull) throw new CommandError("rate_limited", "Too many texts wait");
    const expiresInMs = command.type === "set" ? command.expiresInMs : undefined;
    const { id } = command;
    signal.addEventListener("abort", () => void this.#outbox.cancel(id), { once: true });
    await this.#outbox.add({ id, to: person.number, ...data }, expiresInMs);
    return { status: "queued", stage: "queued" };
  }

  people(): Scalar {
    return this.#people.all().map(({ name, number, language, groups }) => ({
      name,
      number: masked(number),
      language: language ?? null,
      groups: [...groups],
    }));
  }

  async inbox(count: number): Promise<Scalar> {
    const texts = await this.#inbox.newest(count);
    return texts.map(({ from, isName, body, sentAtMs, receivedAtMs, isWhole }) => ({
      from: this.#nameOf(from, isName),
      body,
      sent_at_ms: sentAtMs ?? null,
      received_at_ms: receivedAtMs,
      whole: isWhole,
    }));
  }

  outbox(): Scalar {
    return this.#outbox.list().map(({ to, body, class: name, expiresAtMs, attempts, parts }) => ({
      to: this.#nameOf(to, false),
      body,
      class: name,
      expires_at_ms: expiresAtMs,
      attempts,
      parts: parts.map(({ stage }) => stage),
    }));
  }

  async dead(): Promise<Scalar> {
    const texts = await this.#outbox.dead();
    return texts.map(([key, { to, body, class: name, atMs, status, reason }]) => ({
      key,
      to: this.#nameOf(to, false),
      body,
      class: name,
      at_ms: atMs,
      status,
      reason,
    }));
  }

  async send(ref: Ref, body: string, textClass: TextClass): Promise<Scalar> {
    const person = this.#people.byRef(ref);
    if (!person) throw new CommandError("unknown_device", "There is no such person");
    if (this.#outbox.isFull) throw new CommandError("rate_limited", "Too many texts wait");
    await this.#outbox.add({ id: "", to: person.number, body, class: textClass });
    return { status: "queued" };
  }

  async requeue(key: string): Promise<Scalar> {
    if (await this.#outbox.requeue(key, "")) return { status: "queued" };
    throw new CommandError("bad_payload", `No text with the key ${key} was given up`);
  }

  async balance(code: string): Promise<Scalar> {
    const modem = this.#keepers.find(({ modem: one }) => one?.isReady === true)?.modem;
    if (!modem) throw new CommandError("unreachable", "No modem has a network now");
    return { said: await modem.ask(code) };
  }

  forget(ref: Ref): void {
    if (this.#people.byRef(ref)) this.#people.describe();
    for (const keeper of this.#keepers) keeper.describe();
  }

  /** Describes everything and takes up what an earlier run left. */
  async load(): Promise<void> {
    this.#people.describe();
    for (const keeper of this.#keepers) keeper.describe();
    await this.#inbox.load();
    await this.#outbox.load();
  }

  /** Resolves when everything is closed, after the signal. */
  async live(signal: AbortSignal): Promise<void> {
    const sweep = this.#host.clock.every(limits.sweepMs, () => void this.#sweep());
    // Texts are taken from now on, whatever becomes of the modems.
    this.#host.status({ state: "online" });
    await Promise.all(this.#keepers.map(async (keeper) => keeper.keep(signal)));
    sweep.cancel();
    this.#outbox.stop();
  }

  async #sweep(): Promise<void> {
    this.#people.tellReachable();
    try {
      await this.#inbox.sweep();
      await this.#outbox.sweep();
    } catch (err) {
      this.#host.count("sweeps_failed");
      this.#host.log.warn({ err }, "texts could not be looked through");
    }
  }

  #keeperOf(config: ModemConfig, signal: AbortSignal): ModemKeeper {
    return new ModemKeeper({
      host: this.#host,
      config,
      signal,
      inbound: {
        message: async (message, pdu) => this.#inbox.take(message, pdu),
        report: async (report) => this.#outbox.report(report),
        odd: async (pdu, reason) => this.#inbox.keepOdd(pdu, reason),
        call: (from) => this.#called(from),
      },
      changed: () => this.#tellStatus(),
      ready: () => void this.#outbox.ready(),
    });
  }

  /** Texts are accepted whether a modem is there or not: they wait. */
  #tellStatus(): void {
    const first = this.#keepers.find(({ status }) => status.state !== "ready");
    if (!first || this.#keepers.some(({ status }) => status.state === "ready")) {
      this.#host.status({ state: "online" });
      return;
    }
    const { state: code, reason = "" } = first.status;
    // Whether it is there this time is told in a moment.
    if (code === "opening") return;
    const state = code === "pin_needed" || code === "no_sim" ? "attention" : "degraded";
    this.#host.status({ state, code, reason });
  }

  /** A text has come: what it says is for this process alone, that it came for everybody. */
  #received(text: Text): void {
    const person = text.isName ? undefined : this.#people.byNumber(text.from);
    if (!person) return this.#host.count("texts_of_strangers");
    const { ref } = person;
    const name = "text";
    const action = text.isWhole ? "received" : "incomplete";
    const { body, sentAtMs, receivedAtMs } = text;
    const data = { body, sent_at_ms: sentAtMs ?? null, received_at_ms: receivedAtMs };
    this.#host.emit({ type: "event", ref, scope: "local", data: { name, action, data } });
    const chars = Array.from(body).length;
    this.#host.emit({
      type: "event",
      ref,
      scope: "public",
      data: { name, action, data: { chars } },
    });
  }

  #nameOf(number: string, isName: boolean): string {
    const person = isName ? undefined : this.#people.byNumber(number);
    return person?.name ?? (isName ? number : masked(number));
  }

  #called(from: string): void {
    const person = this.#people.byNumber(from);
    if (!person) return this.#host.count("calls_of_strangers");
    const data = { name: "call", action: "missed" };
    this.#host.emit({ type: "event", ref: person.ref, scope: "public", data });
  }
}
