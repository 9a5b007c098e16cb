import { Duplex } from "node:stream";
import type { Clock, Timer } from "../../clock.ts";
import { limits } from "../../limits.ts";
import { WriteBuffer } from "./write-buffer.ts";
import { FrameScanner, type Misframing } from "./frame-scanner.ts";

/** How a connection came to be refused, or was given up. */
export type Refusal = Misframing | "stalled";

export interface GuardOptions {
  readonly clock: Clock;
  /** CONNECT is complete. */
  readonly greeted: () => void;
  readonly refused: (refusal: Refusal) => void;
}

function partOf(bytes: Buffer): Buffer {
  return bytes.length <= limits.mqttReadBytes ? bytes : bytes.subarray(0, limits.mqttReadBytes);
}

/** CONNACK of MQTT 5: unsupported protocol version (MQTT 5.0, 3.2.2.2). */
const unsupportedVersion = Buffer.from([0x20, 0x03, 0x00, 0x84, 0x00]);

/**
 * Stands between a connection and the broker. Inwards it lets whole, well-framed packets of a bounded
 * size through, and nothing behind CONNECT until that is accepted. Outwards it gathers what is
 * written in one turn of the event loop: a system call for each packet costs more than the rest of
 * the broker.
 */
export class Guard extends Duplex {
  readonly #stream: Duplex;
  readonly #options: GuardOptions;
  readonly #scanner = new FrameScanner();
  /** What came behind CONNECT before that was accepted. */
  #early: Buffer | undefined;
  #isOpen = false;
  readonly #written = new WriteBuffer();
  #isFlushing = false;
  #needsDrain = false;
  /** Bytes that the connection was ever given. */
  #given = 0;
  /** Who waits for room. */
  #waiting: (() => void)[] = [];
  #stalled: Timer | undefined;

  constructor(stream: Duplex, options: GuardOptions) {
    super({ readableHighWaterMark: limits.mqttReadBytes });
    this.#stream = stream;
    this.#options = options;
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("end", () => this.push(null));
    stream.on("drain", () => this.#drained());
    stream.on("error", (error: Error) => this.destroy(error));
    stream.on("close", () => this.destroy());
  }

  /** The broker has accepted the client: what follows may come. */
  open(): void {
    this.#isOpen = true;
    const early = this.#early;
    this.#early = undefined;
    if (early) this.#take(early);
    if (!this.destroyed) this.#stream.resume();
  }

  /** Bytes that were written and that the client has not taken. */
  get unreadBytes(): number {
    return this.#written.size + this.#stream.writableLength;
  }

  /** Resolves when the client has taken so much that it may be sent more, or is gone. */
  async room(): Promise<void> {
    while (!this.destroyed && this.unreadBytes > limits.mqttUnwrittenBytes) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  override _read(): void {
    if (this.#isOpen || !this.#scanner.isConnectOver) this.#stream.resume();
  }

  /** In one piece with all that is written in this turn. False when the client should be waited for. */
  override write(chunk: Buffer | string): boolean {
    this.#written.add(chunk);
    if (!this.#isFlushing) {
      this.#isFlushing = true;
      setImmediate(() => this.#flush());
    }
    this.#needsDrain = this.unreadBytes >= limits.mqttHighWaterBytes;
    return !this.#needsDrain;
  }

  /** Everything is corked. */
  override cork(): void {}
  override uncork(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#flush();
    this.#stalled?.cancel();
    this.#callWaiting();
    if (error) this.#stream.destroy();
    else this.#sayGoodbye();
    done(error);
  }

  #take(chunk: Buffer): void {
    const count = this.#scanner.scan(chunk);
    const { misframing, isConnectOver } = this.#scanner;
    if (misframing) return this.#refuse(misframing);
    const whole = count === chunk.length ? chunk : chunk.subarray(0, count);
    if (this.#isOpen) {
      if (!this.push(whole)) this.#stream.pause();
      return;
    }
    if (isConnectOver) this.#wait(chunk.subarray(count));
    this.push(whole);
  }

  /** Until the broker has answered CONNECT. */
  #wait(early: Buffer): void {
    this.#stream.pause();
    // A copy, so that the rest of what was read is not kept.
    if (early.length > 0) this.#early = Buffer.from(early);
    this.#options.greeted();
  }

  #refuse(misframing: Misframing): void {
    this.#options.refused(misframing);
    if (misframing === "mqtt_5") this.write(unsupportedVersion);
    this.#stream.removeAllListeners("data");
    this.#stream.pause();
    this.destroy();
  }

  #flush(): void {
    this.#isFlushing = false;
    const pieces = this.#written.take();
    // Whoever has been told goodbye gets no more.
    if (pieces.length === 0 || !this.#stream.writable) return;
    let hasRoom = true;
    for (const piece of pieces) {
      this.#given += piece.length;
      // In parts, so that progress shows when somebody reads slowly.
      for (let rest = piece; rest.length > 0; rest = rest.subarray(limits.mqttReadBytes)) {
        hasRoom = this.#stream.write(partOf(rest));
      }
    }
    if (hasRoom) this.#drained();
    else this.#watch();
  }

  #drained(): void {
    this.#stalled?.cancel();
    this.#stalled = undefined;
    this.#callWaiting();
    if (!this.#needsDrain) return;
    this.#needsDrain = false;
    this.emit("drain");
  }

  #callWaiting(): void {
    for (const call of this.#waiting.splice(0)) call();
  }

  /** A client that takes nothing more does not keep its memory for ever. */
  #watch(): void {
    if (this.#stalled) return;
    const taken = this.#given - this.#stream.writableLength;
    this.#stalled = this.#options.clock.after(limits.mqttStalledMs, () => {
      this.#stalled = undefined;
      if (this.#given - this.#stream.writableLength > taken) return this.#watch();
      this.#options.refused("stalled");
      this.destroy(new Error("The client does not read"));
    });
  }

  /** Lets what was written arrive, for a moment. */
  #sayGoodbye(): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    const late = this.#options.clock.after(limits.mqttGoodbyeMs, () => stream.destroy());
    stream.once("close", () => late.cancel());
    stream.end(() => stream.destroy());
  }
}
