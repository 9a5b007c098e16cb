import { Reader, uuidBytes, Writer } from "./bytes.ts";
import {
  attError,
  attributesOf,
  attributeType,
  typeBytes,
  type Attribute,
  type Service,
} from "./gatt.ts";

/** Opcodes of the Attribute Protocol (Core, Vol 3, Part F, 3.4.8). */
export const attOpcode = {
  error: 0x01,
  mtuRequest: 0x02,
  mtuResponse: 0x03,
  findInformationRequest: 0x04,
  findInformationResponse: 0x05,
  readByTypeRequest: 0x08,
  readByTypeResponse: 0x09,
  readRequest: 0x0a,
  readResponse: 0x0b,
  readBlobRequest: 0x0c,
  readBlobResponse: 0x0d,
  readByGroupTypeRequest: 0x10,
  readByGroupTypeResponse: 0x11,
  writeRequest: 0x12,
  writeResponse: 0x13,
  prepareWriteRequest: 0x16,
  prepareWriteResponse: 0x17,
  executeWriteRequest: 0x18,
  executeWriteResponse: 0x19,
  notification: 0x1b,
  indication: 0x1d,
  confirmation: 0x1e,
  writeCommand: 0x52,
} as const;

/** What every LE link begins with (Vol 3, Part G, 5.2.1). */
const defaultMtu = 23;
/** The longest value of an attribute (Vol 3, Part F, 3.2.9). */
const maxValueLength = 512;
/** The longest entry in a list, whose length is one byte, after its handle or handles. */
const maxListedLength = 255;
const maxPrepared = 32;
/** The bit of an opcode that says that no answer is expected. */
const commandFlag = 0x40;
const bits = { notify: 0x01, indicate: 0x02 } as const;

/** An answer that is an error, about the attribute with a handle. */
class Refusal {
  readonly error: number;
  readonly handle: number;

  constructor(error: number, handle = 0) {
    this.error = error;
    this.handle = handle;
  }
}

type Answer = Writer | Refusal | undefined;

interface Prepared {
  readonly handle: number;
  readonly offset: number;
  readonly value: Buffer;
}

export interface AttServerOptions {
  readonly services: readonly Service[];
  /** The longest PDU that it takes. */
  readonly mtu: number;
  /** It answers long writes as one that cannot do them. */
  readonly hasNoLongWrites: boolean;
  /** Sends what nobody asked for: notifications and indications. */
  readonly send: (pdu: Buffer) => void;
}

/** The GATT server of a peripheral, for one connection. */
export class AttServer {
  readonly #options: AttServerOptions;
  readonly #attributes: readonly Attribute[];
  readonly #handlers: ReadonlyMap<number, (request: Reader) => Answer>;
  /** By the handle of the descriptor. */
  readonly #configurations = new Map<number, number>();
  readonly #indications: Buffer[] = [];
  #awaitsConfirmation = false;
  #prepared: readonly Prepared[] = [];
  #mtu = defaultMtu;

