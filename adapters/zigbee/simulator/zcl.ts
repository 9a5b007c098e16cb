/** Frames of the Zigbee Cluster Library (ZCL, Zigbee document 07-5123). */
import { Reader, Writer } from "./bytes.ts";

/** Types of attribute values: ZCL §2.6.2. */
export const zclType = {
  bool: 0x10,
  bitmap8: 0x18,
  bitmap16: 0x19,
  uint8: 0x20,
  uint16: 0x21,
  uint24: 0x22,
  uint32: 0x23,
  uint48: 0x25,
  int8: 0x28,
  int16: 0x29,
  int32: 0x2b,
  enum8: 0x30,
  text: 0x42,
  ieee: 0xf0,
} as const;

/** Commands that every cluster has: ZCL §2.5. */
export const general = {
  read: 0x00,
  readResponse: 0x01,
  write: 0x02,
  writeResponse: 0x04,
  writeSilently: 0x05,
  configureReporting: 0x06,
  configureReportingResponse: 0x07,
  readReportingConfig: 0x08,
  readReportingConfigResponse: 0x09,
  report: 0x0a,
  defaultResponse: 0x0b,
} as const;

export const zclStatus = {
  success: 0x00,
  unsupportedCommand: 0x81,
  unsupportedAttribute: 0x86,
  noImage: 0x98,
} as const;

export interface ZclFrame {
  /** Whether the command belongs to the cluster, or to all of them. */
  readonly isSpecific: boolean;
  readonly isToClient: boolean;
  readonly wantsNoDefaultResponse?: boolean;
  readonly manufacturer?: number;
  readonly sequence: number;
  readonly command: number;
  readonly payload: Buffer;
}

export function encodeZcl(frame: ZclFrame): Buffer {
  const { isSpecific, isToClient, wantsNoDefaultResponse = false, manufacturer } = frame;
  const control =
    Number(isSpecific) |
    (Number(manufacturer !== undefined) << 2) |
    (Number(isToClient) << 3) |
    (Number(wantsNoDefaultResponse) << 4);
  const head = new Writer().u8(control);
  if (manufacturer !== undefined) head.u16(manufacturer);
  return head.u8(frame.sequence, frame.command).bytes(frame.payload).done();
}

/** @throws RangeError when it is shorter than its header */
export function parseZcl(bytes: Buffer): ZclFrame {
  const reader = new Reader(bytes);
  const control = reader.u8();
  const manufacturer = (control & 0x04) === 0 ? undefined : reader.u16();
  return {
    isSpecific: (control & 0x03) === 1,
    isToClient: (control & 0x08) !== 0,
    wantsNoDefaultResponse: (control & 0x10) !== 0,
    ...(manufacturer !== undefined && { manufacturer }),
    sequence: reader.u8(),
    command: reader.u8(),
    payload: reader.rest(),
  };
}

export type ZclValue = number | boolean | string;

export interface Attribute {
  readonly type: number;
  readonly value: ZclValue;
}

/** Bytes of the types that are plain numbers, signed ones negative. */
const numberLengths = new Map<number, number>([
  [zclType.bool, 1],
  [zclType.bitmap8, 1],
  [zclType.bitmap16, 2],
  [zclType.uint8, 1],
  [zclType.uint16, 2],
  [zclType.uint24, 3],
  [zclType.uint32, 4],
  [zclType.uint48, 6],
  [zclType.int8, -1],
  [zclType.int16, -2],
  [zclType.int32, -4],
  [zclType.enum8, 1],
]);

/** Writes a value without its type. */
export function writeValue(writer: Writer, { type, value }: Attribute): void {
  const length = numberLengths.get(type);
  if (length !== undefined && length < 0) writer.int(Number(value), -length);
  else if (length !== undefined) writer.uint(Number(value), length);
  else if (type === zclType.ieee) writer.ieee(String(value));
  else {
    const text = Buffer.from(String(value));
    writer.u8(text.length).bytes(text);
  }
}

/** @throws RangeError when the value is cut off, or of a type that no simulated device has */
export function readValue(reader: Reader, type: number): ZclValue {
  const length = numberLengths.get(type);
  if (length !== undefined && length < 0) return reader.take(-length).readIntLE(0, -length);
  if (length !== undefined) {
    const value = reader.uint(length);
    return type === zclType.bool ? value === 1 : value;
  }
  if (type === zclType.ieee) return reader.ieee();
  if (type === zclType.text || type === 0x41) return reader.take(reader.u8()).toString();
  throw new RangeError(`no simulated device has values of type ${type}`);
}

/** Whether a type is a quantity, with a smallest change worth reporting. */
export function isQuantity(type: number): boolean {
  return (type >= 0x20 && type <= 0x2f) || (type >= 0x38 && type <= 0x3a) || type >= 0xe0;
}

/** How many bytes a value of a quantity has. */
export function lengthOf(type: number): number {
  return Math.abs(numberLengths.get(type) ?? 0);
}
