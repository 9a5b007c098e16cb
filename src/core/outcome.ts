import { CommandError } from "../errors.ts";
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
  if (error instanceof CommandError) {
    return { status: "failed", code: error.reason, message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: "failed", code: "device_error", message };
}

/** The outcome of a command that several adapters carried out in parts. */
export function combine(outcomes: readonly Outcome[]): Outcome {
  const [first, ...rest] = outcomes;
  if (!first || rest.length === 0) return first ?? { status: "done", confirmedBy: "none" };
  const isUnanimous = rest.every(({ status }) => status === first.status);
  const failed = outcomes.find(({ code }) => code !== undefined);
  const errors: Record<string, PropertyError> = {};
  for (const outcome of outcomes) Object.assign(errors, outcome.errors);
  return {
    status: isUnanimous ? first.status : "partial",
    confirmedBy: weakest(outcomes.map(({ confirmedBy }) => confirmedBy)),
    code: failed?.code,
    message: failed?.message,
    errors,
  };
}

const strength: readonly (Confirmation | undefined)[] = [undefined, "none", "ack", "report"];

function weakest(confirmations: readonly (Confirmation | undefined)[]): Confirmation | undefined {
  return confirmations.toSorted((a, b) => strength.indexOf(a) - strength.indexOf(b))[0];
}

/** The outcome of a command of which newer ones took over some keys. */
export function withSuperseded(outcome: Outcome, keys: ReadonlySet<string>): Outcome {
  if (keys.size === 0 || outcome.status === "superseded") return outcome;
  const errors: Record<string, PropertyError> = { ...outcome.errors };
  for (const key of keys) errors[key] = { code: "superseded" };
  return { ...outcome, status: outcome.status === "done" ? "partial" : outcome.status, errors };
}
