import { CommandError, isKoineError } from "../errors.ts";
import type { Write } from "../model/command.ts";
import type { Scalar } from "../model/scalar.ts";
import type { PropertyError } from "../model/result.ts";
import { canonicalWish } from "../model/value.ts";
import { nearest } from "../nearest.ts";
import { propertyOf, type DeviceRecord, type PropertyRecord } from "./device-record.ts";

/** A wish that may be sent, with the key it was addressed by. */
export interface CheckedWrite extends Write {
  readonly key: string;
  readonly adapter: string;
  /** Actions are all carried out, in order; of states and settings the newest wish counts. */
  readonly queues: boolean;
}

/**
 * Holds wishes against a device. Either all may be sent, or the errors say, key by key, why not.
 * @param current the present value of a key, to resolve `toggle`
 * @param reported what the device last reported of a key, where that still holds
 */
export function checkWrites(
  record: DeviceRecord,
  wishes: Readonly<Record<string, Scalar>>,
  current: (key: string) => Scalar | undefined,
  reported: (key: string) => Scalar | undefined,
): { writes: readonly CheckedWrite[]; errors: Readonly<Record<string, PropertyError>> } {
  const writes: CheckedWrite[] = [];
  const errors: Record<string, PropertyError> = {};
  for (const [key, wish] of Object.entries(wishes)) {
    try {
      writes.push({ ...checkWrite(record, key, wish, current), reported: reported(key) });
    } catch (error) {
      if (!isKoineError(error, "command")) throw error;
      errors[key] = { code: error.reason, message: error.message };
    }
  }
  return { writes, errors };
}

function checkWrite(
  record: DeviceRecord,
  key: string,
  wish: Scalar,
  current: (key: string) => Scalar | undefined,
): CheckedWrite {
  const property = requireProperty(record, key);
  if (!property.access.includes("w")) {
    throw new CommandError("read_only", `${key} of ${record.id} can only be read`);
  }
  const { is, part, source, adapter, kind } = property;
  const wanted = wish === "toggle" ? resolveToggle(property, key, current(key)) : wish;
  const value = canonicalWish(property, wanted);
  return { key, is, part, source, adapter, value, queues: kind === "action" };
}

/** @throws CommandError `unknown_property`, with the key that was likely meant */
export function requireProperty(record: DeviceRecord, key: string): PropertyRecord {
  const property = propertyOf(record, key);
  if (property) return property;
  const meant = nearest(key, Object.keys(record.properties));
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new CommandError("unknown_property", `${record.id} has no property "${key}"${hint}`);
}

function resolveToggle(property: PropertyRecord, key: string, now: Scalar | undefined): Scalar {
  if (property.type !== "boolean") return "toggle";
  if (typeof now === "boolean") return !now;
  throw new CommandError("unsupported", `Cannot toggle ${key}: its state is not known yet`);
}