  constructor(options: AttServerOptions) {
    this.#options = options;
    this.#attributes = attributesOf(options.services);
    this.#handlers = new Map<number, (request: Reader) => Answer>([
      [attOpcode.mtuRequest, (request) => this.#exchangeMtu(request.u16())],
      [attOpcode.findInformationRequest, (request) => this.#findInformation(request)],
      [attOpcode.readByTypeRequest, (request) => this.#readByType(request)],
      [attOpcode.readByGroupTypeRequest, (request) => this.#readByGroupType(request)],
      [attOpcode.readRequest, (request) => this.#read(request.u16())],
      [attOpcode.readBlobRequest, (request) => this.#readBlob(request.u16(), request.u16())],
      [attOpcode.writeRequest, (request) => this.#writeRequest(request.u16(), request.rest())],
      [attOpcode.writeCommand, (request) => this.#writeCommand(request.u16(), request.rest())],
      [attOpcode.prepareWriteRequest, (request) => this.#prepare(request)],
      [attOpcode.executeWriteRequest, (request) => this.#execute(request.u8() === 1)],
      [attOpcode.confirmation, () => this.#confirmed()],
    ]);
  }

  /** The answer to a PDU of the host, if there is one. */
  receive(pdu: Buffer): Buffer | undefined {
    const [opcode = 0] = pdu;
    const answer = this.#answer(opcode, pdu.subarray(1));
    if (answer instanceof Writer) return answer.done().subarray(0, this.#mtu);
    if (answer === undefined || (opcode & commandFlag) !== 0) return undefined;
    return new Writer().u8(attOpcode.error, opcode).u16(answer.handle).u8(answer.error).done();
  }

  /** Tells the host a value, if it has asked to be told. */
  notify(uuid: string, value: Buffer): void {
    const type = uuidBytes(uuid);
    const attribute = this.#attributes.find((each) => each.type.equals(type));
    if (!attribute) return;
    const wanted = this.#wanted(attribute);
    const cut = value.subarray(0, this.#mtu - 3);
    const pdu = (opcode: number): Buffer =>
      new Writer().u8(opcode).u16(attribute.handle).bytes(cut).done();
    if ((wanted & bits.notify) !== 0) this.#options.send(pdu(attOpcode.notification));
    if ((wanted & bits.indicate) !== 0) this.#indicate(pdu(attOpcode.indication));
  }

  #answer(opcode: number, parameters: Buffer): Answer {
    const handler = this.#handlers.get(opcode);
    if (!handler) return new Refusal(attError.requestNotSupported);
    try {
      return handler(new Reader(parameters));
    } catch (error) {
      if (error instanceof RangeError) return new Refusal(attError.invalidPdu);
      throw error;
    }
  }

  #exchangeMtu(clientMtu: number): Answer {
    const { mtu } = this.#options;
    this.#mtu = Math.max(defaultMtu, Math.min(mtu, clientMtu));
    return new Writer().u8(attOpcode.mtuResponse).u16(mtu);
  }

  #findInformation(request: Reader): Answer {
    const range = this.#range(request.u16(), request.u16());
    if (range instanceof Refusal) return range;
    const [first] = range.found;
    if (!first) return new Refusal(attError.attributeNotFound, range.start);
    const size = first.type.length;
    const format = size === 2 ? 1 : 2;
    const room = Math.floor((this.#mtu - 2) / (2 + size));
    const answer = new Writer().u8(attOpcode.findInformationResponse, format);
    for (const { handle, type } of alike(range.found, (each) => each.type.length, room)) {
      answer.u16(handle).bytes(type);
    }
    return answer;
  }

  #readByType(request: Reader): Answer {
    const range = this.#range(request.u16(), request.u16());
    if (range instanceof Refusal) return range;
    const type = request.rest();
    const found = range.found.filter((attribute) => attribute.type.equals(type));
    const values = found.map((attribute) => ({ attribute, value: this.#valueOf(attribute) }));
    const [first] = values;
    if (!first) return new Refusal(attError.attributeNotFound, range.start);
    if (typeof first.value === "number") {
      return new Refusal(first.value, first.attribute.handle);
    }
    const size = Math.min(first.value.length, this.#mtu - 4, maxListedLength - 2);
    const answer = new Writer().u8(attOpcode.readByTypeResponse, 2 + size);
    const room = Math.floor((this.#mtu - 2) / (2 + size));
    for (const { attribute, value } of alike(values, (each) => lengthOf(each.value), room)) {
      if (typeof value !== "number") answer.u16(attribute.handle).bytes(value.subarray(0, size));
    }
    return answer;
  }

  #readByGroupType(request: Reader): Answer {
    const range = this.#range(request.u16(), request.u16());
    if (range instanceof Refusal) return range;
    if (!request.rest().equals(typeBytes(attributeType.primaryService))) {
      return new Refusal(attError.unsupportedGroupType, range.start);
    }
    const groups = range.found.flatMap(({ handle, groupEnd, read }) => {
      const value = read();
      return groupEnd === undefined || typeof value === "number"
        ? []
        : [{ handle, groupEnd, value }];
    });
    const [first] = groups;
    if (!first) return new Refusal(attError.attributeNotFound, range.start);
    const size = 4 + first.value.length;
    const answer = new Writer().u8(attOpcode.readByGroupTypeResponse, size);
    const room = Math.floor((this.#mtu - 2) / size);
    for (const group of alike(groups, ({ value }) => value.length, room)) {
      answer.u16(group.handle, group.groupEnd).bytes(group.value);
    }
    return answer;
  }

  #read(handle: number): Answer {
    const value = this.#value(handle);
    return value instanceof Refusal
      ? value
      : new Writer().u8(attOpcode.readResponse).bytes(value.subarray(0, this.#mtu - 1));
  }

  #readBlob(handle: number, offset: number): Answer {
    const value = this.#value(handle);
    if (value instanceof Refusal) return value;
    if (offset > value.length) return new Refusal(attError.invalidOffset, handle);
    const part = value.subarray(offset, offset + this.#mtu - 1);
    return new Writer().u8(attOpcode.readBlobResponse).bytes(part);
  }

  #writeRequest(handle: number, value: Buffer): Answer {
    return this.#write(handle, value) ?? new Writer().u8(attOpcode.writeResponse);
  }

  #writeCommand(handle: number, value: Buffer): undefined {
    this.#write(handle, value);
  }

  #prepare(request: Reader): Answer {
    if (this.#options.hasNoLongWrites) return new Refusal(attError.requestNotSupported);
    const [handle, offset, value] = [request.u16(), request.u16(), request.rest()];
    if (!this.#at(handle)) return new Refusal(attError.invalidHandle, handle);
    if (this.#prepared.length >= maxPrepared) {
      return new Refusal(attError.prepareQueueFull, handle);
    }
    this.#prepared = [...this.#prepared, { handle, offset, value: Buffer.from(value) }];
    return new Writer().u8(attOpcode.prepareWriteResponse).u16(handle, offset).bytes(value);
  }

  /** Writes what was prepared, one value after the other, or forgets it. */
  #execute(isWanted: boolean): Answer {
    const prepared = isWanted ? this.#prepared : [];
    this.#prepared = [];
    const values = new Map<number, Buffer>();
    for (const { handle, offset, value } of prepared) {
      const before = values.get(handle) ?? Buffer.alloc(0);
      if (offset > before.length) return new Refusal(attError.invalidOffset, handle);
      values.set(handle, Buffer.concat([before.subarray(0, offset), value]));
    }
    for (const [handle, value] of values) {
      const refusal = this.#write(handle, value);
      if (refusal) return refusal;
    }
    return new Writer().u8(attOpcode.executeWriteResponse);
  }

  #write(handle: number, value: Buffer): Refusal | undefined {
    const attribute = this.#at(handle);
    if (!attribute) return new Refusal(attError.invalidHandle, handle);
    if (value.length > maxValueLength) return new Refusal(attError.invalidValueLength, handle);
    const error = attribute.isConfiguration
      ? this.#configure(attribute, value)
      : attribute.write(Buffer.from(value));
    return typeof error === "number" ? new Refusal(error, handle) : undefined;
  }

  #configure({ handle, characteristic }: Attribute, value: Buffer): number | undefined {
    if (value.length !== 2) return attError.invalidValueLength;
    const wanted = value.readUInt16LE(0);
    this.#configurations.set(handle, wanted);
    characteristic?.subscribed?.(wanted !== 0);
    return undefined;
  }

  #wanted({ characteristic }: Attribute): number {
    const configuration = this.#attributes.find(
      (each) => each.isConfiguration === true && each.characteristic === characteristic,
    );
    return configuration ? (this.#configurations.get(configuration.handle) ?? 0) : 0;
  }

  /** One indication at a time: the next one waits for the confirmation (Vol 3, Part F, 3.3.2). */
  #indicate(pdu: Buffer): void {
    if (this.#awaitsConfirmation) {
      this.#indications.push(pdu);
    } else {
      this.#awaitsConfirmation = true;
      this.#options.send(pdu);
    }
  }

  #confirmed(): undefined {
    this.#awaitsConfirmation = false;
    const next = this.#indications.shift();
    if (next) this.#indicate(next);
  }

  #value(handle: number): Buffer | Refusal {
    const attribute = this.#at(handle);
    if (!attribute) return new Refusal(attError.invalidHandle, handle);
    const value = this.#valueOf(attribute);
    return typeof value === "number" ? new Refusal(value, handle) : value;
  }

  #valueOf(attribute: Attribute): Buffer | number {
    if (attribute.isConfiguration !== true) return attribute.read();
    return typeBytes(this.#configurations.get(attribute.handle) ?? 0);
  }

  #at(handle: number): Attribute | undefined {
    return this.#attributes[handle - 1];
  }

  #range(
    start: number,
    end: number,
  ): Refusal | { readonly start: number; readonly found: readonly Attribute[] } {
    if (start === 0 || start > end) return new Refusal(attError.invalidHandle, start);
    return { start, found: this.#attributes.slice(start - 1, end) };
  }
}

function lengthOf(value: Buffer | number): number {
  return typeof value === "number" ? -1 : value.length;
}

/** The first ones of a list, at most so many, up to the first that is not as long as the first. */
function alike<T>(list: readonly T[], sizeOf: (item: T) => number, most: number): readonly T[] {
  const [first] = list;
  if (first === undefined) return [];
  const other = list.findIndex((item) => sizeOf(item) !== sizeOf(first));
  return list.slice(0, Math.min(most, other < 0 ? list.length : other));
}
