import type { Clock } from "../clock.ts";
import { CommandError } from "../errors.ts";
import type { CommandDocument } from "../model/command-document.ts";
import type { CheckedWrite } from "./command-check.ts";
import { keyOf, type DeviceRecord, type PropertyRecord } from "./device-record.ts";
import type { Executor } from "./executor.ts";
import { combine, outcomeOf, outcomeOfError, type Outcome } from "./outcome.ts";

export interface DispatchOptions {
  readonly executorOf: (adapter: string) => Executor | undefined;
  readonly clock: Clock;
  /** How long a device may take to answer, in ms. */
  readonly timeoutMs: number;
}

/** Sends commands to the adapters of a device and waits for what they say, but not longer. */
export class Dispatch {
  readonly #options: DispatchOptions;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** Writes, each value through the adapter that reports it. Never rejects. */
  write(
    device: DeviceRecord,
    key: string,
    writes: readonly CheckedWrite[],
    { transitionS = 0, expiresS }: CommandDocument,
    abort: AbortController,
  ): Promise<Outcome> {
    const timeoutMs = this.#options.timeoutMs + transitionS * 1_000;
    const parts = [...groupByAdapter(writes)].map(async ([adapter, part]) => {
      const result = await this.#executorOf(adapter).execute(
        {
          type: "set",
          id: key,
          ref: refOn(device, adapter),
          writes: part.map(({ is, part: which, value, source }) => ({
            is,
            part: which,
            value,
            source,
          })),
          timeoutMs,
          ...(transitionS > 0 && { transitionS }),
          ...(expiresS !== undefined && { expiresInMs: expiresS * 1_000 }),
        },
        abort.signal,
      );
      return outcomeOf(result, (property) => keyOf(device, property));
    });
    return this.#within(timeoutMs, abort, Promise.all(parts).then(combine));
  }

  /** Reads; everything when no property is named. Never rejects. */
  read(
    device: DeviceRecord,
    key: string,
    properties: readonly PropertyRecord[],
    abort: AbortController,
  ): Promise<Outcome> {
    const { timeoutMs } = this.#options;
    const groups =
      properties.length > 0
        ? groupByAdapter(properties)
        : new Map(device.routes.map(({ adapter }) => [adapter, []]));
    const parts = [...groups].map(async ([adapter, part]) => {
      const reads = part.map(({ is, part: which }) => ({ is, part: which }));
      const result = await this.#executorOf(adapter).execute(
        { type: "get", id: key, ref: refOn(device, adapter), reads, timeoutMs },
        abort.signal,
      );
      return outcomeOf(result, (property) => keyOf(device, property));
    });
    return this.#within(timeoutMs, abort, Promise.all(parts).then(combine));
  }

  #executorOf(adapter: string): Executor {
    const executor = this.#options.executorOf(adapter);
    if (executor?.online === true) return executor;
    throw new CommandError("unreachable", `The adapter "${adapter}" has no link now`);
  }

  /** Waits for an outcome, but not longer; aborts the work behind it when it takes too long. */
  async #within(ms: number, abort: AbortController, work: Promise<Outcome>): Promise<Outcome> {
    const late = new CommandError("no_answer", `No answer from the device within ${ms / 1_000} s`);
    const timer = this.#options.clock.after(ms, () => abort.abort(late));
    try {
      return await Promise.race([work, rejectedBy(abort.signal)]);
    } catch (error) {
      const outcome = outcomeOfError(error);
      return error === late ? { ...outcome, status: "timeout" } : outcome;
    } finally {
      timer.cancel();
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

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
