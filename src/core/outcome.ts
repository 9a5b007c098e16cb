import { isKoineError, reasonOf } from "../errors.ts";
import type { CommandResult } from "../model/adapter-event.ts";
import { propertyText, type PropertyRef } from "../model/identity.ts";
import type { Confirmation, PropertyError, ResultStatus } from "../model/result.ts";

/** How a command, or the part of it that one adapter carried out, stands; errors by property key. */
export interface Outcome {
  readonly status: ResultStatus;
  readonly confirmedBy?: Confirmation | undefined;
  readonly stage?: string | undefined;
  readonly code?: PropertyError["code"] | undefined;
  readonly message?: string | undefined;
  readonly errors?: Readonly<Record<string, PropertyError>> | undefined;
}

/** What one adapter made of its part of a command. */
export interface Part {
  /** The keys it was to write or read. */
  readonly keys: readonly string[];
  readonly outcome: Outcome;
}

/** An adapter's answer with its errors brought from properties to keys. */
export function outcomeOf(
  result: CommandResult,
  keyOf: (property: PropertyRef) => string | undefined,
): Outcome {
  const { errors: byProperty = [], ...outcome } = result;
  if (byProperty.length === 0) return outcome;
  const errors: Record<string, PropertyError> = {};
  for (const { code, message, ...property } of byProperty) {
    const key = keyOf(property) ?? propertyText(property);
    errors[key] = message === undefined ? { code } : { code, message };
  }
  return { ...outcome, errors };
}

/** What a thrown error means for the asker. */
export function outcomeOfError(error: unknown): Outcome {
  if (isKoineError(error, "command")) {
    return { status: "failed", code: error.reason, message: error.message };
  }
  return { status: "failed", code: "device_error", message: reasonOf(error) };
}

/** The outcome of a command that several adapters carried out in parts. */
export function combine(parts: readonly Part[]): Outcome {
  const [first, ...rest] = parts;
  if (!first) return { status: "done", confirmedBy: "none" };
  if (rest.length === 0) return first.outcome;
  const isUnanimous = rest.every(({ outcome }) => outcome.status === first.outcome.status);
  const errors: Record<string, PropertyError> = {};
  for (const part of parts) Object.assign(errors, errorsOf(part));
  const successes = parts.filter(({ outcome }) => isSuccess(outcome));
  return {
    status: isUnanimous ? first.outcome.status : "partial",
    confirmedBy: weakest(successes.map(({ outcome }) => outcome.confirmedBy ?? "none")),
    ...(isUnanimous && { code: first.outcome.code, message: first.outcome.message }),
    ...(Object.keys(errors).length > 0 && { errors }),
  };
}

function isSuccess({ status }: Outcome): boolean {
  return status === "done" || status === "partial";
}

/** A part that failed as a whole has failed for each of its keys. */
function errorsOf({ keys, outcome }: Part): Readonly<Record<string, PropertyError>> {
  const { errors = {}, code = "device_error", message } = outcome;
  if (isSuccess(outcome)) return errors;
  const whole: PropertyError = message === undefined ? { code } : { code, message };
  return { ...Object.fromEntries(keys.map((key) => [key, whole])), ...errors };
}

const strength: readonly Confirmation[] = ["none", "ack", "report"];

function weakest(confirmations: readonly Confirmation[]): Confirmation | undefined {
  return strength.find((one) => confirmations.includes(one));
}

/** The outcome of a command of which newer ones took over some keys. */
export function withSuperseded(outcome: Outcome, keys: ReadonlySet<string>): Outcome {
  if (keys.size === 0 || outcome.status === "superseded") return outcome;
  const errors: Record<string, PropertyError> = { ...outcome.errors };
  for (const key of keys) errors[key] = { code: "superseded" };
  return { ...outcome, status: outcome.status === "done" ? "partial" : outcome.status, errors };
}
