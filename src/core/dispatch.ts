import type { Clock } from "../clock.ts";
import { CommandError } from "../errors.ts";
import type { CommandResult } from "../model/adapter-event.ts";
import type { Command } from "../model/command.ts";
import type { CheckedWrite } from "./command-check.ts";
import { keyOf, type DeviceRecord, type PropertyRecord } from "./device-record.ts";
import type { Executor } from "./executor.ts";
import { combine, outcomeOf, outcomeOfError, type Outcome, type Part } from "./outcome.ts";

export interface DispatchOptions {
  readonly executorOf: (adapter: string) => Executor | undefined;
  readonly clock: Clock;
  /** How long a device may take to answer, in ms. */
  readonly timeoutMs: number;
}

/** Whom a command is for, under which key, and what ends it early. */
export interface Target {
  readonly device: DeviceRecord;
  /** Unique over all devices. */
  readonly key: string;
  readonly abort: AbortController;
}

/** Sends commands to the adapters of a device and waits for what they say, but not longer. */
export class Dispatch {
  readonly #options: DispatchOptions;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** Writes, each value through the adapter that reports it. Never rejects. */
  write(
    target: Target,
    writes: readonly CheckedWrite[],
    { transitionS = 0, expiresInMs }: { transitionS?: number; expiresInMs?: number },
  ): Promise<Outcome> {
    const timeoutMs = this.#options.timeoutMs + transitionS * 1_000;
    return this.#send(target, groupByAdapter(writes), timeoutMs, (part, id, ref) => ({
      type: "set",
      id,
      ref,
      writes: part.map(({ is, part: which, value, source, reported }) => ({
        is,
        part: which,
        value,
        source,
        ...(reported !== undefined && { reported }),
      })),
      timeoutMs,
      ...(transitionS > 0 && { transitionS }),
      ...(expiresInMs !== undefined && { expiresInMs }),
    }));
  }

  /** Reads; everything when no property is named. Never rejects. */
  read(target: Target, properties: readonly PropertyRecord[]): Promise<Outcome> {
    const { timeoutMs } = this.#options;
    const groups =
      properties.length > 0
        ? groupByAdapter(properties)
        : new Map(target.device.routes.map(({ adapter }) => [adapter, []]));
    return this.#send(target, groups, timeoutMs, (part, id, ref) => ({
      type: "get",
      id,
      ref,
      reads: part.map(({ is, part: which }) => ({ is, part: which })),
      timeoutMs,
    }));
  }

  async #send<T extends { is: string; part?: string | undefined }>(
    target: Target,
    groups: ReadonlyMap<string, readonly T[]>,
    timeoutMs: number,
    make: (part: readonly T[], id: string, ref: DeviceRecord["identifiers"]) => Command,
  ): Promise<Outcome> {
    const { device, key, abort } = target;
    const parts = [...groups].map(async ([adapter, group]): Promise<Part> => {
      const keys = group.map((one) => keyOf(device, one) ?? one.is);
      const command = make(group, key, refOn(device, adapter));
      const executing = this.#execute(adapter, command, abort.signal);
      const asOutcome = executing.then((result) => outcomeOf(result, (one) => keyOf(device, one)));
      return { keys, outcome: await this.#within(timeoutMs, abort, asOutcome) };
    });
    return combine(await Promise.all(parts));
  }

  async #execute(adapter: string, command: Command, signal: AbortSignal): Promise<CommandResult> {
    signal.throwIfAborted();
    const executor = this.#options.executorOf(adapter);
    if (executor?.online === true) return executor.execute(command, signal);
    throw new CommandError("unreachable", `The adapter "${adapter}" has no link now`);
  }

  /** Waits for an outcome, but not longer; aborts the work behind it when it takes too long. */
  async #within(ms: number, abort: AbortController, work: Promise<Outcome>): Promise<Outcome> {
    const late = new CommandError("no_answer", `No answer from the device within ${ms / 1_000} s`);
    const timer = this.#options.clock.after(ms, () => abort.abort(late));
    const stop = new AbortController();
    try {
      return await Promise.race([work, rejectedBy(abort.signal, stop.signal)]);
    } catch (error) {
      const outcome = outcomeOfError(error);
      return error === late ? { ...outcome, status: "timeout" } : outcome;
    } finally {
      timer.cancel();
      stop.abort();
    }
  }
}

function groupByAdapter<T extends { readonly adapter: string }>(
  all: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(one.adapter);
    if (group) group.push(one);
    else groups.set(one.adapter, [one]);
  }
  return groups;
}

function refOn(device: DeviceRecord, adapter: string): DeviceRecord["identifiers"] {
  return device.routes.find((route) => route.adapter === adapter)?.ref ?? device.identifiers;
}

/** Rejects when a signal aborts, until nobody is interested any more. */
function rejectedBy(signal: AbortSignal, bored: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true, signal: bored });
  });
}
