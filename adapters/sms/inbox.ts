import { createHash } from "node:crypto";
import { z, type AdapterHost, type Change } from "koine/adapter";
import { limits } from "./limits.ts";
import { isNumber } from "./number.ts";
import { textOf, type Body } from "./pdu/body.ts";
import { decodePdu, type Deliver } from "./pdu/message.ts";
import type { Arrival } from "./providers/dialect.ts";

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

/** A part of a long text: a message of the network, or what a provider made of it. */
const partSchema = z.object({
  pdu: z.string().optional(),
  from: z.string().optional(),
  body: z.string().optional(),
  sentAtMs: z.number().optional(),
  atMs: z.number(),
});
type Part = z.infer<typeof partSchema>;

/** What tells the parts of a long text from those of another one. */
interface Place {
  /** Names the long text. */
  readonly name: string;
  readonly total: number;
  readonly seq: number;
}

/**
 * Tells a text; it may come again after a crash, with the same id, as long as the note is not on the
 * disk. Returns whether the note goes there together with what was told.
 */
export type Tell = (text: Text & { readonly id: string }, note: Note) => boolean;
type Note = { readonly key: string; readonly value: string };

/** The parts of a long text that have come so far. */
interface Gathering {
  readonly total: number;
  readonly parts: Map<number, Part>;
}

const prefixes = { seen: "in/seen/", part: "in/part/", text: "in/text/", odd: "in/odd/" } as const;

/**
 * Texts that come, put together from their parts. Everything is on the disk before its modem may
 * forget it, and is told once: what comes twice is known by who sent it, when, and what it says.
 */
export class Inbox {
  readonly #host: AdapterHost;
  readonly #tell: Tell;
  /** When each was seen, in ms since 1970, oldest first. */
  readonly #seen = new Map<string, number>();
  readonly #gatherings = new Map<string, Gathering>();
  /** One after the other, over whatever modem they come. */
  #turn: Promise<unknown> = Promise.resolve();
  #sequence = 0;
  /** Texts that are on the disk and were not told yet. */
  readonly #untold: (readonly [key: string, kept: Kept])[] = [];

  constructor(host: AdapterHost, tell: Tell) {
    this.#host = host;
    this.#tell = tell;
  }

  /** Takes up what an earlier run left: parts, and texts that nobody was told of. */
  async load(): Promise<void> {
    const { store } = this.#host;
    const seen = await store.entries(prefixes.seen);
    for (const [key, at] of seen.toSorted(([, a], [, b]) => Number(a) - Number(b))) {
      this.#seen.set(key.slice(prefixes.seen.length), Number(at));
    }
    for (const [key, json] of await store.entries(prefixes.part)) {
      const { data } = partSchema.safeParse(JSON.parse(json));
      const place = data && placeAt(key.slice(prefixes.part.length));
      if (place) this.#gather(place, data);
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

  /** Takes a message of the network. Resolves when it is on the disk. */
  take(message: Deliver, pdu: string): Promise<void> {
    const { concat } = message.body.header;
    const place = concat && {
      name: digestOf(`${message.address.text}/${concat.bits}/${concat.ref}/${concat.total}`),
      total: concat.total,
      seq: concat.seq,
    };
    return this.#inTurn(() => this.#take(contentOf(message), { pdu }, place));
  }

  /** Takes what a provider has. Resolves when it is on the disk. */
  takeArrival(provider: string, { id, from, body, sentAtMs, part }: Arrival): Promise<void> {
    const place = part && {
      name: digestOf(`${provider}/${from}/${part.reference}/${part.total}`),
      total: part.total,
      seq: part.number,
    };
    const said = { from, body, sentAtMs };
    return this.#inTurn(() => this.#take(digestOf(`${provider}/${id}`), said, place));
  }

  /**
   * Has something done once, however often it is said, and over a crash: `act` is given what makes it
   * known, to be written with what it does. Resolves to whether it was done.
   */
  once(words: string, act: (known: readonly Change[]) => Promise<void>): Promise<boolean> {
    return this.#inTurn(async () => {
      const digest = digestOf(words);
      if (this.#seen.has(digest)) return false;
      const known = this.#remember(digest, this.#host.clock.now());
      try {
        await act(known);
      } catch (error) {
        // It is not on the disk: the next time it is no repetition.
        this.#seen.delete(digest);
        throw error;
      }
      return true;
    });
  }

  /** Knows what a provider has from now on, and tells nobody. Resolves when that is on the disk. */
  async passArrival(provider: string, { id }: Arrival): Promise<void> {
    const { store } = this.#host;
    const isNew = await this.once(`${provider}/${id}`, async (known) => store.write(known));
    if (isNew) this.#host.count("texts_before_start");
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

  /**
   * Tells long texts that never became whole, and forgets what is too old to come again.
   * @param sinceMs since when the rest of them could have come, in ms since 1970
   */
  sweep(sinceMs: number): Promise<void> {
    return this.#inTurn(async () => {
      const { clock, store } = this.#host;
      const now = clock.now();
      for (const [name, { parts }] of this.#gatherings) {
        const newest = Math.max(...[...parts.values()].map(({ atMs }) => atMs));
        const waitedMs = Math.min(now - newest, now - sinceMs);
        if (waitedMs < limits.partsMs && now - newest < limits.partsAwayMs) continue;
        this.#host.count("texts_incomplete");
        await this.#complete(name);
      }
      await this.#tellKept();
      // Measured by the newest: while nothing was asked for, nothing was forgotten either.
      const newest = Math.max(0, ...this.#seen.values());
      const old = [...this.#seen].filter(([, at]) => newest - at > limits.seenMs);
      for (const [digest] of old) this.#seen.delete(digest);
      if (old.length > 0) {
        await store.write(
          old.map(([digest]) => ({ key: prefixes.seen + digest, value: undefined })),
        );
      }
    });
  }

  async #take(digest: string, said: Omit<Part, "atMs">, place: Place | undefined): Promise<void> {
    const host = this.#host;
    if (this.#seen.has(digest)) return host.count("texts_repeated");
    const now = host.clock.now();
    const seen = this.#remember(digest, now);
    try {
      await this.#file({ ...said, atMs: now }, place, seen);
    } catch (error) {
      // It is not on the disk: the next time it is no repetition.
      this.#seen.delete(digest);
      throw error;
    }
    await this.#tellKept();
  }

  /** Puts a message on the disk, as a text or as a part of one. */
  async #file(part: Part, place: Place | undefined, seen: readonly Change[]): Promise<void> {
    if (!place) return this.#keep(textFrom([part], part.atMs, true), seen);
    this.#gather(place, part);
    await this.#host.store.write([...seen, { key: keyOf(place), value: JSON.stringify(part) }]);
    const gathering = this.#gatherings.get(place.name);
    if (gathering && gathering.parts.size === gathering.total) await this.#complete(place.name);
    const [oldest] = this.#gatherings.keys();
    const parts = [...this.#gatherings.values()].reduce((sum, one) => sum + one.parts.size, 0);
    const isFull = this.#gatherings.size > limits.gatherings || parts > limits.partsKept;
    if (!isFull || oldest === undefined) return;
    this.#host.count("texts_incomplete");
    await this.#complete(oldest);
  }

  #gather({ name, total, seq }: Place, part: Part): void {
    const gathering = this.#gatherings.get(name) ?? { total, parts: new Map() };
    gathering.parts.set(seq, part);
    this.#gatherings.set(name, gathering);
  }

  /** Makes a text of the parts that have come. */
  async #complete(name: string): Promise<void> {
    const gathering = this.#gatherings.get(name);
    if (!gathering) return;
    const { total } = gathering;
    const ordered = [...gathering.parts].toSorted(([a], [b]) => a - b);
    const parts = ordered.map(([, part]) => part);
    const gone = ordered.map(([seq]) => ({ key: keyOf({ name, total, seq }), value: undefined }));
    const isWhole = gathering.parts.size === gathering.total;
    await this.#keep(textFrom(parts, this.#host.clock.now(), isWhole), gone);
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
    const last = this.#untold.at(-1);
    for (let first = this.#untold[0]; first; first = this.#untold[0]) {
      await this.#announce(...first);
      // What could not be told stays first, for the next time.
      this.#untold.shift();
      if (first === last) return;
    }
  }

