import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { isFinal, type Result } from "../model/result.ts";
import type { Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import type { Bus } from "./bus.ts";
import type { CommandLedger } from "./command-ledger.ts";
import { propertyOf } from "./device-record.ts";
import type { DeviceStates } from "./device-states.ts";
import type { InFlight } from "./in-flight.ts";
import type { Logger } from "./logger.ts";
import { withSuperseded, type Outcome } from "./outcome.ts";
import type { Registry } from "./registry.ts";

export interface CommandAnswersOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly states: DeviceStates;
  readonly ledger: CommandLedger;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What the asker of a command is told, and what of it is remembered. */
export class CommandAnswers {
  readonly #options: CommandAnswersOptions;

  constructor(options: CommandAnswersOptions) {
    this.#options = options;
  }

  /** Answers what is not taken: refused, or only checked. Nothing of it is remembered. */
  refuse(device: string, id: string, outcome: Outcome): void {
    this.#publish(device, this.#resultOf(id, outcome));
  }

  accept({ device, id }: InFlight): void {
    this.#publish(device.id, this.#resultOf(id, { status: "accepted" }));
  }

  /** Gives an answer once more. */
  repeat(device: string, result: Result): void {
    this.#publish(device, result);
  }

  /** Closes a command of an earlier run that nobody can answer any more. */
  close(device: string, id: string): void {
    const message = "The gateway restarted before the device answered";
    const last = this.#resultOf(id, { status: "timeout", code: "no_answer", message });
    this.#publish(device, last);
    void this.#remember(device, id, last);
  }

  /**
   * Puts a command on the disk, so that its `_id` and its asker survive. A full disk costs only
   * that: the device must obey all the same.
   */
  async remember(inFlight: InFlight, payload: string, expiresS: number | undefined): Promise<void> {
    const { ledger, clock } = this.#options;
    const { device, id, wishes, phase } = inFlight;
    const status = phase === "queued" ? "queued" : "accepted";
    inFlight.isRemembered = true;
    await ledger.open({
      device: device.id,
      id,
      payload,
      wishes: Object.fromEntries(wishes),
      ...(expiresS !== undefined && { expiresAtMs: clock.now() + expiresS * 1_000 }),
      result: this.#resultOf(id, { status }),
    });
  }

  /** Tells one step of a command. Resolves to whether it is on the disk, where the command is. */
  async say(inFlight: InFlight, outcome: Outcome, more: Partial<Result> = {}): Promise<boolean> {
    const { device, id, isRemembered } = inFlight;
    const result = { ...this.#resultOf(id, outcome), ...more };
    this.#publish(device.id, result);
    if (isFinal(result.status)) {
      const { status, code } = result;
      this.#options.log.info({ device: device.id, id, status, reason: code }, "command answered");
    }
    return isRemembered ? this.#remember(device.id, id, result) : true;
  }

  /** Tells how a command ended, with the values the device has now; as `say`. */
  async sayLast(inFlight: InFlight, outcome: Outcome): Promise<boolean> {
    const { device, wishes, superseded, startedAt } = inFlight;
    const { states, clock, registry } = this.#options;
    if (outcome.status === "done" && outcome.confirmedBy === "none" && registry.get(device.id)) {
      states.assume(device, new Map([...wishes].filter(([key]) => !superseded.has(key))));
    }
    const values = this.#valuesOf(inFlight, outcome);
    return this.say(inFlight, withSuperseded(outcome, superseded), {
      ...(values && { values }),
      took_ms: Math.round(clock.monotonic() - startedAt),
    });
  }

  #valuesOf(
    { device, keys, wishes, superseded }: InFlight,
    { status, confirmedBy, errors = {} }: Outcome,
  ): Record<string, Scalar> | undefined {
    if (status !== "done" && status !== "partial") return undefined;
    const values: Record<string, Scalar> = {};
    for (const key of keys) {
      if (superseded.has(key) || Object.hasOwn(errors, key)) continue;
      // What can only be written is no value that a device has: the body of a text, an action.
      if (propertyOf(device, key)?.access === "w") continue;
      const reported = this.#options.states.get(device.id, key)?.value;
      const value = confirmedBy === "report" ? reported : wishes.get(key);
      if (value !== undefined) values[key] = value;
    }
    return values;
  }

  #remember(device: string, id: string, result: Result): Promise<boolean> {
    const { ledger, bus } = this.#options;
    return ledger.update(device, id, result, async () => bus.kept());
  }

  #publish(device: string, result: Result): void {
    this.#options.counters.add(`commands.${result.status}`);
    this.#options.bus.publish({ kind: "result", device, body: result });
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
