import { CommandError, type AdapterHost } from "koine/adapter";
import { limits } from "./limits.ts";
import type { Member } from "./member.ts";
import { isSilence } from "./speech.ts";

/**
 * Who may use the air. A stick has few places for requests under way, and one to a dead device holds
 * its place for twenty seconds, whatever was promised to the asker: such devices get two places
 * between them, and the last quarter is kept for devices that were heard just now.
 */
export class Gate {
  readonly #host: AdapterHost;
  readonly #places: number;
  readonly #missed: (member: Member) => void;
  readonly #underWay = new WeakMap<Member, number>();
  #taken = 0;
  #suspects = 0;
  #waiting: (() => void)[] = [];

  /** @param missed told of a device that did not answer */
  constructor(host: AdapterHost, places: number, missed: (member: Member) => void) {
    this.#host = host;
    this.#places = places;
    this.#missed = missed;
  }

  /**
   * Runs something that sends to a device, in its turn. What becomes of the device is noticed: one
   * that does not answer is suspect until it is heard.
   * @throws CommandError `rate_limited` when too much is under way already
   */
  async run<T>(member: Member, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    const own = this.#underWay.get(member) ?? 0;
    const isFull = this.#taken + this.#waiting.length >= limits.underWay;
    if (own >= limits.underWayOfDevice || isFull) {
      this.#host.count("commands_refused");
      throw new CommandError("rate_limited", "Too many commands are under way to this device");
    }
    this.#underWay.set(member, own + 1);
    try {
      while (!this.#hasRoom(member)) {
        await this.#turn(signal);
        signal.throwIfAborted();
      }
      return await this.#send(member, send);
    } finally {
      this.#underWay.set(member, (this.#underWay.get(member) ?? 1) - 1);
      for (const go of this.#waiting.splice(0)) go();
    }
  }

  #hasRoom(member: Member): boolean {
    if (member.isSuspect && this.#suspects >= this.#suspectPlaces) return false;
    const heardAgoMs = this.#host.clock.now() - (member.device.lastSeen ?? 0);
    const isProven = !member.isSuspect && heardAgoMs < limits.provenMs;
    return this.#taken < (isProven ? this.#places : Math.ceil(this.#places * 0.75));
  }

  get #suspectPlaces(): number {
    return Math.max(1, Math.min(limits.suspects, Math.floor(this.#places / 2)));
  }

  async #send<T>(member: Member, send: () => Promise<T>): Promise<T> {
    const wasSuspect = member.isSuspect;
    // The library would queue what fails by itself, for a day, and tell nobody.
    member.device.pendingRequestTimeout = 0;
    this.#taken += 1;
    if (wasSuspect) this.#suspects += 1;
    try {
      const result = await send();
      member.isSuspect = false;
      return result;
    } catch (error) {
      if (isSilence(error)) this.#missed(member);
      throw error;
    } finally {
      this.#taken -= 1;
      if (wasSuspect) this.#suspects -= 1;
    }
  }

  /** Resolves when something has left, or the asker does not wait any longer. */
  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= limits.suspectsWaiting) {
      throw new CommandError(
        "rate_limited",
        "Too many commands wait for devices without an answer",
      );
    }
    await new Promise<void>((resolve) => {
      const go = (): void => {
        signal.removeEventListener("abort", go);
        resolve();
      };
      this.#waiting.push(go);
      signal.addEventListener("abort", go, { once: true });
    });
  }
}
