import { z } from "zod";
import type { Clock } from "../clock.ts";
import { isTaken, type Courier } from "../core/courier.ts";
import type { KnownDevice, KnownDevices } from "../core/known-devices.ts";
import type { Result } from "../model/result.ts";
import { scalarSchema } from "../model/state.ts";
import { sameValue, type Scalar } from "../model/scalar.ts";
import { stateText, timeText } from "./figures.ts";
import type { Language, ReasonWord } from "./language.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { say } from "./phrases.ts";
import type { Target } from "./targets.ts";

/** A deed as it is kept until its device has told what became of it. */
export const taskSchema = z.object({
  /** Its `_id` as a command. */
  id: z.string(),
  target: z.string(),
  device: z.string(),
  key: z.string(),
  value: scalarSchema,
  /** Towards the safe side: it may be done twice. */
  isSafe: z.boolean(),
  /** Keys of the properties that tell what became of it: its own, or those of what it moves. */
  tells: z.array(z.string()),
  untilMs: z.number().optional(),
});
export type Task = z.infer<typeof taskSchema>;

/** What became of a deed, as far as the wire said it. */
export type Outcome =
  /** The device itself has told its state since, by these values. */
  | { readonly type: "told"; readonly values: Readonly<Record<string, Scalar>> }
  | { readonly type: "failed"; readonly reason: ReasonWord }
  /** It was sent, and nobody knows more. */
  | { readonly type: "unknown" }
  /** A newer wish took its place. */
  | { readonly type: "replaced" };

export interface ErrandsOptions {
  readonly courier: Courier;
  readonly devices: KnownDevices;
  readonly clock: Clock;
}

/** Has deeds done, and finds out from the devices what became of them. */
export class Errands {
  readonly #options: ErrandsOptions;

  constructor(options: ErrandsOptions) {
    this.#options = options;
  }

  /** Has it done; resolves to what the device says within the time for an answer. */
  async run(task: Task, by: string): Promise<Outcome> {
    const { courier, clock } = this.#options;
    const { device, id, key, value, tells } = task;
    const endMs = clock.monotonic() + limits.answerMs;
    const before = this.#timeOf(task);
    const wish = { device, id, by, values: { [key]: value }, expiresS: limits.watchMs / 1_000 };
    const result = await courier.send(wish, limits.answerMs, isTaken);
    const outcome = outcomeOf(result, tells);
    if (outcome.type !== "unknown" || result?.status === "queued") return outcome;
    const isAcknowledged = result?.status === "done";
    return this.#find(task, by, { before, leftMs: endMs - clock.monotonic(), isAcknowledged });
  }

  /** Goes on watching a device that has not told; resolves when it has, or nobody waits any longer. */
  async watch(task: Task, leftMs: number): Promise<Outcome> {
    const { courier } = this.#options;
    const told = this.#told(task, this.#timeOf(task), leftMs);
    const heard = courier.hear(task, leftMs).then((result) => outcomeOf(result, task.tells));
    const first = await Promise.race([told, heard]);
    return first.type === "unknown" ? told : first;
  }

  /** Asks the device how it is now, and listens to what it says by itself. */
  async #find(
    task: Task,
    by: string,
    {
      before,
      leftMs,
      isAcknowledged,
    }: { before: string | undefined; leftMs: number; isAcknowledged: boolean },
  ): Promise<Outcome> {
    const { courier } = this.#options;
    const told = this.#told(task, before, leftMs);
    if (!isAcknowledged) return told;
    const { device, tells, id } = task;
    if (tells.length === 0) return told;
    const read = { device, id: `${id}-r`, by, properties: tells };
    const result = await Promise.race([courier.send(read, leftMs), told.then(() => undefined)]);
    const outcome = outcomeOf(result, tells);
    return outcome.type === "told" ? outcome : told;
  }

  /** Resolves when the device has told that value anew. */
  async #told(task: Task, before: string | undefined, leftMs: number): Promise<Outcome> {
    const { clock, devices } = this.#options;
    const endMs = clock.monotonic() + leftMs;
    while (clock.monotonic() < endMs) {
      const state = devices.get(task.device)?.state;
      if (this.#timeOf(task) !== before) {
        const isFact = (key: string): boolean => state?._q?.[key] === undefined;
        const values = valuesOf(state, task.tells.filter(isFact));
        if (values) return { type: "told", values };
      }
      await clock.sleep(lookMs);
    }
    return { type: "unknown" };
  }

  /** When the device told it last. */
  #timeOf({ device, tells }: Task): string {
    const state = this.#options.devices.get(device)?.state;
    return tells.map((key) => (state?.[key] == null ? "" : (state._t?.[key] ?? state._ts))).join();
  }
}

