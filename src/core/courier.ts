import type { Clock } from "../clock.ts";
import { isFinal, type Result } from "../model/result.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Bus } from "./bus.ts";

/** What is wanted of a device: values to write, or nothing but to be told how it is. */
export interface Wish {
  readonly device: string;
  /** Told apart by it, also after a restart: the same one is never carried out twice. */
  readonly id: string;
  /** Who wants it, for the log. */
  readonly by: string;
  /** Values by property key; absent to read. */
  readonly values?: Readonly<Record<string, Scalar>>;
  /** Of a reading: which properties. */
  readonly properties?: readonly string[];
  /** Seconds after which it is not worth doing any more. */
  readonly expiresS?: number;
}

function nameOf({ device, id }: Pick<Wish, "device" | "id">): string {
  return `${device}/${id}`;
}

function isOver({ status }: Result): boolean {
  return isFinal(status);
}

/** Whether a wish was done, refused, or is kept by an adapter that will tell later. */
export function isTaken({ status }: Result): boolean {
  return isFinal(status) || status === "queued";
}

/**
 * Sends wishes of Koine's own parts to devices, as clients do, and hears the results. What they say
 * never leaves the process: it may be the words of a text.
 */
export class Courier {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<(result: Result) => void>>();
  readonly #unsubscribe: () => void;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    this.#unsubscribe = bus.subscribe(["result"], ({ device, body }) => {
      for (const listener of this.#waiting.get(nameOf({ device, id: body._id })) ?? [])
        listener(body);
    });
  }

  close(): void {
    this.#unsubscribe();
  }

  /**
   * Sends a wish; resolves to the first result that is enough, or to undefined when there is none in
   * time.
   * @param isEnough by default: the last word
   */
  async send(
    wish: Wish,
    timeoutMs: number,
    isEnough: (result: Result) => boolean = isOver,
  ): Promise<Result | undefined> {
    const heard = this.hear(wish, timeoutMs, isEnough);
    const { device, id, by, values, properties, expiresS } = wish;
    const document = values
      ? { ...values, _id: id, _by: by, ...(expiresS !== undefined && { _expires: expiresS }) }
      : { _id: id, _by: by, ...(properties && { properties }) };
    const body = { text: JSON.stringify(document), retained: false };
    this.#bus.publish({ kind: values ? "set" : "get", device, body }, "local");
    return heard;
  }

  /** Waits for a result of a wish that was sent, perhaps by an earlier run. */
  hear(
    wish: Pick<Wish, "device" | "id">,
    timeoutMs: number,
    isEnough: (result: Result) => boolean = isOver,
  ): Promise<Result | undefined> {
    return new Promise((resolve) => {
      const name = nameOf(wish);
      const listeners = this.#waiting.get(name) ?? new Set();
      const done = (result: Result | undefined): void => {
        timer.cancel();
        listeners.delete(listener);
        if (listeners.size === 0) this.#waiting.delete(name);
        resolve(result);
      };
      const listener = (result: Result): void => {
        if (isEnough(result)) done(result);
      };
      const timer = this.#clock.after(timeoutMs, () => done(undefined));
      this.#waiting.set(name, listeners.add(listener));
    });
  }
}
