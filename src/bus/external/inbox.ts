import type { Clock, Timer } from "../../clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import { isKoineError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Message } from "../../model/message.ts";
import { parseTopic } from "../../model/topic.ts";

export interface InboxOptions {
  readonly root: string;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** Hands a wish over. Returns whether there was anyone to take it. */
  readonly handOver: (wish: Message) => boolean;
}

/** A message as the broker sent it. */
export interface Arrival {
  readonly topic: string;
  readonly payload: string | Buffer;
  /** Set by a 3.1.1 broker only for what it replays at a subscription [MQTT-3.3.1-9]. */
  readonly retain: boolean;
}

/** Tells whether a message is done with, and so may be acknowledged. */
export type Done = (isTaken: boolean) => void;

/** A wish that nobody takes yet. */
interface Held {
  readonly wish: Message;
  readonly done: Done;
  readonly late: Timer;
}

/** Wishes from the broker, on their way to whoever takes them. */
export class Inbox {
  readonly #options: InboxOptions;
  #held: Held | undefined;
  #isClosed = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /**
   * Hands over what the broker sent, and then tells so. What is no wish is done with at once. The
   * broker may have kept wishes for a Koine that was away and send them while it still starts: one
   * that nobody takes yet is held, and with it all that follows.
   */
  take(arrival: Arrival, done: Done): void {
    const wish = this.#wishOf(arrival);
    if (!wish) return done(true);
    const isTaken = this.#options.handOver(wish);
    if (isTaken || this.#isClosed) return done(isTaken);
    const late = this.#options.clock.after(limits.externalWishHeldMs, () => {
      this.#options.counters.add("dropped.external_unheard");
      this.#release(false);
    });
    this.#held = { wish, done, late };
  }

  /** Somebody has come who may take the wish that is held. */
  offer(): void {
    if (this.#held && this.#options.handOver(this.#held.wish)) this.#release(true);
  }

  /** Forgets a wish that is held: its connection is gone, and the broker sends it again. */
  drop(): void {
    this.#held?.late.cancel();
    this.#held = undefined;
  }

  /** From now on nothing waits: what nobody takes is left for the next start. */
  close(): void {
    this.#isClosed = true;
    this.#release(false);
  }

  #release(isTaken: boolean): void {
    const held = this.#held;
    this.drop();
    held?.done(isTaken);
  }

  #wishOf({ topic, payload, retain }: Arrival): Message | undefined {
    const { root, counters, log } = this.#options;
    counters.add("messages.received");
    try {
      const address = parseTopic(root, topic);
      switch (address.kind) {
        case "set":
        case "get":
        case "bridge_request":
          return { ...address, body: { text: payload.toString(), retained: retain } };
        default:
          return undefined;
      }
    } catch (err) {
      if (!isKoineError(err, "protocol")) throw err;
      counters.add("malformed.topic");
      log.debug({ err }, "topic not understood");
      return undefined;
    }
  }
}
