import { z, type AdapterHost, type CommandResult } from "koine/adapter";
import { limits } from "./limits.ts";
import type { Modem } from "./modem/modem.ts";
import type { StatusReport } from "./pdu/message.ts";
import { segment } from "./pdu/segments.ts";
import { encodeSubmit } from "./pdu/submit.ts";
import { kindOfRefusal } from "./refusals.ts";

/** What a text is for decides how long it is worth sending, and before whom. */
export const classes = ["code", "alarm", "answer", "report"] as const;
export type TextClass = (typeof classes)[number];

/** Where a part of a text stands. */
const stages = ["waiting", "trying", "sent", "delivered", "unknown"] as const;

const partSchema = z.object({
  stage: z.enum(stages),
  /** What the network calls it, 0…255. */
  reference: z.number().optional(),
  /** Ms since 1970, of its stage. */
  atMs: z.number(),
});

const itemSchema = z.object({
  /** Of the command that asked for it; empty where none did. */
  id: z.string(),
  to: z.string(),
  body: z.string(),
  class: z.enum(classes),
  expiresAtMs: z.number(),
  /** Tells its parts from those of other texts. */
  reference: z.number(),
  attempts: z.number(),
  /** Ms since 1970 before which nothing is tried. */
  notBeforeMs: z.number(),
  parts: z.array(partSchema),
});
type Item = z.infer<typeof itemSchema>;
type Part = Item["parts"][number];

/** A text that was given up. */
const deadSchema = z.object({
  to: z.string(),
  body: z.string(),
  class: z.enum(classes),
  /** Ms since 1970 when it was. */
  atMs: z.number(),
  status: z.string(),
  reason: z.string(),
});
export type Dead = z.infer<typeof deadSchema>;

const prefix = "out/";
const deadPrefix = "dead/";

export interface OutboxOptions {
  readonly host: AdapterHost;
  /** The modem that can send now. */
  readonly modem: () => Modem | undefined;
  readonly wantsReports: boolean;
}

