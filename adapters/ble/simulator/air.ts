import type { Clock, Timer } from "koine/adapter";
import { Peripheral, type Frame, type PeripheralOptions } from "./peripheral.ts";

/** What hears everything that is advertised: a controller. */
export interface Listener {
  heard(frame: Frame): void;
}

export interface AirOptions {
  readonly clock: Clock;
  readonly random: () => number;
}

/** A random delay after each interval (advDelay: Core, Vol 6, Part B, 4.4.2.2.1). */
const delayMs = 10;
/** The two most significant bits of a random static address (Vol 6, Part B, 1.3.2.1). */
const staticBits = 0xc0;

/** The air: who is in range, and who hears it. */
export class Air {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #peripherals = new Map<Peripheral, Timer | undefined>();
  readonly #listeners = new Set<Listener>();
  readonly #timers = new Set<Timer>();

  constructor({ clock, random }: AirOptions) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Puts a peripheral there, which advertises from now on. */
  add(options: PeripheralOptions | Peripheral): Peripheral {
    const peripheral = options instanceof Peripheral ? options : new Peripheral(options);
    this.#schedule(peripheral, this.#random() * (peripheral.intervalMs ?? 0));
    return peripheral;
  }

  /** Takes it away for good. */
  remove(peripheral: Peripheral): void {
    this.#peripherals.get(peripheral)?.cancel();
    this.#peripherals.delete(peripheral);
    peripheral.isPresent = false;
  }

  get peripherals(): readonly Peripheral[] {
    return [...this.#peripherals.keys()];
  }

  /** @returns ends it */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One advertising event of a peripheral, now. */
  advertise(peripheral: Peripheral): void {
    const frame = peripheral.frame(this.#random);
    if (frame) this.transmit(frame);
  }

  /** A frame of anybody. */
  transmit(frame: Frame): void {
    for (const listener of this.#listeners) listener.heard(frame);
  }

  /**
   * Senders with random addresses, each of which is heard once, as in a street of phones.
   * @returns ends it
   */
  flood(perSecond: number, data: Buffer): () => void {
    const timer = this.#clock.every(1_000 / perSecond, () => this.transmit(this.#passer(data)));
    this.#timers.add(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  /** Calls back once after a while, unless the air is closed before: what devices live by. */
  after(ms: number, run: () => void): void {
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  /** Advertises now and some times more. */
  burst(peripheral: Peripheral, times: number, apartMs: number): void {
    this.advertise(peripheral);
    if (times > 1) this.after(apartMs, () => this.burst(peripheral, times - 1, apartMs));
  }

  /** Ends all life: nobody advertises, and nothing happens by itself. */
  close(): void {
    for (const timer of [...this.#peripherals.values(), ...this.#timers]) timer?.cancel();
    this.#timers.clear();
    this.#peripherals.clear();
  }

  #passer(data: Buffer): Frame {
    const address = Buffer.alloc(6).map(() => Math.floor(this.#random() * 256));
    address[0] = (address[0] ?? 0) | staticBits;
    return {
      address: Buffer.from(address).toString("hex"),
      addressType: "random",
      isConnectable: false,
      isExtended: false,
      data,
      scanResponse: undefined,
      rssiDbm: -95 + Math.floor(this.#random() * 40),
      peripheral: undefined,
    };
  }

  #schedule(peripheral: Peripheral, afterMs: number): void {
    this.#peripherals.set(peripheral, undefined);
    if (peripheral.intervalMs === undefined) return;
    const timer = this.#clock.after(afterMs, () => {
      this.advertise(peripheral);
      const next = (peripheral.intervalMs ?? 0) + this.#random() * delayMs;
      if (this.#peripherals.has(peripheral)) this.#schedule(peripheral, next);
    });
    this.#peripherals.set(peripheral, timer);
  }
}
