import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { CommandError, isKoineError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { CommandResult } from "../model/adapter-event.ts";
import {
  parseBareValue,
  parseCommandDocument,
  parseGetDocument,
  salvageId,
  type CommandDocument,
} from "../model/command-document.ts";
import type { MessageOf } from "../model/message.ts";
import { isFinal } from "../model/result.ts";
import type { Scalar } from "../model/scalar.ts";
import type { Bus } from "./bus.ts";
import { checkWrites, requireProperty, type CheckedWrite } from "./command-check.ts";
import type { CommandAnswers } from "./command-answers.ts";
import type { CommandLedger, LedgerEntry } from "./command-ledger.ts";
import { keyOf, type DeviceRecord } from "./device-record.ts";
import type { DeviceStates } from "./device-states.ts";
import type { Dispatch } from "./dispatch.ts";
import { CommandsInFlight, commandKey, type InFlight } from "./in-flight.ts";
import { outcomeOf, type Outcome } from "./outcome.ts";
import type { Registry } from "./registry.ts";

export interface CommandsOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly states: DeviceStates;
  readonly ledger: CommandLedger;
  readonly answers: CommandAnswers;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly counters: Counters;
  /** A new `_id` for a command that came without. */
  readonly newId: () => string;
}

type Wish = MessageOf<"set" | "get">;

