/**
 * What adapters say, held against the contract before anybody believes it: they may be written in
 * JavaScript by a stranger, or run in a thread whose memory is full.
 */
import { z } from "zod";
import {
  CommandError,
  commandErrorCodes,
  isKoineError,
  ProtocolError,
  reasonOf,
} from "../errors.ts";
import { limits } from "../limits.ts";
import type { AdapterEvent, CommandResult } from "../model/adapter-event.ts";
import { isIdentifier, type Identifier } from "../model/identity.ts";
import { firstIssue } from "../model/parse.ts";
import { pattern } from "../model/pattern.ts";
import { confirmations } from "../model/result.ts";
import { isScalar, type Scalar } from "../model/scalar.ts";
import { availabilities, qualities } from "../model/state.ts";
import { accesses, propertyKinds, propertyTypes } from "../model/vocabulary.ts";
import type { LinkStatus } from "./adapter.ts";

const scalar = z.custom<Scalar>(isScalar, "expected plain data");
const word = z.string().max(limits.valueLength);
const ref = z.array(z.custom<Identifier>(isIdentifier, "expected [scheme, value]")).min(1);
const property = { is: word, part: z.string().optional() };

const propertyFacts = z.object({
  ...property,
  optionalPart: z.boolean().optional(),
  name: word.optional(),
  class: word.optional(),
  type: z.enum(propertyTypes).optional(),
  unit: word.optional(),
  access: z.enum(accesses).optional(),
  kind: z.enum(propertyKinds).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  step: z.number().optional(),
  values: z.array(word).optional(),
  source: word.optional(),
});

const facts = z.object({
  name: word.optional(),
  classes: z.array(word).optional(),
  manufacturer: word.optional(),
  model: word.optional(),
  firmware: word.optional(),
  hardware: word.optional(),
  sleepy: z.boolean().optional(),
  via: ref.optional(),
  intervalS: z.number().positive().optional(),
  properties: z.array(propertyFacts).optional(),
});

const reading = z.object({
  ...property,
  value: scalar,
  quality: z.enum(qualities).optional(),
  raw: scalar.optional(),
  conversion: word.optional(),
  from: word.optional(),
  measuredAtMs: z.number().optional(),
});

const eventData = z.object({
  name: z.string().regex(pattern.name),
  action: word,
  part: z.string().regex(pattern.part).optional(),
  steps: z.number().optional(),
  data: z.record(z.string(), scalar).optional(),
});

const code = z.enum(commandErrorCodes);

const commandResult = z.object({
  status: z.enum(["done", "partial", "queued", "failed", "timeout", "expired"]),
  confirmedBy: z.enum(confirmations).optional(),
  stage: word.optional(),
  code: code.optional(),
  message: word.optional(),
  errors: z.array(z.object({ ...property, code, message: word.optional() })).optional(),
});

const event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("device"), ref, facts }),
  z.object({ type: z.literal("gone"), ref }),
  z.object({ type: z.literal("readings"), ref, values: z.array(reading) }),
  z.object({
    type: z.literal("event"),
    ref,
    scope: z.enum(["public", "local"]),
    data: eventData,
    note: z.object({ key: z.string(), value: z.string() }).optional(),
  }),
  z.object({ type: z.literal("availability"), ref, value: z.enum(availabilities) }),
  z.object({
    type: z.literal("notice"),
    name: z.string().regex(pattern.name),
    ref: ref.optional(),
    data: z.record(z.string().regex(pattern.name), scalar),
  }),
  z.object({ type: z.literal("seen"), data: z.record(z.string().regex(pattern.name), scalar) }),
  z.object({ type: z.literal("result"), commandId: z.string(), result: commandResult }),
  z.object({
    type: z.literal("diagnostic"),
    ref: ref.optional(),
    code: z.string().regex(pattern.name),
    message: word.optional(),
    isNote: z.boolean().optional(),
  }),
]);

const status = z.object({
  state: z.enum(["online", "degraded", "attention"]),
  code: word.optional(),
  reason: word.optional(),
});

/** @throws ProtocolError when an adapter cannot mean this */
export function checkedEvent(said: unknown): AdapterEvent {
  if (isPlainReport(said)) return said;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- class names are looked up later
  return checked(event, said, "adapter event") as AdapterEvent;
}

/**
 * Whether something is a report without anything unusual, as nearly every event is: told here twenty
 * times faster than the schema can. Whatever is not is left to the schema, which says why.
 */
function isPlainReport(said: unknown): said is AdapterEvent {
  if (typeof said !== "object" || said === null) return false;
  if (!("type" in said && "ref" in said && "values" in said)) return false;
  const { type, ref: to, values } = said;
  return (
    type === "readings" &&
    Array.isArray(to) &&
    to.length > 0 &&
    to.every(isIdentifier) &&
    Array.isArray(values) &&
    values.every(isPlainReading) &&
    Object.keys(said).length === 3
  );
}

const texts: ReadonlySet<string> = new Set(["is", "part", "conversion", "from"]);
const known: ReadonlySet<unknown> = new Set(qualities);

function isPlainReading(said: unknown): boolean {
  if (typeof said !== "object" || said === null) return false;
  let [hasName, hasValue] = [false, false];
  for (const [key, value] of Object.entries(said)) {
    if (texts.has(key)) {
      if (value === undefined && key !== "is") continue;
      if (typeof value !== "string" || value.length > limits.valueLength) return false;
      hasName ||= key === "is";
    } else if (key === "value" || key === "raw") {
      if (!isScalar(value)) return false;
      hasValue ||= key === "value";
    } else if (key !== "quality" || !known.has(value)) return false;
  }
  return hasName && hasValue;
}

/** @throws ProtocolError when an adapter cannot mean this */
export function checkedStatus(said: unknown): LinkStatus {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- but for absent optional fields
  return checked(status, said, "adapter status") as LinkStatus;
}

/** @throws CommandError `device_error` when it is no result of a command */
export function checkedResult(said: unknown): CommandResult {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- but for absent optional fields
  return orDeviceError(() => checked(commandResult, said, "adapter's answer")) as CommandResult;
}

/** @throws CommandError `device_error` when it is no plain data */
export function checkedAnswer(said: unknown): Scalar {
  return orDeviceError(() => checked(scalar, said ?? null, "adapter's answer"));
}

/** What an adapter threw, as an error whose words can be passed on. */
export function checkedError(thrown: unknown): Error {
  if (!isKoineError(thrown, "command"))
    return thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
  const isSound = code.safeParse(thrown.reason).success && word.safeParse(thrown.message).success;
  return isSound ? thrown : new CommandError("device_error", reasonOf(thrown));
}

function checked<T>(schema: z.ZodType<T>, said: unknown, what: string): T {
  const { data, error } = schema.safeParse(said);
  if (error) throw new ProtocolError(`Cannot read ${what}: ${firstIssue(error)}`);
  return data;
}

function orDeviceError<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new CommandError("device_error", reasonOf(cause), { cause });
  }
}