  /** Tells a text, and keeps that it was told; with a crash in between, both or neither. */
  async #announce(key: string, kept: Kept): Promise<void> {
    const note = { key, value: JSON.stringify({ ...kept, isTold: true }) };
    const id = key.slice(prefixes.text.length);
    const isNoted = this.#tell({ ...kept, id, sentAtMs: kept.sentAtMs }, note);
    const { store } = this.#host;
    if (!isNoted) return store.write([note]);
    await this.#host.settled();
    // Nobody may have known the person just then.
    if ((await store.get(key)) === note.value) return;
    if (this.#untold.length <= limits.textsKept) this.#untold.push([key, kept]);
    else this.#host.count("texts_untold");
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

/** A text of its parts, all of them messages or all of them from a provider. */
function textFrom(parts: readonly Part[], now: number, isWhole: boolean): Text {
  const messages = parts.flatMap(({ pdu }) => {
    const message = pdu === undefined ? undefined : decodePdu(pdu, { direction: "in" });
    return message?.type === "deliver" ? [message] : [];
  });
  const [first] = messages;
  const [said] = parts;
  const from = first?.address.text ?? said?.from ?? "";
  const bodies: readonly Body[] = messages.map(({ body }) => body);
  return {
    from,
    isName: first?.address.isName ?? !isNumber(from),
    body: (first ? textOf(bodies) : parts.map(({ body = "" }) => body).join("")) ?? "",
    sentAtMs: first ? first.sentAt?.ms : said?.sentAtMs,
    receivedAtMs: now,
    isWhole,
  };
}

/** Where a part is kept. */
function keyOf({ name, total, seq }: Place): string {
  return `${prefixes.part}${name}/${total}/${seq}`;
}

function placeAt(path: string): Place | undefined {
  const [name = "", total, seq] = path.split("/");
  return total === undefined || seq === undefined
    ? undefined
    : { name, total: Number(total), seq: Number(seq) };
}

/** Who sent it, when, and what it says; not what networks and modems add on its way. */
function contentOf({ address, sentAt, body }: Deliver): string {
  const { alphabet, header, units } = body;
  const bytes = Buffer.from(units).toString("base64");
  return digestOf(JSON.stringify([address.text, sentAt?.ms, alphabet, header.concat, bytes]));
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
