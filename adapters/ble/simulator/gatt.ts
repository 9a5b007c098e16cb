import { uuidBytes, Writer } from "./bytes.ts";

/** Errors of the Attribute Protocol (Core, Vol 3, Part F, 3.4.1.1). */
export const attError = {
  invalidHandle: 0x01,
  readNotPermitted: 0x02,
  writeNotPermitted: 0x03,
  invalidPdu: 0x04,
  insufficientAuthentication: 0x05,
  requestNotSupported: 0x06,
  invalidOffset: 0x07,
  insufficientAuthorization: 0x08,
  prepareQueueFull: 0x09,
  attributeNotFound: 0x0a,
  invalidValueLength: 0x0d,
  unlikely: 0x0e,
  insufficientEncryption: 0x0f,
  unsupportedGroupType: 0x10,
} as const;

/** Bits of a characteristic's properties (Vol 3, Part G, 3.3.1.1). */
const propertyBits = {
  read: 0x02,
  writeWithoutResponse: 0x04,
  write: 0x08,
  notify: 0x10,
  indicate: 0x20,
} as const;
export type Property = keyof typeof propertyBits;

export interface Characteristic {
  /** Four digits, or 32 with hyphens or not. */
  readonly uuid: string;
  readonly properties: readonly Property[];
  /** Its value, or the error of the Attribute Protocol that reading it gives. */
  readonly read?: () => Buffer | number;
  /** Takes a value; may return an error of the Attribute Protocol. */
  readonly write?: (value: Buffer) => number | void;
  /** Told whether the host wants to be notified. */
  readonly subscribed?: (isOn: boolean) => void;
  /** Human-readable description (0x2901). */
  readonly description?: string;
}

export interface Service {
  readonly uuid: string;
  readonly characteristics: readonly Characteristic[];
}

/** Attribute types (Assigned Numbers, 3.6 and 3.7). */
export const attributeType = {
  primaryService: 0x2800,
  characteristic: 0x2803,
  userDescription: 0x2901,
  clientConfiguration: 0x2902,
} as const;

/** One row of the table a server has. */
export interface Attribute {
  readonly handle: number;
  /** As it is sent: 2 or 16 bytes. */
  readonly type: Buffer;
  readonly read: () => Buffer | number;
  readonly write: (value: Buffer) => number | void;
  /** Of a service: the last handle that belongs to it. */
  readonly groupEnd?: number;
  /** Of a value, and of the configuration of its notifications. */
  readonly characteristic?: Characteristic;
  readonly isConfiguration?: boolean;
}

/** An attribute that has no handle yet; without `write`, writing it is refused. */
type Row = Partial<Attribute> & Pick<Attribute, "type" | "read">;

const notWritable = (): number => attError.writeNotPermitted;
const notReadable = (): number => attError.readNotPermitted;

/** The attributes of services, with handles from 1 on. */
export function attributesOf(services: readonly Service[]): readonly Attribute[] {
  const attributes: Attribute[] = [];
  for (const service of services) attributes.push(...serviceRows(service, attributes.length + 1));
  return attributes;
}

function serviceRows({ uuid, characteristics }: Service, first: number): readonly Attribute[] {
  const rows: Row[] = [];
  for (const characteristic of characteristics) {
    rows.push(...characteristicRows(characteristic, first + 1 + rows.length));
  }
  const name = uuidBytes(uuid);
  const type = typeBytes(attributeType.primaryService);
  const head = { type, read: () => name, groupEnd: first + rows.length };
  return [head, ...rows].map((row, at) => ({ write: notWritable, ...row, handle: first + at }));
}

/** Declaration, value and descriptors (Vol 3, Part G, 3.3). */
function characteristicRows(characteristic: Characteristic, handle: number): readonly Row[] {
  const { uuid, properties, read, write, description } = characteristic;
  const bits = properties.reduce((all, property) => all | propertyBits[property], 0);
  const declaration = new Writer()
    .u8(bits)
    .u16(handle + 1)
    .bytes(uuidBytes(uuid))
    .done();
  const canRead = properties.includes("read");
  const canWrite = properties.includes("write") || properties.includes("writeWithoutResponse");
  const rows: Row[] = [
    { type: typeBytes(attributeType.characteristic), read: () => declaration },
    {
      type: uuidBytes(uuid),
      characteristic,
      read: (canRead ? read : undefined) ?? notReadable,
      write: (canWrite ? write : undefined) ?? notWritable,
    },
  ];
  if (properties.includes("notify") || properties.includes("indicate")) {
    rows.push(configurationRow(characteristic));
  }
  if (description !== undefined) {
    const text = Buffer.from(description, "utf8");
    rows.push({ type: typeBytes(attributeType.userDescription), read: () => text });
  }
  return rows;
}

/** Its value is another one in each connection: the server keeps it. */
function configurationRow(characteristic: Characteristic): Row {
  return {
    type: typeBytes(attributeType.clientConfiguration),
    characteristic,
    isConfiguration: true,
    read: () => Buffer.alloc(2),
  };
}

export function typeBytes(type: number): Buffer {
  return new Writer().u16(type).done();
}
