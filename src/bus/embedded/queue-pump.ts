import { limits } from "../../limits.ts";
import type { Entry } from "./session-queue.ts";

/** Hands a message to the connection; `written` is called when that has room for more. */
export type Send = (entry: Entry, written: () => void) => void;

/** How many consumed entries stay in front before they are cut off. */
const slack = 1_000;

/**
 * Hands the entries of a queue to a connection, in order: so many unacknowledged ones at once as
 * the window allows, and so many bytes as the connection takes.
 */
export class QueuePump {
  readonly #entries: Entry[];
  readonly #send: Send;
  #next = 0;
  /** Sent and not acknowledged. */
  #open = 0;
  /** Handed over, but not yet taken by the connection. */
  #unwritten = 0;
  #unwrittenBytes = 0;
  #isEnded = false;
  #isGoing = false;

  constructor(entries: Entry[], send: Send) {
    this.#entries = entries;
    this.#send = send;
    this.#open = entries.filter(({ isSent }) => isSent).length;
  }

  start(): void {
    this.#go();
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#go();
  }

  /** One that was sent is acknowledged or given up. */
  settled(): void {
    this.#open -= 1;
    this.#go();
  }

  end(): void {
    this.#isEnded = true;
  }

  #go(): void {
    // Handing over may call back at once.
    if (this.#isGoing) return;
    this.#isGoing = true;
    for (let entry = this.#takeNext(); entry; entry = this.#takeNext()) this.#handOver(entry);
    this.#isGoing = false;
  }

  #handOver(entry: Entry): void {
    const { bytes } = entry;
    entry.isSent = true;
    this.#open += 1;
    this.#unwritten += 1;
    this.#unwrittenBytes += bytes;
    this.#send(entry, () => {
      this.#unwritten -= 1;
      this.#unwrittenBytes -= bytes;
      this.#go();
    });
  }

  #takeNext(): Entry | undefined {
    while (this.#mayGoOn()) {
      const entry = this.#entries[this.#next];
      if (!entry) return undefined;
      if (!entry.isGone && !entry.isSent && !this.#fits(entry)) return undefined;
      this.#advance();
      if (!entry.isGone && !entry.isSent) return entry;
    }
    return undefined;
  }

  #mayGoOn(): boolean {
    if (this.#isEnded || this.#open >= limits.mqttInflightOutbound) return false;
    return this.#unwrittenBytes < limits.mqttUnwrittenBytes;
  }

  /** A QoS 2 message waits for the disk: nothing may pass it, nor it what is before it. */
  #fits({ message }: Entry): boolean {
    return this.#unwritten === 0 || (message.qos !== 2 && !this.#isWaitingForDisk);
  }

  get #isWaitingForDisk(): boolean {
    return this.#entries[this.#next - 1]?.message.qos === 2;
  }

  #advance(): void {
    this.#next += 1;
    if (this.#next < slack) return;
    // Keeps the last one, which tells whether the disk is waited for.
    this.#entries.splice(0, this.#next - 1);
    this.#next = 1;
  }
}
