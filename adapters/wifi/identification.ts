import type { AdapterEvent, Clock, Timer } from "koine/adapter";
import { limits } from "./limits.ts";
import type { Request } from "../mqtt/frame.ts";
import type { Known } from "./topic-index.ts";

export interface IdentificationOptions {
  readonly clock: Clock;
  readonly emit: (event: AdapterEvent) => void;
  /** What makes a device tell its hardware address. */
  readonly questions: (known: Known) => readonly Request[];
  readonly ask: (questions: readonly Request[]) => void;
  /** Whether another dialect speaks for the device. */
  readonly isOvershadowed: (known: Known) => boolean;
  readonly count: (name: string) => void;
}

interface Held {
  known: Known;
  readonly events: AdapterEvent[];
  readonly timer: Timer;
}

/**
 * Sees to it that a device is first named by its hardware address where it has one: an id is given
 * once, and one made of a topic would not survive a change of that topic. What an unknown device
 * says is held for a moment while it is asked; and what is only described or guessed, until the
 * device had time to speak for itself.
 */
export class Identification {
  readonly #options: IdentificationOptions;
  readonly #held = new Map<string, Held>();
  /** Devices that were waited for already. */
  readonly #done = new Set<string>();

  constructor(options: IdentificationOptions) {
    this.#options = options;
  }

  /** Passes on what a device said, now or when it is identified. */
  pass(known: Known, events: readonly AdapterEvent[]): void {
    const key = `${known.dialect.name}/${known.peer.key}`;
    if (this.#done.has(key) || this.#isIdentified(known)) {
      // What names the device comes first, and what it said meanwhile before what it says now.
      const naming = events.filter(({ type }) => type === "device");
      for (const event of naming) this.#options.emit(event);
      this.#release(key);
      for (const event of events) if (event.type !== "device") this.#options.emit(event);
      return;
    }
    const held = this.#held.get(key) ?? this.#hold(key, known);
    held.known = known;
    for (const event of events) {
      held.events.push(event);
      if (held.events.length <= limits.heldEvents) continue;
      held.events.shift();
      this.#options.count("events_dropped");
    }
  }

  stop(): void {
    for (const { timer } of this.#held.values()) timer.cancel();
    this.#held.clear();
  }

  /** Whether there is nothing to wait for. */
  #isIdentified(known: Known): boolean {
    if (known.dialect.rank !== "native") return false;
    const hasAddress = known.peer.ref.some(([scheme]) => scheme === "wifi");
    return hasAddress || this.#options.questions(known).length === 0;
  }

  #hold(key: string, known: Known): Held {
    const timer = this.#options.clock.after(limits.identifyMs, () => this.#release(key));
    const held = { known, events: [], timer };
    this.#held.set(key, held);
    this.#options.ask(this.#options.questions(known));
    return held;
  }

  #release(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    held.timer.cancel();
    this.#held.delete(key);
    this.#done.add(key);
    if (this.#options.isOvershadowed(held.known)) return;
    for (const event of held.events) this.#options.emit(event);
  }
}
