import { randomUUID } from "node:crypto";
import type { AdapterHost, Change, CommandResult } from "koine/adapter";
import type { Budget } from "./budget.ts";
import { DeadLetters, type Dead } from "./dead-letters.ts";
import { limits } from "./limits.ts";
import {
  changeOf,
  hasBegun,
  itemSchema,
  outgoing,
  waitingPart,
  type Item,
  type Part,
} from "./outbox-item.ts";
import { segment } from "./pdu/segments.ts";
import type { Progress, Route, Sent } from "./routes/route.ts";
import type { Router } from "./routes/router.ts";
import { Reports, type Found } from "./reports.ts";
import { Sending, type Attempt } from "./sending.ts";

const prefix = "out/";

export interface OutboxOptions {
  readonly host: AdapterHost;
  readonly router: Router;
  readonly budget: Budget;
  /** The routes to a number, best first. */
  readonly orderFor: (number: string) => readonly string[];
  /** Whether routes say later what became of a text. */
  readonly wantsReports: boolean;
  /** Why a route carries nothing until a person has done something; undefined when it does. */
  readonly stands: (route: string, reason: string | undefined) => void;
}

/** A text as it is shown. */
export type Shown = Pick<
  Item,
  "to" | "body" | "class" | "expiresAtMs" | "attempts" | "route" | "parts"
>;

