import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { CommandError } from "../errors.ts";
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
import { isFinal, type Result } from "../model/result.ts";
import type { Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import type { Bus } from "./bus.ts";
import { checkWrites, requireProperty, type CheckedWrite } from "./command-check.ts";
import type { CommandLedger } from "./command-ledger.ts";
import { keyOf, type DeviceRecord } from "./device-record.ts";
import type { DeviceStates } from "./device-states.ts";
import type { Dispatch } from "./dispatch.ts";
import { CommandsInFlight, commandKey, splitCommandKey, type InFlight } from "./in-flight.ts";
import type { Logger } from "./logger.ts";
import { outcomeOf, withSuperseded, type Outcome } from "./outcome.ts";
import type { Registry } from "./registry.ts";

export interface CommandsOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly states: DeviceStates;
  readonly ledger: CommandLedger;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
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
  /** The last action queued for a device's property, by device and key. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** Starts taking commands, and closes those that an earlier run left open. */
  start(): void {
    const { bus, ledger } = this.#options;
    const message = "The gateway restarted before the device answered";
    for (const { device, id } of ledger.unfinished()) {
      this.#answer(device, id, { status: "timeout", code: "no_answer", message });
    }
    this.#unsubscribe = bus.subscribe(["set", "get"], (wish) => this.#take(wish));
  }

  /** Stops taking commands and gives those under way their last word. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#inFlight.abortAll(new CommandError("unreachable", "The gateway is stopping"));
    await Promise.allSettled(this.#running);
  }

  /** A later result of a command that its adapter had queued, perhaps in an earlier run. */
  later(key: string, result: CommandResult): void {
    const { device, id } = splitCommandKey(key);
    const record = this.#options.registry.get(device);
    const outcome = outcomeOf(result, (property) => record && keyOf(record, property));
    const inFlight = this.#inFlight.find(key);
    if (inFlight && isFinal(outcome.status)) this.#finish(inFlight, outcome);
    else this.#answer(device, id, outcome);
  }

  /** Asks a device whether it is there. */
  async probe(record: DeviceRecord): Promise<boolean> {
    const { dispatch, newId } = this.#options;
    const key = commandKey(record.id, newId());
    const { status } = await dispatch.read(record, key, [], new AbortController());
    return status === "done" || status === "partial";
  }

  #take(wish: Wish): void {
    const run = this.#handle(wish)
      .catch((error: unknown) => this.#refuse(wish, error))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #refuse({ device, body }: Wish, error: unknown): void {
    if (!(error instanceof CommandError)) throw error;
    this.#options.counters.add(`refused.commands.${error.reason}`);
    const id = salvageId(body.text.slice(0, limits.commandBytes)) ?? this.#options.newId();
    this.#answer(device, id, { status: "rejected", code: error.reason, message: error.message });
  }

  async #handle(wish: Wish): Promise<void> {
    const { text, retained } = wish.body;
    if (retained) {
      throw new CommandError("retained", "A command must not be published with the retain flag");
    }
    if (text.length > limits.commandBytes) {
      throw new CommandError("too_large", `A command has at most ${limits.commandBytes} bytes`);
    }
    const record = this.#options.registry.get(wish.device);
    if (!record) {
      throw new CommandError("unknown_device", `There is no device "${wish.device}"`);
    }
    if (wish.kind === "get") return this.#get(record, text);
    const document =
      wish.property === undefined
        ? parseCommandDocument(text)
        : parseBareValue(wish.property, text);
    return this.#set(record, document, text);
  }

  async #get(device: DeviceRecord, text: string): Promise<void> {
    const { dispatch, newId } = this.#options;
    const { _id: id = newId(), properties = [] } = parseGetDocument(text);
    const reads = properties.map((key) => requireProperty(device, key));
    const keys = properties.length > 0 ? properties : Object.keys(device.properties);
    const inFlight = this.#begin(device, id, new Map(keys.map((key) => [key, null])));
    this.#answer(device.id, id, { status: "accepted" });
    const key = commandKey(device.id, id);
    this.#finish(inFlight, await dispatch.read(device, key, reads, inFlight.abort));
  }

  async #set(device: DeviceRecord, document: CommandDocument, text: string): Promise<void> {
    const { states, newId, counters } = this.#options;
    if (document.id !== undefined && this.#repeat(device.id, document.id, text)) return;
    const id = document.id ?? newId();
    const current = (key: string): Scalar | undefined => states.get(device.id, key)?.value;
    const { writes, errors } = checkWrites(device, document.values, current);
    const [error, ...others] = Object.values(errors);
    if (error) {
      counters.add(`refused.commands.${error.code}`);
      const code = others.length === 0 ? error.code : undefined;
      return this.#answer(device.id, id, { status: "rejected", code, errors });
    }
    if (document.dryRun) return this.#answer(device.id, id, { status: "accepted" });
    const wishes = new Map(writes.map(({ key, value }) => [key, value]));
    const inFlight = this.#begin(device, id, wishes);
    this.#supersede(inFlight, writes);
    await this.#accept(inFlight, document.id === undefined ? undefined : text);
    await this.#inOrder(device.id, writes, () => this.#write(inFlight, document, writes));
  }

  #begin(device: DeviceRecord, id: string, wishes: ReadonlyMap<string, Scalar>): InFlight {
    const startedAt = this.#options.clock.monotonic();
    return this.#inFlight.begin({ device, id, startedAt, wishes });
  }

  /** Answers a repeated `_id` from memory. */
  #repeat(device: string, id: string, text: string): boolean {
    const { ledger, counters } = this.#options;
    const entry = ledger.find(device, id);
    if (!entry) return false;
    if (!ledger.matches(entry, text)) {
      throw new CommandError("duplicate_id", `_id "${id}" was used for another command`);
    }
    counters.add("commands.repeated");
    this.#publish(device, entry.result);
    return true;
  }

  /** A newer wish for a state takes the place of every older one that still waits. */
  #supersede(newer: InFlight, writes: readonly CheckedWrite[]): void {
    const keys = writes.filter(({ queues }) => !queues).map(({ key }) => key);
    for (const older of this.#inFlight.supersede(newer, keys)) {
      this.#finish(older, { status: "superseded", code: "superseded" });
      older.abort.abort(new CommandError("superseded", "A newer command took its place"));
    }
  }

  /**
   * Says that a command is taken; a command with an `_id` of its asker is on the disk before.
   * @param text the payload to remember
   */
  async #accept({ device, id }: InFlight, text: string | undefined): Promise<void> {
    const accepted = this.#resultOf(id, { status: "accepted" });
    try {
      if (text !== undefined) await this.#options.ledger.open(device.id, id, text, accepted);
    } catch (err) {
      // The device must obey on a full disk too; only the memory of this _id is lost.
      this.#notRemembered(device.id, err);
    }
    this.#publish(device.id, accepted);
  }

  /** Runs at once, or after the actions that were queued before for the same properties. */
  async #inOrder(
    device: string,
    writes: readonly CheckedWrite[],
    run: () => Promise<void>,
  ): Promise<void> {
    const actions = writes.filter(({ queues }) => queues).map(({ key }) => `${device}/${key}`);
    const before = actions.flatMap((action) => this.#queues.get(action) ?? []);
    const turn = Promise.all(before).then(run);
    for (const action of actions) this.#queues.set(action, turn);
    try {
      await turn;
    } finally {
      for (const action of actions) {
        if (this.#queues.get(action) === turn) this.#queues.delete(action);
      }
    }
  }

  async #write(
    inFlight: InFlight,
    document: CommandDocument,
    writes: readonly CheckedWrite[],
  ): Promise<void> {
    if (!this.#inFlight.isOpen(inFlight)) return;
    const { device, id, abort } = inFlight;
    const key = commandKey(device.id, id);
    const outcome = await this.#options.dispatch.write(device, key, writes, document, abort);
    if (!this.#inFlight.isOpen(inFlight)) return;
    if (outcome.status === "queued") this.#leaveQueued(inFlight, outcome, document.expiresS);
    else this.#finish(inFlight, outcome);
  }

  /** The adapter will tell later; until then, or until it expires, the command stays open. */
  #leaveQueued(inFlight: InFlight, outcome: Outcome, expiresS: number | undefined): void {
    this.#answer(inFlight.device.id, inFlight.id, outcome);
    const ms = expiresS === undefined ? limits.commandQueuedMs : expiresS * 1_000;
    inFlight.expiry = this.#options.clock.after(ms, () => {
      this.#finish(inFlight, { status: "expired", code: "expired" });
      inFlight.abort.abort(new CommandError("expired", "The command expired"));
    });
  }

  /** Says the last word, unless it was said already. */
  #finish(inFlight: InFlight, outcome: Outcome): void {
    if (!this.#inFlight.isOpen(inFlight)) return;
    this.#inFlight.end(inFlight);
    const { device, id, wishes, superseded, startedAt } = inFlight;
    const left = new Map([...wishes].filter(([key]) => !superseded.has(key)));
    if (outcome.status === "done" && outcome.confirmedBy === "none") {
      this.#options.states.assume(device, left);
    }
    const values = this.#valuesOf(device.id, outcome, left);
    this.#answer(device.id, id, withSuperseded(outcome, superseded), {
      ...(values && { values }),
      took_ms: Math.round(this.#options.clock.monotonic() - startedAt),
    });
  }

  /** What the device has now, as far as it was asked for and said. */
  #valuesOf(
    device: string,
    { status, confirmedBy, errors = {} }: Outcome,
    wishes: ReadonlyMap<string, Scalar>,
  ): Record<string, Scalar> | undefined {
    if (status !== "done" && status !== "partial") return undefined;
    const values: Record<string, Scalar> = {};
    for (const [key, wish] of wishes) {
      const reported = this.#options.states.get(device, key)?.value;
      const value = confirmedBy === "report" ? reported : wish;
      if (value !== undefined && !Object.hasOwn(errors, key)) values[key] = value;
    }
    return values;
  }

  #answer(device: string, id: string, outcome: Outcome, more: Partial<Result> = {}): void {
    const result = { ...this.#resultOf(id, outcome), ...more };
    this.#publish(device, result);
    const { ledger, log } = this.#options;
    ledger.update(device, id, result).catch((err: unknown) => this.#notRemembered(device, err));
    if (!isFinal(result.status)) return;
    log.info({ device, id, status: result.status, reason: result.code }, "command answered");
  }

  #publish(device: string, result: Result): void {
    this.#options.counters.add(`commands.${result.status}`);
    this.#options.bus.publish({ kind: "result", device, body: result });
  }

  #notRemembered(device: string, err: unknown): void {
    this.#options.counters.add("store.writes_failed");
    this.#options.log.warn({ err, device }, "command not remembered");
  }

  #resultOf(id: string, outcome: Outcome): Result {
    const { status, code, message, stage, confirmedBy, errors } = outcome;
    return {
      _id: id,
      _ts: timestamp(this.#options.clock.now()),
      status,
      ...(code !== undefined && { code }),
      ...(message !== undefined && { message }),
      ...(stage !== undefined && { stage }),
      ...(confirmedBy !== undefined && { confirmed_by: confirmedBy }),
      ...(errors !== undefined && { errors }),
    };
  }
}
