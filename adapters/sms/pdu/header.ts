import { ProtocolError } from "koine/adapter";
import { Octets } from "./octets.ts";

/** Which part of a long text this is. */
export interface Concat {
  readonly ref: number;
  /** How long the reference is: two texts with the same one differ in it. */
  readonly bits: 8 | 16;
  readonly total: number;
  /** From 1 on. */
  readonly seq: number;
}

/** What stands before the text itself. */
export interface Header {
  readonly concat?: Concat;
  /** For a program and not for a person. */
  readonly ports?: { readonly dst: number; readonly src: number };
  /** National language tables of a text in GSM-7. */
  readonly locking?: number;
  readonly single?: number;
}

/** Elements (3GPP TS 23.040, 9.2.3.24). */
const element = {
  concat8: 0x00,
  ports8: 0x04,
  ports16: 0x05,
  concat16: 0x08,
  single: 0x24,
  locking: 0x25,
} as const;

/**
 * Reads a header without its length. Elements nobody here knows are skipped.
 * @throws ProtocolError when it does not end where it says, or counts parts that cannot be
 */
export function readHeader(bytes: Buffer): Header {
  const octets = new Octets(bytes);
  const header: Header = {};
  while (octets.left > 0) {
    const id = octets.one("header");
    Object.assign(header, fieldOf(id, octets.take(octets.one("header"), "header")));
  }
  return header;
}

function fieldOf(id: number, data: Buffer): Header {
  switch (id) {
    case element.concat8:
      return data.length === 3 ? { concat: concatOf(data.readUInt8(0), 8, data.subarray(1)) } : {};
    case element.concat16:
      return data.length === 4
        ? { concat: concatOf(data.readUInt16BE(0), 16, data.subarray(2)) }
        : {};
    case element.ports8:
      return data.length === 2 ? { ports: { dst: data.readUInt8(0), src: data.readUInt8(1) } } : {};
    case element.ports16:
      return data.length === 4
        ? { ports: { dst: data.readUInt16BE(0), src: data.readUInt16BE(2) } }
        : {};
    case element.single:
      return data.length === 1 ? { single: data.readUInt8(0) } : {};
    case element.locking:
      return data.length === 1 ? { locking: data.readUInt8(0) } : {};
    default:
      return {};
  }
}

function concatOf(ref: number, bits: 8 | 16, rest: Buffer): Concat {
  const [total, seq] = [rest.readUInt8(0), rest.readUInt8(1)];
  if (seq < 1 || seq > total) {
    throw new ProtocolError(`Cannot read PDU: part ${seq} of ${total}`);
  }
  return { ref, bits, total, seq };
}

/** The octets of a header with its length; none when there is nothing in it. */
export function headerBytes({ concat }: Header): Buffer {
  if (!concat) return Buffer.alloc(0);
  const { ref, bits, total, seq } = concat;
  return bits === 8
    ? Buffer.from([5, element.concat8, 3, ref, total, seq])
    : Buffer.from([6, element.concat16, 4, ref >> 8, ref & 0xff, total, seq]);
}
