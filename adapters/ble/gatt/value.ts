import { CommandError, specOf, type PropertyFacts, type Scalar } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Point } from "./point.ts";

interface NumberCoding {
  readonly bytes: number;
  readonly read: (data: Buffer, at: number) => number;
  readonly write: (data: Buffer, value: number) => void;
  readonly isWhole: boolean;
  readonly range: readonly [number, number];
}

const whole = (bytes: number, isSigned: boolean): NumberCoding => ({
  bytes,
  isWhole: true,
  range: isSigned ? [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1] : [0, 2 ** (8 * bytes) - 1],
  read: (data, at) => (isSigned ? data.readIntLE(at, bytes) : data.readUIntLE(at, bytes)),
  write: (data, value) =>
    void (isSigned ? data.writeIntLE(value, 0, bytes) : data.writeUIntLE(value, 0, bytes)),
});

const numbers: Partial<Record<Point["as"], NumberCoding>> = {
  u8: whole(1, false),
  i8: whole(1, true),
  u16: whole(2, false),
  i16: whole(2, true),
  u24: whole(3, false),
  u32: whole(4, false),
  i32: whole(4, true),
  f32: {
    bytes: 4,
    isWhole: false,
    range: [-3.4e38, 3.4e38],
    read: (data, at) => data.readFloatLE(at),
    write: (data, value) => void data.writeFloatLE(value),
  },
};

/** The value that bytes stand for; undefined when they are too few or stand for nothing. */
export function valueIn(point: Point, data: Buffer): Scalar | undefined {
  const bytes = data.subarray(point.at);
  if (point.values) {
    const text = bytes.toString("hex");
    const found = Object.entries(point.values).find(([start]) => text.startsWith(start));
    return found?.[1];
  }
  const coding = numbers[point.as];
  if (coding) {
    if (bytes.length < coding.bytes) return undefined;
    const value = (coding.read(bytes, 0) + point.add) * point.mul;
    return Number.isFinite(value) ? value : undefined;
  }
  if (point.as === "text")
    return bytes
      .toString("utf8")
      .replace(/\p{Cc}+/gu, "")
      .trim();
  if (bytes.length === 0) return undefined;
  return point.as === "bool" ? bytes[0] !== 0 : bytes.toString("hex");
}

/**
 * The bytes that are written for a value.
 * @throws CommandError when the value has none
 */
export function bytesFor(point: Point, value: Scalar): Buffer {
  const named = point.writes ?? inverse(point.values);
  if (named) {
    const word = typeof value === "object" ? JSON.stringify(value) : String(value);
    const hex = Object.hasOwn(named, word) ? named[word] : undefined;
    if (hex !== undefined) return Buffer.from(hex, "hex");
    const known = Object.keys(named).join(", ");
    throw new CommandError("not_in_values", `Expected one of ${known}, got ${word}`);
  }
  const coding = numbers[point.as];
  if (coding) return numberBytes(point, coding, value);
  if (point.as === "bool") {
    if (typeof value !== "boolean") throw new CommandError("bad_type", "Expected true or false");
    return Buffer.from([Number(value)]);
  }
  if (typeof value !== "string") throw new CommandError("bad_type", "Expected a text");
  if (point.as === "hex" && !/^(?:[0-9a-f]{2})*$/i.test(value)) {
    throw new CommandError("bad_type", "Expected bytes in hexadecimal digits");
  }
  const bytes = Buffer.from(value, point.as === "hex" ? "hex" : "utf8");
  if (bytes.length <= limits.valueBytes) return bytes;
  throw new CommandError("out_of_range", `A characteristic has ${limits.valueBytes} bytes at most`);
}

function numberBytes({ add, mul }: Point, coding: NumberCoding, value: Scalar): Buffer {
  if (typeof value !== "number") throw new CommandError("bad_type", "Expected a number");
  const exact = value / mul - add;
  const raw = coding.isWhole ? Math.round(exact) : exact;
  const [least, most] = coding.range;
  if (!(raw >= least && raw <= most)) {
    throw new CommandError("out_of_range", `${value} does not fit into the characteristic`);
  }
  const data = Buffer.alloc(coding.bytes);
  coding.write(data, raw);
  return data;
}

/** What stands for what is read stands for it when it is written, too. */
function inverse(values: Point["values"]): Record<string, string> | undefined {
  return (
    values && Object.fromEntries(Object.entries(values).map(([hex, value]) => [String(value), hex]))
  );
}

/** How a point is described to the gateway. */
export function factsOf(point: Point): PropertyFacts {
  const { is, part, read, subscribe, write, characteristic } = point;
  const isRead = read || subscribe;
  const isWritten = write !== "no";
  const access = isWritten ? (isRead ? "rw" : "w") : "r";
  return {
    is,
    ...(part !== undefined && { part }),
    source: characteristic,
    ...shapeOf(point),
    // What reports itself elsewhere, as a SwitchBot Bot does in its advertisements, is read there.
    ...(specOf(is)?.access === "rw" || !specOf(is) ? { access: specOf(is) ? "rw" : access } : {}),
  };
}

/** Of a property that the vocabulary does not have: its type, and its values. */
function shapeOf({ is, as, values, writes }: Point): Partial<PropertyFacts> {
  if (specOf(is)) return {};
  const named = values ? Object.values(values) : Object.keys(writes ?? {}).map(wordOf);
  const [first] = named;
  if (typeof first === "string") return { type: "enum", values: named.map(String) };
  if (typeof first === "boolean" || as === "bool") return { type: "boolean" };
  return { type: as === "text" || as === "hex" ? "string" : "number" };
}

function wordOf(text: string): string | boolean {
  return text === "true" || text === "false" ? text === "true" : text;
}