/**
 * Texts that go out, kept on the disk until nothing more becomes of them. One that a route may
 * have, although nobody said so, is not sent again before its report had time to come; a code never.
 * Each route has one text in hand at a time, and none waits for another route.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #dead: DeadLetters;
  readonly #sending: Sending;
  /** By key, in the order they came. */
  readonly #items = new Map<string, Item>();
  readonly #reports = new Reports(this.#items);
  #sequence = 0;
  #isAsking = false;
  #isStopped = false;
  /** Where the last round of asking ended. */
  #askedUpTo = "";

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#dead = new DeadLetters(options.host);
    this.#sending = new Sending({
      ...options,
      items: this.#items,
      held: (item, message) => this.#tell(item, { status: "queued", stage: "queued", message }),
      concluded: async (attempt, part, sent) => this.#concluded(attempt, part, sent),
    });
  }

  get size(): number {
    return this.#items.size;
  }

  /** Takes up what an earlier run left; what it was about to send, a route may have. */
  async load(): Promise<void> {
    const { host } = this.#options;
    // No number is used again, by dead letters neither.
    const dead = (await this.#dead.all()).map(([key]) => Number(key) + 1);
    this.#sequence = Math.max(Math.floor(host.clock.now() / 1_000), ...dead);
    for (const [key, json] of await host.store.entries(prefix)) {
      this.#sequence = Math.max(this.#sequence, Number(key.slice(prefix.length)) + 1);
      const { data } = itemSchema.safeParse(JSON.parse(json));
      if (!data) {
        host.count("outbox_unreadable");
        continue;
      }
      for (const part of data.parts) {
        if (part.stage === "trying")
          Object.assign(part, { stage: "unknown", atMs: host.clock.now() });
      }
      this.#hold(key, data);
    }
  }

  stop(): void {
    this.#sending.stop();
    this.#options.host.count("outbox_let_go", this.#items.size);
    this.#isStopped = true;
  }

  /** Whether another text may wait. */
  get isFull(): boolean {
    return this.#items.size >= limits.outbox;
  }

  /** Resolves when the text is on the disk. */
  async add(
    text: Pick<Item, "id" | "to" | "body" | "class">,
    expiresInMs: number = limits.lifeMs[text.class],
  ): Promise<void> {
    const now = this.#options.host.clock.now();
    const item: Item = {
      ...text,
      uid: randomUUID(),
      expiresAtMs: now + Math.min(expiresInMs, limits.lifeMs[text.class]),
      reference: this.#sequence % 256,
      attempts: 0,
      notBeforeMs: now,
      refusals: {},
      // How many there are is known when a route takes it.
      parts: [waitingPart(now)],
    };
    const key = prefix + String(this.#sequence).padStart(12, "0");
    this.#sequence += 1;
    await this.#write(key, item);
    this.#hold(key, item);
    this.send();
  }

  /** A route is there again: what was refused meanwhile is not put off any longer. */
  ready(name: string): void {
    const now = this.#options.host.clock.now();
    this.#options.router.renew(name);
    for (const item of this.#items.values()) item.notBeforeMs = Math.min(item.notBeforeMs, now);
    this.send();
  }

  /** What waits to be sent, or for its report. */
  list(): readonly Shown[] {
    return [...this.#items.values()];
  }

  /** Texts that were given up, by key. */
  dead(): Promise<readonly (readonly [key: string, text: Dead])[]> {
    return this.#dead.all();
  }

  /** Sends a text once more that was given up; resolves to whether there is one with that key. */
  async requeue(key: string, id: string): Promise<boolean> {
    const text = await this.#dead.get(key);
    if (!text) return false;
    await this.add({ id, to: text.to, body: text.body, class: text.class });
    await this.#dead.remove(key);
    return true;
  }

  /** Takes a text back, unless some of it has left. Never rejects: what the disk refuses expires. */
  async cancel(id: string): Promise<void> {
    const { host } = this.#options;
    try {
      for (const [key, item] of this.#items) {
        if (item.id === id && !hasBegun(item)) await this.#drop(key);
      }
    } catch (err) {
      host.count("outbox_failed");
      host.log.warn({ err }, "a text could not be taken back");
    }
  }

  /** Gives every route that is free the next text it may take. */
  send(): void {
    this.#sending.send();
  }

  /**
   * What a route says of a text that it had.
   * @param known changes of the store that are written with what becomes of the text
   */
  async report(progress: Progress, known: readonly Change[] = []): Promise<void> {
    const { host } = this.#options;
    const found = this.#reports.find(progress);
    if (found) return this.#heard(found, progress, known);
    host.count("reports_of_nothing");
    this.#reports.keep(progress);
    await this.#note(known);
  }

  async #note(known: readonly Change[]): Promise<void> {
    if (known.length > 0) await this.#options.host.store.write(known);
  }

  async #heard(
    [key, item, part]: Found,
    progress: Progress,
    known: readonly Change[],
  ): Promise<void> {
    const { host } = this.#options;
    const { stage, reference, attempt, isOfOnePart = attempt !== undefined } = progress;
    if (stage === "failed") {
      await this.#notDelivered(key, item, part, progress);
      return this.#note(known);
    }
    // What was said out of order changes nothing.
    if (part.stage === "delivered" || (part.stage === "sent" && stage === "sent")) {
      return this.#note(known);
    }
    const isKnown = part.references.includes(reference) && progress.isOfOnePart !== true;
    const isOneOfMany = isOfOnePart && !isKnown && isLong(item);
    if (stage === "delivered" && !isOneOfMany) {
      part.references = part.references.filter((own) => own !== reference);
    }
    const isWhole = stage === "delivered" && part.references.length === 0 && !isOneOfMany;
    Object.assign(part, { stage: isWhole ? "delivered" : "sent", atMs: host.clock.now() });
    // Both or neither: a crash in between has the report read again, or the text delivered.
    await host.store.write([...known, changeOf(key, item)]);
    await this.#look(key, item);
  }

  /** What failed for a moment is sent again, within its time; a code is not. */
  async #notDelivered(key: string, item: Item, part: Part, progress: Progress): Promise<void> {
    const { message = "The network gave up", isPassing = false, route } = progress;
    const isWorthIt = item.class !== "code" && this.#options.host.clock.now() < item.expiresAtMs;
    if (isPassing && isWorthIt) await this.#again(key, item, part, route);
    else await this.#end(key, item, failed(message));
  }

  /** Ends what is over: expired, or never heard of again. */
  async sweep(): Promise<void> {
    const now = this.#options.host.clock.now();
    for (const [key, item] of this.#items) await this.#age(key, item, now);
    this.send();
  }

  /** Asks the routes that can be asked what became of texts. */
  async ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const open = [...this.#items].filter(([, item]) => this.#routeOf(item)?.ask);
      const from = open.findIndex(([key]) => key > this.#askedUpTo);
      const turn = open.slice(Math.max(from, 0)).slice(0, limits.asksAtOnce);
      for (const [key, item] of turn) {
        this.#askedUpTo = key;
        await this.#askAbout(key, item);
      }
    } finally {
      this.#isAsking = false;
    }
  }

  async #askAbout(key: string, item: Item): Promise<void> {
    for (const [index, { stage, references }] of item.parts.entries()) {
      const [reference] = references;
      if (stage === "unknown") await this.#find(key, item, index);
      if ((stage !== "sent" && stage !== "accepted") || reference === undefined) continue;
      const progress = await this.#routeOf(item)?.ask?.(reference);
      if (progress) await this.report(progress);
    }
  }

  #routeOf({ route }: Item): Route | undefined {
    return route === undefined ? undefined : this.#options.router.routeNamed(route);
  }

  /** Asks a route whether it has a text of which that is not known: what it has not is sent again. */
  async #find(key: string, item: Item, index: number): Promise<void> {
    const { host } = this.#options;
    const route = this.#routeOf(item);
    const part = item.parts[index];
    const now = host.clock.now();
    const triedAtMs = part?.triedAtMs ?? now;
    if (!route?.find || !part || now - triedAtMs < limits.findAfterMs) return;
    const isOther = (reference: string): boolean => this.#reports.isOther(reference, part);
    const found = await route.find(outgoing(item, index, now), { atMs: triedAtMs, isOther });
    // It may be over, or have been heard of, by now.
    if (this.#items.get(key) !== item || part.stage !== "unknown" || found === undefined) return;
    if (found !== "absent") {
      Object.assign(part, { stage: "accepted", references: [found.reference], atMs: now });
    } else if (item.class === "code") {
      return;
    } else {
      host.count("messages_absent");
      Object.assign(part, { stage: "waiting", atMs: now });
    }
    await this.#write(key, item);
    await this.#look(key, item);
    this.send();
  }

  async #age(key: string, item: Item, now: number): Promise<void> {
    // A crash may have come between that and its last word.
    if (item.parts.every(({ stage }) => stage === "delivered")) return this.#look(key, item);
    const lost = item.parts.filter((part) => this.#isLost(item, part, now));
    if (lost.length > 0) {
      if (item.class === "code" || now >= item.expiresAtMs) {
        await this.#end(key, item, {
          status: "timeout",
          code: "no_answer",
          stage: "unknown",
          message: "Nobody knows whether it was sent",
        });
        return;
      }
      for (const part of lost) Object.assign(part, { stage: "waiting", atMs: now });
      await this.#write(key, item);
    }
    if (now >= item.expiresAtMs && item.parts.some(({ stage }) => stage === "waiting")) {
      const why = item.isHeld === true ? { message: "The budget was spent" } : {};
      await this.#end(key, item, { status: "expired", code: "expired", stage: "queued", ...why });
      return;
    }
    const isSilent = item.parts.every(
      ({ stage, atMs }) =>
        stage === "delivered" ||
        ((stage === "sent" || stage === "accepted") && now - atMs >= limits.silentMs),
    );
    if (isSilent) await this.#endSilent(key, item);
  }

  /**
   * Whether nothing will be heard of a piece any more of which nobody knows whether it was sent: its
   * route was there for long enough, or asked for long enough, or away for too long.
   */
  #isLost(item: Item, { stage, atMs }: Part, now: number): boolean {
    if (stage !== "unknown") return false;
    const { find, name = "" } = this.#routeOf(item) ?? {};
    // A code is worth nothing by then.
    if (find && item.class !== "code") return now - atMs >= limits.findForMs;
    const upSinceMs = this.#options.router.upSinceMs(name) ?? now;
    return now - Math.max(atMs, upSinceMs) >= limits.reportMs || now - atMs >= limits.unknownMs;
  }

  /** Nothing was heard of it any more: what is known of it is the last word. */
  async #endSilent(key: string, item: Item): Promise<void> {
    if (item.parts.every(({ stage }) => stage !== "accepted")) {
      return this.#end(key, item, { status: "done", confirmedBy: "ack", stage: "sent" });
    }
    const message = "The provider took it, and never said whether it was sent";
    await this.#end(key, item, { status: "timeout", code: "no_answer", stage: "unknown", message });
  }

  /** An attempt has ended. */
  async #concluded(attempt: Attempt, part: Part, sent: Sent): Promise<void> {
    const { key, item, route } = attempt;
    const { host, stands } = this.#options;
    host.count(`messages_${sent.outcome}`);
    if (sent.outcome === "refused") return this.#refused(attempt, part, sent);
    if (sent.outcome !== "unknown") stands(route.name, undefined);
    const references = sent.outcome === "unknown" ? [] : sent.references;
    // Its report may have come before its answer.
    if (part.stage === "trying") {
      const atMs = host.clock.now();
      Object.assign(part, { stage: sent.outcome, references: [...references], atMs });
    }
    this.#reports.named(references);
    await this.#write(key, item);
    await this.#look(key, item);
    for (const reference of references) {
      const early = this.#reports.early(route.name, reference);
      if (early) await this.report(early);
    }
  }

  async #refused(
    { key, item, route: { name } }: Attempt,
    part: Part,
    { refusal, message, isDoubtful = false }: Extract<Sent, { outcome: "refused" }>,
  ): Promise<void> {
    const { host, orderFor, stands } = this.#options;
    if (isDoubtful && item.class === "code") {
      Object.assign(part, { stage: "unknown", atMs: host.clock.now() });
      return this.#write(key, item);
    }
    if (refusal === "not_here") item.refusals[name] = limits.never;
    const isNowhere = orderFor(item.to).every((one) => (item.refusals[one] ?? 0) >= limits.never);
    // Where that cannot be noted now, it is refused once more. No report can be about it.
    Object.assign(part, { stage: "waiting", atMs: host.clock.now(), triedAtMs: undefined });
    if (refusal === "final" || isNowhere) return this.#end(key, item, failed(message));
    if (refusal === "route") stands(name, message);
    if (refusal === "temporary") return this.#again(key, item, part, name);
    item.attempts += 1;
    await this.#write(key, item);
  }

  /** Puts a piece off that was refused for now. */
  async #again(key: string, item: Item, part: Part, route: string): Promise<void> {
    const { host } = this.#options;
    const now = host.clock.now();
    const wait = limits.againMs[Math.min(item.attempts, limits.againMs.length - 1)] ?? 0;
    item.attempts += 1;
    item.refusals[route] = (item.refusals[route] ?? 0) + 1;
    item.notBeforeMs = now + wait * (0.75 + host.random() / 2);
    // What is said of this attempt from now on is about no other.
    const none = { references: [], triedAtMs: undefined, attempt: undefined };
    Object.assign(part, { stage: "waiting", atMs: now, ...none });
    this.#sending.wake(item.notBeforeMs);
    await this.#write(key, item);
  }

  /** Tells how far a text has come, when that is news. */
  async #look(key: string, item: Item): Promise<void> {
    const isAll = (...wanted: readonly Part["stage"][]): boolean =>
      item.parts.every(({ stage }) => wanted.includes(stage));
    if (isAll("delivered")) {
      await this.#end(key, item, { status: "done", confirmedBy: "report", stage: "delivered" });
    } else if (isAll("sent", "delivered")) {
      if (this.#options.wantsReports) this.#tell(item, { status: "queued", stage: "sent" });
      else await this.#end(key, item, { status: "done", confirmedBy: "ack", stage: "sent" });
    }
  }

  #tell({ id: commandId }: Item, result: CommandResult): void {
    // Sent by the owner, without a command that waits for an answer.
    if (commandId !== "") this.#options.host.emit({ type: "result", commandId, result });
  }

  /** Tells the last word; then the text is forgotten. */
  async #end(key: string, item: Item, result: CommandResult): Promise<void> {
    if (result.status !== "done") await this.#bury(key, item, result);
    this.#tell(item, result);
    await this.#options.host.settled();
    await this.#drop(key);
  }

  async #bury(key: string, item: Item, { status, message }: CommandResult): Promise<void> {
    const { host } = this.#options;
    host.count("texts_dead");
    const { to, body, class: name } = item;
    const atMs = host.clock.now();
    const dead: Dead = { to, body, class: name, atMs, status, reason: message ?? status };
    await this.#dead.add(key.slice(prefix.length), dead);
  }

  async #drop(key: string): Promise<void> {
    const { host } = this.#options;
    if (this.#items.delete(key) && !this.#isStopped) host.count("outbox_let_go");
    await host.store.write([{ key, value: undefined }]);
  }

  /** What is still under way when everything was let go counts no more. */
  #hold(key: string, item: Item): void {
    this.#items.set(key, item);
    if (!this.#isStopped) this.#options.host.count("outbox_held");
  }

  #write(key: string, item: Item): Promise<void> {
    return this.#options.host.store.write([changeOf(key, item)]);
  }
}

/** Whether it takes several messages of the network. */
function isLong({ body }: Item): boolean {
  return segment(body).length > 1;
}

function failed(message: string): CommandResult {
  return { status: "failed", code: "device_error", stage: "failed", message };
}