/**
 * Takes every wish to change or read a device and answers it on the bus: at once when it is
 * refused, otherwise `accepted` and then exactly one last word.
 */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #inFlight = new CommandsInFlight();
  /** The last command being handed over, by device. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #running = new Set<Promise<void>>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** Starts taking commands, and goes on with those that an earlier run left open. */
  start(): void {
    const { bus, ledger } = this.#options;
    for (const entry of ledger.unfinished()) this.#resume(entry);
    this.#unsubscribe = bus.subscribe(["set", "get"], (wish) => this.#take(wish));
  }

  /** Stops taking commands and gives those under way their last word; queued ones stay queued. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    const reason = new CommandError("unreachable", "The gateway is stopping");
    for (const inFlight of this.#inFlight.open()) {
      inFlight.expiry?.cancel();
      if (inFlight.phase !== "queued") inFlight.abort.abort(reason);
    }
    await Promise.allSettled(this.#running);
  }

  /** A device is gone from the registry: nothing more can come of its commands. */
  forget(device: string): void {
    const reason = new CommandError("unknown_device", "The device was removed");
    for (const inFlight of this.#inFlight.open(device)) {
      void this.#finish(inFlight, {
        status: "failed",
        code: reason.reason,
        message: reason.message,
      });
      inFlight.abort.abort(reason);
    }
  }

  /**
   * A later result of a command that its adapter had queued, perhaps in an earlier run. Resolves
   * to whether it is on the disk.
   */
  async later(key: string, result: CommandResult): Promise<boolean> {
    const inFlight = this.#inFlight.find(key);
    if (!inFlight) {
      this.#options.counters.add("refused.results_of_no_command");
      return true;
    }
    const outcome = outcomeOf(result, (property) => keyOf(inFlight.device, property));
    if (!isFinal(outcome.status)) return this.#options.answers.say(inFlight, outcome);
    const isDurable = this.#finish(inFlight, outcome);
    // Nobody will end it any more.
    inFlight.abort.abort();
    return isDurable;
  }

  /** Asks a device whether it is there; undefined when it could not be asked. */
  async probe(device: DeviceRecord): Promise<boolean | undefined> {
    const { dispatch, newId } = this.#options;
    const target = { device, key: commandKey(device.id, newId()), abort: new AbortController() };
    const { status, code } = await dispatch.read(target, []);
    if (status === "done" || status === "partial") return true;
    return code === "unreachable" || code === "rate_limited" ? undefined : false;
  }

  /** Resolves when the wish has its last word, or is queued and remembered. */
  #take(wish: Wish): Promise<void> {
    const run = this.#handle(wish)
      .catch((error: unknown) => this.#refuse(wish, error))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  #refuse({ device, body }: Wish, error: unknown): void {
    if (!isKoineError(error, "command")) throw error;
    const { counters, newId, answers } = this.#options;
    counters.add(`refused.commands.${error.reason}`);
    const asked = salvageId(body.text.slice(0, limits.commandLength));
    // Who may not command must not be able to answer for somebody else's command either.
    const id = body.obstacle === "not_allowed" ? newId() : (asked ?? newId());
    const { reason: code, message } = error;
    answers.refuse(device, id, { status: "rejected", code, message });
  }

  async #handle(wish: Wish): Promise<void> {
    const { text, retained, obstacle } = wish.body;
    if (obstacle === "not_allowed") {
      throw new CommandError("not_allowed", "This client may not command devices");
    }
    if (obstacle === "interrupted") return this.#answerInterrupted(wish);
    if (retained) {
      throw new CommandError("retained", "A command must not be published with the retain flag");
    }
    if (text.length > limits.commandLength) {
      throw new CommandError(
        "too_large",
        `A command has at most ${limits.commandLength} characters`,
      );
    }
    const device = this.#options.registry.get(wish.device);
    if (!device) {
      throw new CommandError("unknown_device", `There is no device "${wish.device}"`);
    }
    if (wish.kind === "get") return this.#get(device, text);
    const document =
      wish.property === undefined
        ? parseCommandDocument(text)
        : parseBareValue(wish.property, text);
    return this.#set(device, document, text);
  }

  /** A wish that an earlier run took and perhaps carried out, unless it is remembered by its `_id`. */
  #answerInterrupted({ device, body }: Wish): void {
    const { ledger, newId, answers } = this.#options;
    const id = salvageId(body.text.slice(0, limits.commandLength));
    if (id !== undefined && ledger.find(device, id)) return;
    answers.refuse(device, id ?? newId(), {
      status: "timeout",
      code: "no_answer",
      message: "The gateway restarted before the device answered",
    });
  }

  async #get(device: DeviceRecord, text: string): Promise<void> {
    const { dispatch, newId, clock } = this.#options;
    const { _id: id = newId(), properties = [] } = parseGetDocument(text);
    const reads = properties.map((key) => requireProperty(device, key));
    const keys = properties.length > 0 ? properties : Object.keys(device.properties);
    const startedAt = clock.monotonic();
    const inFlight = this.#inFlight.begin({ device, id, startedAt, wishes: new Map(), keys });
    await this.#accept(inFlight);
    const target = { device, key: commandKey(device.id, id), abort: inFlight.abort };
    await this.#finish(inFlight, await dispatch.read(target, reads));
  }

  async #set(device: DeviceRecord, document: CommandDocument, text: string): Promise<void> {
    if (document.id !== undefined && this.#repeat(device.id, document.id, text)) return;
    const { newId, clock, answers } = this.#options;
    const id = document.id ?? newId();
    const writes = this.#check(device, document, id);
    if (!writes) return;
    const startedAt = clock.monotonic();
    const wishes = new Map(writes.map(({ key, value }) => [key, value]));
    const keys = [...wishes.keys()];
    const inFlight = this.#inFlight.begin({ device, id, startedAt, wishes, keys });
    this.#expireAfter(inFlight, document.expiresS);
    this.#supersede(inFlight, writes);
    const { result } = await this.#inTurn(device.id, async () => {
      if (document.id !== undefined) await answers.remember(inFlight, text, document.expiresS);
      await this.#accept(inFlight);
      return { result: this.#write(inFlight, document, writes, text) };
    });
    await result;
  }

  /** The writes of a command that may be sent; otherwise it is answered already. */
  #check(
    device: DeviceRecord,
    { values, dryRun }: CommandDocument,
    id: string,
  ): readonly CheckedWrite[] | undefined {
    const { states, counters, answers } = this.#options;
    // A toggle turns what the newest command wishes: two of them leave things as they were.
    const current = (key: string): Scalar | undefined =>
      this.#inFlight.newestWish(device.id, key) ?? states.get(device.id, key)?.value;
    const reported = (key: string): Scalar | undefined => {
      const live = states.get(device.id, key);
      return live?.quality === "good" ? live.value : undefined;
    };
    const { writes, errors } = checkWrites(device, values, current, reported);
    const [error, ...others] = Object.values(errors);
    if (!error && !dryRun) return writes;
    if (error) counters.add(`refused.commands.${error.code}`);
    const code = error && others.length === 0 ? error.code : undefined;
    const outcome: Outcome = error ? { status: "rejected", code, errors } : { status: "accepted" };
    answers.refuse(device.id, id, outcome);
    return undefined;
  }

  /** Answers a repeated `_id` from memory. */
  #repeat(device: string, id: string, text: string): boolean {
    const { ledger, counters, answers } = this.#options;
    const entry = ledger.find(device, id);
    if (!entry) return false;
    if (!ledger.matches(entry, text)) {
      throw new CommandError("duplicate_id", `_id "${id}" was used for another command`);
    }
    counters.add("commands.repeated");
    answers.repeat(device, entry.result);
    return true;
  }

  /** A newer wish for a state takes the place of every older one that still waits. */
  #supersede(newer: InFlight, writes: readonly CheckedWrite[]): void {
    const keys = writes.filter(({ queues }) => !queues).map(({ key }) => key);
    for (const older of this.#inFlight.supersede(newer, keys)) {
      void this.#finish(older, { status: "superseded", code: "superseded" });
      older.abort.abort(new CommandError("superseded", "A newer command took its place"));
    }
  }

  #expireAfter(inFlight: InFlight, expiresS: number | undefined): void {
    if (expiresS === undefined) return;
    inFlight.expiry = this.#options.clock.after(expiresS * 1_000, () => {
      // What was sent cannot be called back; its own deadline decides.
      if (inFlight.phase !== "sent") this.#expire(inFlight);
    });
  }

  #expire(inFlight: InFlight): void {
    void this.#finish(inFlight, { status: "expired", code: "expired" });
    inFlight.abort.abort(new CommandError("expired", "The command expired"));
  }

  /** Says that a command is taken; and then its last word, when that came before. */
  async #accept(inFlight: InFlight): Promise<void> {
    const { answers } = this.#options;
    answers.accept(inFlight);
    inFlight.phase = "sent";
    if (inFlight.early) await answers.sayLast(inFlight, inFlight.early);
  }

  /**
   * Hands commands to a device in the order they came, though some wait for the disk. Their results
   * are not waited for: `stop` must not stand behind an `open` that nobody answers.
   */
  async #inTurn<T>(device: string, handOver: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(device);
    const turn = before ? before.then(handOver) : handOver();
    this.#turns.set(device, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(device) === turn) this.#turns.delete(device);
    }
  }

  async #write(
    inFlight: InFlight,
    document: CommandDocument,
    writes: readonly CheckedWrite[],
    text: string,
  ): Promise<void> {
    if (!this.#inFlight.isOpen(inFlight)) return;
    const { device, id, abort, startedAt } = inFlight;
    const { dispatch, clock, answers } = this.#options;
    const { transitionS, expiresS } = document;
    const waitedMs = clock.monotonic() - startedAt;
    const outcome = await dispatch.write(
      { device, key: commandKey(device.id, id), abort },
      writes,
      {
        ...(transitionS !== undefined && { transitionS }),
        ...(expiresS !== undefined && { expiresInMs: expiresS * 1_000 - waitedMs }),
      },
    );
    if (!this.#inFlight.isOpen(inFlight)) return;
    if (outcome.status !== "queued") {
      await this.#finish(inFlight, outcome);
      return;
    }
    inFlight.phase = "queued";
    // The adapter will tell later; until then, or until it expires, the command stays open.
    inFlight.expiry ??= clock.after(limits.commandQueuedMs, () => this.#expire(inFlight));
    if (!inFlight.isRemembered) await answers.remember(inFlight, text, expiresS);
    await answers.say(inFlight, outcome);
  }

  /** Goes on with a command of an earlier run: closes one that was sent, waits for a queued one. */
  #resume({ device: deviceId, id, wishes: values, expiresAtMs, result }: LedgerEntry): void {
    const { registry, clock, answers } = this.#options;
    const device = registry.get(deviceId);
    if (!device || result.status !== "queued") return answers.close(deviceId, id);
    const wishes = new Map(Object.entries(values));
    const keys = [...wishes.keys()];
    const startedAt = clock.monotonic();
    const inFlight = this.#inFlight.begin({ device, id, startedAt, wishes, keys });
    inFlight.phase = "queued";
    inFlight.isRemembered = true;
    const leftMs = expiresAtMs === undefined ? limits.commandQueuedMs : expiresAtMs - clock.now();
    inFlight.expiry = clock.after(leftMs, () => this.#expire(inFlight));
  }

  /** Says the last word, unless it was said already; after `accepted`, whatever comes first. */
  async #finish(inFlight: InFlight, outcome: Outcome): Promise<boolean> {
    if (!this.#inFlight.isOpen(inFlight)) return true;
    this.#inFlight.end(inFlight);
    if (inFlight.phase !== "taken") return this.#options.answers.sayLast(inFlight, outcome);
    inFlight.early = outcome;
    return true;
  }
}
