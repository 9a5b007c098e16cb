import { createHash } from "node:crypto";
import { z, type AdapterHost } from "koine/adapter";
import { limits } from "./limits.ts";
import { textOf, type Body } from "./pdu/body.ts";
import { decodePdu, type Deliver } from "./pdu/message.ts";

/** A text that has come. */
export interface Text {
  readonly from: string;
  /** A name instead of a number: it can be anybody's. */
  readonly isName: boolean;
  /** Empty for what is no text but data. */
  readonly body: string;
  /** When the network took it, in ms since 1970; undefined when it does not say. */
  readonly sentAtMs: number | undefined;
  readonly receivedAtMs: number;
  /** False when parts of it never came. */
  readonly isWhole: boolean;
}

const textSchema = z.object({
  from: z.string(),
  isName: z.boolean(),
  body: z.string(),
  sentAtMs: z.number().optional(),
  receivedAtMs: z.number(),
  isWhole: z.boolean(),
  isTold: z.boolean(),
});
type Kept = z.infer<typeof textSchema>;

const partSchema = z.object({ pdu: z.string(), atMs: z.number() });

interface Change {
  readonly key: string;
  readonly value: string | undefined;
}

/** The parts of a long text that have come so far. */
interface Gathering {
  readonly total: number;
  readonly parts: Map<number, { readonly pdu: string; readonly atMs: number }>;
}

const prefixes = { seen: "in/seen/", part: "in/part/", text: "in/text/", odd: "in/odd/" } as const;

/**
 * Texts that come, put together from their parts. Everything is on the disk before its modem may
 * forget it, and is told once: what comes twice is known by who sent it, when, and what it says.
 */
export class Inbox {
  readonly #host: AdapterHost;
  readonly #tell: (text: Text) => void;
  /** When each was seen, in ms since 1970, oldest first. */
  readonly #seen = new Map<string, number>();
  readonly #gatherings = new Map<string, Gathering>();
  /** One after the other, over whatever modem they come. */
  #turn: Promise<unknown> = Promise.resolve();
  #sequence = 0;
  /** Texts that are on the disk and were not told yet. */
  readonly #untold: (readonly [key: string, kept: Kept])[] = [];

  constructor(host: AdapterHost, tell: (text: Text) => void) {
    this.#host = host;
    this.#tell = tell;
  }

  /** Takes up what an earlier run left: parts, and texts that nobody was told of. */
  async load(): Promise<void> {
    const { store } = this.#host;
    for (const [key, at] of await store.entries(prefixes.seen)) {
      this.#seen.set(key.slice(prefixes.seen.length), Number(at));
    }
    for (const [key, json] of await store.entries(prefixes.part)) {
      const { data } = partSchema.safeParse(JSON.parse(json));
      const message = data && decodePdu(data.pdu, { direction: "in" });
      if (data && message?.type === "deliver") this.#gather(message, data);
      else await store.write([{ key, value: undefined }]);
    }
    for (const [key, json] of await store.entries(prefixes.text)) {
      this.#sequence = Math.max(this.#sequence, Number(key.slice(prefixes.text.length)) + 1);
      const { data } = textSchema.safeParse(JSON.parse(json));
      if (data && !data.isTold) await this.#announce(key, data);
    }
    for (const [name, { parts, total }] of this.#gatherings) {
      if (parts.size === total) await this.#complete(name);
    }
    await this.#tellKept();
  }

  /** The newest texts, newest first. */
  async newest(count: number): Promise<readonly Text[]> {
    const entries = await this.#host.store.entries(prefixes.text);
    return entries
      .slice(-count)
      .toReversed()
      .flatMap(([, json]) => {
        const { data } = textSchema.safeParse(JSON.parse(json));
        return data ? [{ ...data, sentAtMs: data.sentAtMs }] : [];
      });
  }

  /** Resolves when it is on the disk. */
  take(message: Deliver, pdu: string): Promise<void> {
    return this.#inTurn(() => this.#take(message, pdu));
  }

  /** Keeps what cannot be read, for a person to look at. */
  async keepOdd(pdu: string, reason: string): Promise<void> {
    const { store, clock } = this.#host;
    const key = prefixes.odd + digestOf(pdu);
    const value = JSON.stringify({ pdu: pdu.slice(0, 512), reason, atMs: clock.now() });
    const kept = await store.entries(prefixes.odd);
    const oldest = kept.slice(0, Math.max(0, kept.length + 1 - limits.oddKept));
    await store.write([...oldest.map(([old]) => ({ key: old, value: undefined })), { key, value }]);
  }