/**
 * Texts that go out, kept on the disk until nothing more becomes of them. One that the network may
 * have, although nobody said so, is not sent again before its report had time to come; a code never.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** By key, in the order they came. */
  readonly #items = new Map<string, Item>();
  #sequence = 0;
  #isSending = false;
  #isOver = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Takes up what an earlier run left; what it was about to send, the network may have. */
  async load(): Promise<void> {
    const { host } = this.#options;
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
      this.#items.set(key, data);
    }
  }

  stop(): void {
    this.#isOver = true;
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
    const { clock } = this.#options.host;
    const now = clock.now();
    const reference = this.#sequence % 256;
    const item: Item = {
      ...text,
      expiresAtMs: now + Math.min(expiresInMs, limits.lifeMs[text.class]),
      reference,
      attempts: 0,
      notBeforeMs: now,
      parts: segment(text.body, reference).map(() => ({ stage: "waiting", atMs: now })),
    };
    const key = prefix + String(this.#sequence).padStart(12, "0");
    this.#sequence += 1;
    await this.#write(key, item);
    this.#items.set(key, item);
    void this.send();
  }

  /** A modem has a network again: what was refused meanwhile is not put off any longer. */
  async ready(): Promise<void> {
    const now = this.#options.host.clock.now();
    for (const item of this.#items.values()) item.notBeforeMs = Math.min(item.notBeforeMs, now);
    await this.send();
  }

  /** What waits to be sent, or for its report. */
  list(): readonly Pick<Item, "to" | "body" | "class" | "expiresAtMs" | "attempts" | "parts">[] {
    return [...this.#items.values()];
  }

  /** Texts that were given up, by key. */
  async dead(): Promise<readonly (readonly [key: string, text: Dead])[]> {
    const entries = await this.#options.host.store.entries(deadPrefix);
    return entries.flatMap(([key, json]) => {
      const { data } = deadSchema.safeParse(JSON.parse(json));
      return data ? [[key.slice(deadPrefix.length), data] as const] : [];
    });
  }

  /** Sends a text once more that was given up; resolves to whether there is one with that key. */
  async requeue(key: string, id: string): Promise<boolean> {
    const text = (await this.dead()).find(([own]) => own === key)?.[1];
    if (!text) return false;
    await this.add({ id, to: text.to, body: text.body, class: text.class });
    await this.#options.host.store.write([{ key: deadPrefix + key, value: undefined }]);
    return true;
  }

  /** Takes a text back, unless some of it has left. */
  async cancel(id: string): Promise<void> {
    for (const [key, item] of this.#items) {
      if (item.id !== id || item.parts.some(({ stage }) => stage !== "waiting")) continue;
      await this.#drop(key);
    }
  }

  /** Sends what is due, one after the other: codes first, then alarms, answers, reports. */
  async send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#next(); next && !this.#isOver; next = this.#next()) {
        await this.#sendOne(...next);
      }
    } catch (err) {
      // The disk refuses: nothing is sent that could not be remembered.
      const { host } = this.#options;
      host.count("outbox_failed");
      host.log.warn({ err }, "texts are not sent for now");
    } finally {
      this.#isSending = false;
    }
  }

  /** What the network says of a text that it had. */
  async report({ reference, address, status, sentAt }: StatusReport): Promise<void> {
    const found = this.#partOf(reference, address.text, sentAt?.ms);
    if (!found) return this.#options.host.count("reports_of_nothing");
    const [key, item, part] = found;
    const { clock } = this.#options.host;
    if (status < 32) Object.assign(part, { stage: "delivered", atMs: clock.now() });
    else if (status < 64) return;
    else {
      await this.#end(key, item, failed(`The network gave up (${status})`, "failed"));
      return;
    }
    await this.#write(key, item);
    await this.#look(key, item);
  }

  /** Ends what is over: expired, or never heard of again. */
  async sweep(): Promise<void> {
    const now = this.#options.host.clock.now();
    for (const [key, item] of this.#items) await this.#age(key, item, now);
    await this.send();
  }

  async #age(key: string, item: Item, now: number): Promise<void> {
    const lost = item.parts.filter(
      ({ stage, atMs }) => stage === "unknown" && now - atMs >= limits.reportMs,
    );
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
      await this.#end(key, item, { status: "expired", code: "expired", stage: "queued" });
      return;
    }
    const isSilent = item.parts.every(
      ({ stage, atMs }) =>
        stage === "delivered" || (stage === "sent" && now - atMs >= limits.silentMs),
    );
    if (isSilent) await this.#end(key, item, { status: "done", confirmedBy: "ack", stage: "sent" });
  }

  /** The next text that may be tried now. */
  #next(): [string, Item, number] | undefined {
    const { host, modem } = this.#options;
    if (!modem()) return undefined;
    const now = host.clock.now();
    const due = [...this.#items]
      .filter(([, item]) => item.notBeforeMs <= now && now < item.expiresAtMs)
      .flatMap(([key, item]): [string, Item, number][] => {
        const index = item.parts.findIndex(({ stage }) => stage === "waiting");
        return index < 0 ? [] : [[key, item, index]];
      });
    return due.toSorted(([, a], [, b]) => rankOf(a) - rankOf(b))[0];
  }

  async #sendOne(key: string, item: Item, index: number): Promise<void> {
    const { host, modem, wantsReports } = this.#options;
    const part = item.parts[index];
    const body = segment(item.body, item.reference)[index];
    const sender = modem();
    if (!part || !body || !sender) return;
    const now = host.clock.now();
    const to = { text: item.to, isName: false };
    const validityS = Math.max(0, Math.floor((item.expiresAtMs - now) / 1_000));
    const message = encodeSubmit({ to, body, validityS, wantsReport: wantsReports });
    Object.assign(part, { stage: "trying", atMs: now });
    await this.#write(key, item);
    const sent = await sender.send(message);
    const at = host.clock.now();
    if (sent.outcome === "sent") {
      Object.assign(part, { stage: "sent", reference: sent.reference, atMs: at });
      host.count("messages_sent");
    } else if (sent.outcome === "unknown") {
      Object.assign(part, { stage: "unknown", atMs: at });
      host.count("messages_unknown");
    } else {
      host.count("messages_refused");
      await this.#refused(key, item, part, sent.code);
      return;
    }
    await this.#write(key, item);
    await this.#look(key, item);
  }

  async #refused(key: string, item: Item, part: Part, code: number | undefined): Promise<void> {
    const { host } = this.#options;
    const { clock } = host;
    if (kindOfRefusal(code) === "final") {
      await this.#end(key, item, failed(`The network refuses it (${code})`, "failed"));
      return;
    }
    const now = clock.now();
    const wait = limits.againMs[Math.min(item.attempts, limits.againMs.length - 1)] ?? 0;
    item.attempts += 1;
    item.notBeforeMs = now + wait * (0.75 + host.random() / 2);
    Object.assign(part, { stage: "waiting", atMs: now });
    await this.#write(key, item);
    clock.after(item.notBeforeMs - now, () => void this.send());
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

  /**
   * The part a report is about: by number and reference; or one of which nobody knew the reference,
   * and which was sent when the network says.
   */
  #partOf(
    reference: number,
    number: string,
    sentAtMs: number | undefined,
  ): [string, Item, Part] | undefined {
    const all = [...this.#items].flatMap(([key, item]) =>
      item.to === number ? item.parts.map((part): [string, Item, Part] => [key, item, part]) : [],
    );
    const known = all.findLast(
      ([, , part]) => part.stage === "sent" && part.reference === reference,
    );
    return (
      known ??
      all.find(([, , part]) => {
        const isNameless =
          part.stage === "unknown" || (part.stage === "sent" && part.reference === undefined);
        return isNameless && Math.abs((sentAtMs ?? Infinity) - part.atMs) < limits.sameTimeMs;
      })
    );
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

  /** Keeps a text that was given up, for a person to look at; the oldest make room. */
  async #bury(key: string, item: Item, { status, message }: CommandResult): Promise<void> {
    const { host } = this.#options;
    host.count("texts_dead");
    const { to, body, class: name } = item;
    const atMs = host.clock.now();
    const dead: Dead = { to, body, class: name, atMs, status, reason: message ?? status };
    const kept = await host.store.entries(deadPrefix);
    const old = kept.slice(0, Math.max(0, kept.length + 1 - limits.deadKept));
    await host.store.write([
      ...old.map(([one]) => ({ key: one, value: undefined })),
      { key: deadPrefix + key.slice(prefix.length), value: JSON.stringify(dead) },
    ]);
  }

  async #drop(key: string): Promise<void> {
    this.#items.delete(key);
    await this.#options.host.store.write([{ key, value: undefined }]);
  }

  #write(key: string, item: Item): Promise<void> {
    return this.#options.host.store.write([{ key, value: JSON.stringify(item) }]);
  }
}

function rankOf({ class: name }: Item): number {
  return classes.indexOf(name);
}

function failed(message: string, stage: string): CommandResult {
  return { status: "failed", code: "device_error", stage, message };
}
