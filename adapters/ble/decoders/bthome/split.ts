import { objectKinds, type ObjectKind } from "./objects.ts";

/** One object of a frame: what it is, and its bytes. */
export interface BthomeObject {
  readonly id: number;
  readonly kind: ObjectKind;
  readonly data: Buffer;
  /** Version 1 says how a number is written. */
  readonly format?: Format | undefined;
}

/** The objects of a frame, and whether all of its bytes were some. */
export interface Split {
  readonly objects: readonly BthomeObject[];
  readonly isWhole: boolean;
}

/** How version 1 writes the data of an object, by the three upper bits of its first byte. */
const formats = ["unsigned", "signed", "float", "text", "address", "time"] as const;
type Format = (typeof formats)[number];
const lengthMask = 0x1f;
const formatShift = 5;

/** Version 1: length and format, id, data. An id that nobody knows is left out. */
export function splitOne(payload: Buffer): Split {
  const objects: BthomeObject[] = [];
  let at = 0;
  while (at < payload.length) {
    const control = payload[at] ?? 0;
    const end = at + 1 + (control & lengthMask);
    const format = formats[control >> formatShift];
    // An object has an id and data, or else an address, which says nothing new.
    if (format === undefined || end < at + 3 || end > payload.length) break;
    const id = payload[at + 1] ?? 0;
    const kind = format === "address" ? undefined : objectKinds.get(id);
    if (kind) objects.push({ id, kind, data: payload.subarray(at + 2, end), format });
    at = end;
  }
  return { objects, isWhole: at === payload.length };
}

/**
 * Version 2: id, data. The length of an object is known by its id alone, so that nothing can be read
 * behind an id that nobody knows.
 */
export function splitTwo(payload: Buffer): Split {
  const objects: BthomeObject[] = [];
  let at = 0;
  while (at < payload.length) {
    const id = payload[at] ?? 0;
    const kind = objectKinds.get(id);
    if (!kind) break;
    const isTold = kind.size === "told";
    const from = at + (isTold ? 2 : 1);
    const end = from + (kind.size === "told" ? (payload[at + 1] ?? 0) : kind.size);
    if (end > payload.length) break;
    objects.push({ id, kind, data: payload.subarray(from, end) });
    at = end;
  }
  return { objects, isWhole: at === payload.length };
}
