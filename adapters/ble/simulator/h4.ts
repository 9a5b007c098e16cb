import { packetType } from "./hci.ts";

/** What a host sends: a command, or data for a connection. */
export type HostPacket =
  | { readonly type: "command"; readonly opcode: number; readonly parameters: Buffer }
  | {
      readonly type: "acl";
      readonly handle: number;
      readonly boundary: number;
      readonly data: Buffer;
    };

const commandHeader = 4;
const aclHeader = 5;

/** Cuts what a host sends into packets (Vol 4, Part A, 2). */
export class HostReader {
  #waiting: Buffer = Buffer.alloc(0);

  /** @throws RangeError on bytes that are no packet: the two have lost each other */
  push(chunk: Buffer): readonly HostPacket[] {
    this.#waiting = Buffer.concat([this.#waiting, chunk]);
    const packets: HostPacket[] = [];
    for (let packet = this.#next(); packet; packet = this.#next()) packets.push(packet);
    return packets;
  }

  #next(): HostPacket | undefined {
    const waiting = this.#waiting;
    if (waiting.length === 0) return undefined;
    switch (waiting[0]) {
      case packetType.command:
        return this.#command(waiting);
      case packetType.acl:
        return this.#acl(waiting);
      default:
        throw new RangeError(`No HCI packet of a host begins with ${waiting[0]}`);
    }
  }

  #command(waiting: Buffer): HostPacket | undefined {
    const end = commandHeader + (waiting[3] ?? 0);
    if (waiting.length < Math.max(commandHeader, end)) return undefined;
    this.#waiting = waiting.subarray(end);
    const parameters = waiting.subarray(commandHeader, end);
    return { type: "command", opcode: waiting.readUInt16LE(1), parameters };
  }

  #acl(waiting: Buffer): HostPacket | undefined {
    if (waiting.length < aclHeader) return undefined;
    const end = aclHeader + waiting.readUInt16LE(3);
    if (waiting.length < end) return undefined;
    this.#waiting = waiting.subarray(end);
    const head = waiting.readUInt16LE(1);
    const data = waiting.subarray(aclHeader, end);
    return { type: "acl", handle: head & 0x0fff, boundary: (head >> 12) & 0b11, data };
  }
}