  /** Tells long texts that never became whole, and forgets what is too old to come again. */
  sweep(): Promise<void> {
    return this.#inTurn(async () => {
      const { clock, store } = this.#host;
      const now = clock.now();
      for (const [name, { parts }] of this.#gatherings) {
        const newest = Math.max(...[...parts.values()].map(({ atMs }) => atMs));
        if (now - newest < limits.partsMs) continue;
        this.#host.count("texts_incomplete");
        await this.#complete(name);
        await this.#tellKept();
      }
      const old = [...this.#seen].filter(([, at]) => now - at > limits.seenMs);
      for (const [digest] of old) this.#seen.delete(digest);
      if (old.length > 0) {
        await store.write(
          old.map(([digest]) => ({ key: prefixes.seen + digest, value: undefined })),
        );
      }
    });
  }

  async #take(message: Deliver, pdu: string): Promise<void> {
    const host = this.#host;
    const digest = digestOf(pdu);
    if (this.#seen.has(digest)) return host.count("texts_repeated");
    const now = host.clock.now();
    const seen = this.#remember(digest, now);
    try {
      await this.#file(message, { pdu, atMs: now }, seen);
    } catch (error) {
      // It is not on the disk: the next time it is no repetition.
      this.#seen.delete(digest);
      throw error;
    }
    await this.#tellKept();
  }

  /** Puts a message on the disk, as a text or as a part of one. */
  async #file(
    message: Deliver,
    part: { readonly pdu: string; readonly atMs: number },
    seen: readonly Change[],
  ): Promise<void> {
    const { concat } = message.body.header;
    if (!concat) return this.#keep(textFrom([message], part.atMs, true), seen);
    const name = this.#gather(message, part);
    const value = JSON.stringify(part);
    const key = `${prefixes.part}${name}/${concat.seq}`;
    await this.#host.store.write([...seen, { key, value }]);
    const gathering = this.#gatherings.get(name);
    if (gathering && gathering.parts.size === gathering.total) await this.#complete(name);
    const [oldest] = this.#gatherings.keys();
    if (this.#gatherings.size <= limits.gatherings || oldest === undefined) return;
    this.#host.count("texts_incomplete");
    await this.#complete(oldest);
  }

  /** @returns what names the long text that this is a part of */
  #gather(message: Deliver, part: { readonly pdu: string; readonly atMs: number }): string {
    const { ref = 0, bits = 8, total = 1, seq = 1 } = message.body.header.concat ?? {};
    const name = digestOf(`${message.address.text}/${bits}/${ref}/${total}`);
    const gathering = this.#gatherings.get(name) ?? { total, parts: new Map() };
    gathering.parts.set(seq, part);
    this.#gatherings.set(name, gathering);
    return name;
  }

  /** Makes a text of the parts that have come. */
  async #complete(name: string): Promise<void> {
    const gathering = this.#gatherings.get(name);
    if (!gathering) return;
    const ordered = [...gathering.parts].toSorted(([a], [b]) => a - b);
    const messages = ordered.flatMap(([, { pdu }]) => {
      const message = decodePdu(pdu, { direction: "in" });
      return message.type === "deliver" ? [message] : [];
    });
    const gone = ordered.map(([seq]) => ({
      key: `${prefixes.part}${name}/${seq}`,
      value: undefined,
    }));
    const isWhole = gathering.parts.size === gathering.total;
    await this.#keep(textFrom(messages, this.#host.clock.now(), isWhole), gone);
    this.#gatherings.delete(name);
  }

  async #keep(text: Text, changes: readonly Change[]): Promise<void> {
    const { store } = this.#host;
    const key = prefixes.text + String(this.#sequence).padStart(12, "0");
    const old = this.#sequence - limits.textsKept;
    this.#sequence += 1;
    const kept = { ...text, isTold: false };
    await store.write([
      ...changes,
      { key, value: JSON.stringify(kept) },
      ...(old < 0
        ? []
        : [{ key: prefixes.text + String(old).padStart(12, "0"), value: undefined }]),
    ]);
    this.#untold.push([key, kept]);
  }

  /** Tells what was kept. */
  async #tellKept(): Promise<void> {
    for (const [key, kept] of this.#untold.splice(0)) await this.#announce(key, kept);
  }

  /** Tells a text, and keeps that it was told. */
  async #announce(key: string, kept: Kept): Promise<void> {
    this.#tell({ ...kept, sentAtMs: kept.sentAtMs });
    await this.#host.settled();
    const value = JSON.stringify({ ...kept, isTold: true });
    await this.#host.store.write([{ key, value }]);
  }

  #remember(digest: string, now: number): readonly Change[] {
    this.#seen.set(digest, now);
    const changes: Change[] = [{ key: prefixes.seen + digest, value: String(now) }];
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > limits.seen && oldest !== undefined) {
      this.#seen.delete(oldest);
      changes.push({ key: prefixes.seen + oldest, value: undefined });
    }
    return changes;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function textFrom(messages: readonly Deliver[], now: number, isWhole: boolean): Text {
  const [first] = messages;
  const bodies: readonly Body[] = messages.map(({ body }) => body);
  return {
    from: first?.address.text ?? "",
    isName: first?.address.isName ?? false,
    body: textOf(bodies) ?? "",
    sentAtMs: first?.sentAt?.ms,
    receivedAtMs: now,
    isWhole,
  };
}

/** Who sent it, when, and what it says: all of it is in the PDU. */
function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
