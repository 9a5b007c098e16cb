import { CommandError, type Ref, type Scalar } from "koine/adapter";
import type { Budget } from "./budget.ts";
import type { PersonConfig } from "./config.ts";
import type { Inbox } from "./inbox.ts";
import type { ModemKeeper } from "./modem/keeper.ts";
import { masked } from "./number.ts";
import type { TextClass } from "./outbox-item.ts";
import type { Outbox } from "./outbox.ts";
import type { People } from "./people.ts";
import type { Router } from "./routes/router.ts";

export interface AnswersOptions {
  readonly people: People;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly router: Router;
  readonly budget: Budget;
  readonly keepers: readonly ModemKeeper[];
}

/** Answers what is asked of this adapter. */
export class Answers {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  people(): Scalar {
    return this.#options.people.all().map(({ name, number, language, groups }) => ({
      name,
      number: masked(number),
      language: language ?? null,
      groups: [...groups],
    }));
  }

  /** Puts somebody among the people. */
  async addPerson(person: PersonConfig): Promise<Scalar> {
    return { person: await this.#options.people.add(person) };
  }

  async removePerson(ref: Ref): Promise<Scalar> {
    await this.#options.people.remove(ref);
    return {};
  }

  async inbox(count: number): Promise<Scalar> {
    const texts = await this.#options.inbox.newest(count);
    return texts.map(({ from, isName, body, sentAtMs, receivedAtMs, isWhole }) => ({
      from: this.#nameOf(from, isName),
      body,
      sent_at_ms: sentAtMs ?? null,
      received_at_ms: receivedAtMs,
      whole: isWhole,
    }));
  }

  outbox(): Scalar {
    return this.#options.outbox.list().map((item) => ({
      to: this.#nameOf(item.to, false),
      body: item.body,
      class: item.class,
      route: item.route ?? null,
      expires_at_ms: item.expiresAtMs,
      attempts: item.attempts,
      parts: item.parts.map(({ stage }) => stage),
    }));
  }

  async dead(): Promise<Scalar> {
    const texts = await this.#options.outbox.dead();
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

  /** Sends a text without a command on the bus. */
  async send(ref: Ref, body: string, textClass: TextClass): Promise<Scalar> {
    const { people, outbox } = this.#options;
    const person = people.byRef(ref);
    if (!person) throw new CommandError("unknown_device", "There is no such person");
    if (outbox.isFull) throw new CommandError("rate_limited", "Too many texts wait");
    await outbox.add({ id: "", to: person.number, body, class: textClass });
    return { status: "queued" };
  }

  /** Puts a text that was given up back among those that go out. */
  async requeue(key: string): Promise<Scalar> {
    if (await this.#options.outbox.requeue(key, "")) return { status: "queued" };
    throw new CommandError("bad_payload", `No text with the key ${key} was given up`);
  }

  /** How texts leave, and what was spent. */
  routes(): Scalar {
    const { router, budget } = this.#options;
    const routes = router.all().map(({ name, isReady }) => ({
      name,
      ready: isReady,
      resting: router.isResting(name),
    }));
    const { day, month } = budget.spent();
    return { routes, spent: { day: { ...day }, month: { ...month } } };
  }

  async balance(code: string): Promise<Scalar> {
    const modem = this.#options.keepers.find(({ modem: one }) => one?.isReady === true)?.modem;
    if (!modem) throw new CommandError("unreachable", "No modem has a network now");
    return { said: await modem.ask(code) };
  }

  #nameOf(number: string, isName: boolean): string {
    const person = isName ? undefined : this.#options.people.byNumber(number);
    return person?.name ?? (isName ? number : masked(number));
  }
}
