import { Writer, type Reader } from "./bytes.ts";
import type { Memory } from "./memory.ts";

const ok = 0;
const failed = 1;
const created = 9;
/** Bytes of an item that fit into one answer. */
const partBytes = 240;

/** What the stick answers to requests of its memory, by command of the subsystem SYS. */
export function nonVolatile(
  memory: Memory,
): readonly (readonly [command: number, answer: (data: Reader) => Writer])[] {
  const whole = (id: number): Buffer => memory.get(id) ?? Buffer.alloc(0);
  return [
    [0x13, (data) => new Writer().u16(whole(data.u16()).length)],
    [0x1c, (data) => part(whole(data.u16()).subarray(data.u16()), partBytes)],
    [
      0x07,
      (data) => {
        const [id, length] = [data.u16(), data.u16()];
        const value = Buffer.alloc(length);
        data.take(data.u8()).copy(value);
        memory.set(id, value);
        return status(created);
      },
    ],
    [
      0x1d,
      (data) => {
        const [id, offset, length] = [data.u16(), data.u16(), data.u16()];
        return status(memory.write(id, offset, data.take(length)) ? ok : failed);
      },
    ],
    [
      0x12,
      (data) => {
        memory.delete(data.u16());
        return status(ok);
      },
    ],
    [
      0x30,
      (data) => {
        const [table, index] = entryOf(data);
        memory.createEntry(table, index, data.u32());
        return status(ok);
      },
    ],
    [0x32, (data) => new Writer().u8(memory.entry(...entryOf(data))?.length ?? 0)],
    [
      0x33,
      (data) => {
        const entry = memory.entry(...entryOf(data)) ?? Buffer.alloc(0);
        return part(entry.subarray(data.u16()), data.u8());
      },
    ],
    [
      0x34,
      (data) => {
        const place = entryOf(data);
        const offset = data.u16();
        memory.setEntry(...place, offset, data.take(data.u8()));
        return status(ok);
      },
    ],
  ];
}

function status(code: number): Writer {
  return new Writer().u8(code);
}

function part(value: Buffer, most: number): Writer {
  const bytes = value.subarray(0, most);
  return status(ok).u8(bytes.length).bytes(bytes);
}

/** Which entry of an extended table; the system it belongs to is always that of Z-Stack. */
function entryOf(data: Reader): [table: number, index: number] {
  data.u8();
  return [data.u16(), data.u16()];
}
