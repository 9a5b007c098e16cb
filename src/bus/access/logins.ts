import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import { limits } from "../../limits.ts";
import type { User, Users } from "./users.ts";

export interface LoginsOptions {
  readonly users: Users;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

export interface Attempt {
  /** The IP address it comes from. */
  readonly address: string;
  readonly name: string;
  readonly password: string;
}

/** Why an attempt failed. */
export type LoginRefusal = "wrong" | "too_often" | "busy";

interface Failures {
  count: number;
  /** Monotonic ms until which the count holds. */
  until: number;
}

/**
 * Lets users in. Passwords are slow to check on purpose, so that only one is checked at a time;
 * those that were right are remembered, by a keyed digest, until the user changes. Whoever fails
 * too often is not checked at all for a while.
 */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, { readonly digest: Buffer; readonly user: User }>();
  /** By address, and by user. */
  readonly #failures = new Map<string, Failures>();
  /** Whose passwords wait to be checked. */
  readonly #waiting: string[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /** The user, or why not. */
  async check(attempt: Attempt): Promise<User | LoginRefusal> {
    const { name, password } = attempt;
    const known = this.#known.get(name);
    const digest = this.#digest(name, password);
    if (known && timingSafeEqual(known.digest, digest)) return known.user;
    if (this.#mustWait(attempt)) return this.#refuse(attempt, "too_often");
    if (this.#isBusy(name)) return this.#refuse(attempt, "busy");
    return this.#inTurn(name, () => this.#verify(attempt, digest));
  }

  async #verify(attempt: Attempt, digest: Buffer): Promise<User | LoginRefusal> {
    const { users } = this.#options;
    const { name, password } = attempt;
    // Those that waited with it may have been too many.
    if (this.#mustWait(attempt)) return this.#refuse(attempt, "too_often");
    const before = users.revisionOf(name);
    const user = await users.verify(name, password);
    // Meanwhile the user may have become another one, or none.
    if (!user || users.revisionOf(name) !== before) return this.#refuse(attempt, "wrong");
    this.#known.set(name, { digest, user });
    return user;
  }

  /** A user is another one now, or none. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  #digest(name: string, password: string): Buffer {
    return createHmac("sha256", this.#key).update(`${name}\0${password}`).digest();
  }

  #isBusy(name: string): boolean {
    if (this.#waiting.length >= limits.loginsWaiting) return true;
    return this.#waiting.filter((one) => one === name).length >= limits.loginsWaitingOfUser;
  }

  async #inTurn<T>(name: string, check: () => Promise<T>): Promise<T> {
    this.#waiting.push(name);
    const turn = this.#last.then(check);
    this.#last = this.#rest(turn);
    try {
      return await turn;
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(name), 1);
    }
  }

  /** After a wrong password the processor is left to others for a moment: there may be many. */
  async #rest(turn: Promise<unknown>): Promise<void> {
    const found = await turn.catch(() => {});
    if (found === "wrong") await this.#options.clock.sleep(limits.loginRestMs);
  }

  #mustWait({ address, name }: Attempt): boolean {
    const now = this.#options.clock.monotonic();
    return keysOf(address, name).some((key) => {
      const failures = this.#failures.get(key);
      return failures && failures.until > now && failures.count >= limits.loginFailures;
    });
  }

  #refuse({ address, name }: Attempt, refusal: LoginRefusal): LoginRefusal {
    const { counters, log } = this.#options;
    counters.add(`refused.logins.${refusal}`);
    if (refusal !== "wrong") return refusal;
    for (const key of keysOf(address, name)) this.#note(key);
    // Somebody may have to see it; a flood of them is cut off by the limit on failures.
    log.warn({ audit: true, address, user: name.slice(0, 64) }, "login failed");
    return refusal;
  }

  #note(key: string): void {
    const now = this.#options.clock.monotonic();
    const before = this.#failures.get(key);
    const count = before && before.until > now ? before.count + 1 : 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, until: now + limits.loginPauseMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > limits.loginsRemembered && oldest !== undefined) {
      this.#failures.delete(oldest);
    }
  }
}

function keysOf(address: string, name: string): readonly string[] {
  return [`address ${address}`, `user ${name.slice(0, 64)}`];
}
