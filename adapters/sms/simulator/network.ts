import type { Clock } from "koine/adapter";
import { textOf, type Body } from "../pdu/body.ts";
import type { Submit } from "../pdu/message.ts";
import { segment } from "../pdu/segments.ts";
import { NetworkCall, type Listener, type Ringing, type Rung } from "./network-call.ts";
import { deliverPdu, reportPdu } from "./network-pdu.ts";

/** A text that has reached a simulated phone. */
export interface Arrived {
  readonly to: string;
  readonly text: string;
  /** How many messages it took. */
  readonly parts: number;
}

/** What becomes of a message that a modem sends. */
export type Verdict =
  | "accepted"
  /** The network has it, but the modem never says so. */
  | "accepted_in_silence"
  /** Nobody says anything, and nobody has it. */
  | "lost"
  /** Refused with this `+CMS ERROR`. */
  | number;

/** What a modem is to the network. */
export interface Subscriber {
  /** Takes a message, if it has room. */
  take(pdu: string): boolean;
  /** Takes a status report, if it has room. */
  report(pdu: string): boolean;
  ring(from: string): void;
  /** Whoever called has given up. */
  missed(): void;
}

const reportAfterMs = 200;
/** How often a phone rings, and says so. */
const ringEveryMs = 5_000;
const delivered = 0;

/** A mobile network with phones in it: it keeps what a modem has no room for. */
export class Network {
  /** Decides about each message that is sent. */
  judge: (submit: Submit) => Verdict = () => "accepted";
  /** What becomes of delivered ones: the status of the report, or no report. */
  statusOf: (submit: Submit) => number | undefined = () => delivered;
  /** Whether phones ring, are busy or are answered. */
  onRing: (to: string) => Ringing = () => "rings";
  /** Calls to phones, in order. */
  readonly calls: Rung[] = [];
  /** Everything that phones got, in order. */
  readonly arrived: Arrived[] = [];
  readonly #clock: Clock;
  readonly #listeners = new Set<(text: Arrived) => void>();
  readonly #parts = new Map<string, Map<number, Body>>();
  #subscriber: Subscriber | undefined;
  readonly #waiting: { readonly pdu: string; readonly isReport: boolean }[] = [];
  #reference = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Messages that wait for room in the modem. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Tells of each text as it reaches a phone, until the function is called that this returns. */
  onArrival(listener: (text: Arrived) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A modem has registered, or has gone. */
  serve(subscriber: Subscriber | undefined): void {
    this.#subscriber = subscriber;
    this.offer();
  }

  /** Somebody texts the modem. Parts come in the order that `shuffle` gives them. */
  text(
    from: string,
    text: string,
    {
      bits = 8,
      shuffle = (parts) => parts,
    }: {
      readonly bits?: 8 | 16;
      readonly shuffle?: (parts: readonly string[]) => readonly string[];
    } = {},
  ): void {
    this.#reference = (this.#reference + 1) % 256;
    const sentAt = { ms: Math.floor(this.#clock.now() / 1_000) * 1_000, zoneMinutes: 0 };
    const isName = !/^\+?\d+$/.test(from);
    const pdus = segment(text, this.#reference, bits).map((body) =>
      deliverPdu({ text: from, isName }, sentAt, body),
    );
    this.#waiting.push(...shuffle(pdus).map((pdu) => ({ pdu, isReport: false })));
    this.offer();
  }

  /** Offers what waits, until the modem is full. */
  offer(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const { pdu, isReport } = next;
      const subscriber = this.#subscriber;
      if ((isReport ? subscriber?.report(pdu) : subscriber?.take(pdu)) !== true) return;
      this.#waiting.shift();
    }
  }

  /** Somebody calls the modem, and lets it ring so often; resolves when they have given up. */
  async call(from: string, rings = 1): Promise<void> {
    for (let turn = 0; turn < rings; turn++) {
      this.#subscriber?.ring(from);
      await this.#clock.sleep(ringEveryMs);
    }
    this.#subscriber?.missed();
  }

  /** A modem calls a phone. */
  dial(to: string, listener: Listener): NetworkCall {
    const call = new NetworkCall(this.#clock, to, this.onRing(to), listener);
    this.calls.push(call.rung);
    return call;
  }

  /** A modem sends a message, which it has numbered. */
  submit(submit: Submit, reference: number): Verdict {
    const verdict = this.judge(submit);
    if (verdict !== "accepted" && verdict !== "accepted_in_silence") return verdict;
    this.#arrive(submit);
    const status = submit.wantsReport ? this.statusOf(submit) : undefined;
    if (status !== undefined) this.#report(submit, reference, status);
    return verdict;
  }

  #report({ address }: Submit, reference: number, status: number): void {
    const now = Math.floor(this.#clock.now() / 1_000) * 1_000;
    const at = { ms: now, zoneMinutes: 0 };
    const pdu = reportPdu(reference, address, { sent: at, done: at }, status);
    this.#clock.after(reportAfterMs, () => {
      this.#waiting.push({ pdu, isReport: true });
      this.offer();
    });
  }

  #arrive({ address: { text: to }, body }: Submit): void {
    const { concat } = body.header;
    if (!concat) return this.#show(to, [body]);
    const key = `${to}/${concat.bits}/${concat.ref}/${concat.total}`;
    const parts = this.#parts.get(key) ?? new Map<number, Body>();
    this.#parts.set(key, parts.set(concat.seq, body));
    if (parts.size < concat.total) return;
    this.#parts.delete(key);
    this.#show(
      to,
      [...parts].toSorted(([a], [b]) => a - b).map(([, part]) => part),
    );
  }

  #show(to: string, parts: readonly Body[]): void {
    const arrived = { to, text: textOf(parts) ?? "", parts: parts.length };
    this.arrived.push(arrived);
    for (const listener of this.#listeners) listener(arrived);
  }
}