const lookMs = 250;

function outcomeOf(result: Result | undefined, tells: readonly string[]): Outcome {
  if (!result) return { type: "unknown" };
  const { status, code, errors = {}, confirmed_by: by } = result;
  const values = by === "report" ? valuesOf(result.values, tells) : undefined;
  if ((status === "done" || status === "partial") && values) return { type: "told", values };
  // A device that did not answer in time may have obeyed.
  if (status === "timeout" || status === "done" || status === "partial") return { type: "unknown" };
  if (status === "accepted" || status === "queued") return { type: "unknown" };
  if (status === "superseded") return { type: "replaced" };
  return { type: "failed", reason: reasonOf(code ?? Object.values(errors)[0]?.code) };
}

/** Those of some values that are there; undefined when none is. */
function valuesOf(
  all: Readonly<Record<string, Scalar | undefined>> | undefined,
  keys: readonly string[],
): Readonly<Record<string, Scalar>> | undefined {
  const found = keys.flatMap((key) => {
    const value = all?.[key];
    return value == null ? [] : [[key, value] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

const reasons: readonly ReasonWord[] = ["unreachable", "no_answer", "out_of_range", "rate_limited"];

function reasonOf(code: string | undefined): ReasonWord {
  return reasons.find((reason) => reason === code) ?? "other";
}

/** What a person is told of one deed. */
export function outcomeText(
  language: Language,
  target: Target,
  task: Task,
  outcome: Outcome,
  nowMs: number,
): string {
  const { name } = target;
  switch (outcome.type) {
    case "failed":
      return say(language, "failed", { name, reason: language.reasons[outcome.reason] });
    case "unknown":
      return say(language, "no_answer", { name });
    case "replaced":
      return "";
    case "told": {
      const told = { ...target, device: withValues(target.device, outcome.values, nowMs) };
      const state = stateText(language, told, nowMs);
      const { untilMs } = task;
      if (untilMs === undefined || !isObeyed(task, outcome)) {
        return say(language, "acted", { name, state });
      }
      const on = stateText(language, told, nowMs, told.device.description.properties[task.key]?.is);
      return say(language, "acted_until", { name, state: on, time: timeText(untilMs) });
    }
  }
}

/** Whether the device has told the very value that was wanted. */
export function isObeyed({ key, value, tells }: Task, outcome: Outcome | undefined): boolean {
  if (outcome?.type !== "told") return false;
  // What only moves something has no value of its own.
  if (!tells.includes(key)) return true;
  const told = outcome.values[key];
  return told !== undefined && sameValue(told, value);
}

/** Values that were told longer before the act are not its result. */
const freshMs = 5_000;

/** The device with what it has just told; what it told before the act is left out. */
function withValues(
  device: KnownDevice,
  values: Readonly<Record<string, Scalar>>,
  nowMs: number,
): KnownDevice {
  const at = new Date(nowMs).toISOString();
  const { state } = device;
  const isFresh = (one: string): boolean =>
    nowMs - Date.parse(state?._t?.[one] ?? state?._ts ?? "") < freshMs;
  const rest = Object.entries(state ?? {}).filter(([one]) => !one.startsWith("_") && isFresh(one));
  return { ...device, state: { ...Object.fromEntries(rest), ...values, _ts: at, _seq: 0 } };
}
