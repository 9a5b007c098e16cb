/**
 * Frames of TI's Unified Network Processor Interface, with which a Z-Stack stick talks to its host:
 * start byte, length, two command bytes, data, XOR of all but the start byte.
 */

/** Kinds of frames: requests are answered by a response of the same command, the rest stands alone. */
export const frameType = { request: 1, alone: 2, response: 3 } as const;

/** What a command is about. */
export const subsystem = {
  sys: 1,
  af: 4,
  zdo: 5,
  util: 7,
  appConfig: 15,
} as const;

export interface UnpiFrame {
  readonly type: number;
  readonly subsystem: number;
  readonly command: number;
  readonly data: Buffer;
}

const startByte = 0xfe;

export function encodeUnpi({ type, subsystem: about, command, data }: UnpiFrame): Buffer {
  const body = Buffer.concat([Buffer.from([data.length, (type << 5) | about, command]), data]);
  return Buffer.concat([Buffer.from([startByte]), body, Buffer.from([checksum(body)])]);
}

export function checksum(body: Buffer): number {
  return body.reduce((sum, byte) => sum ^ byte, 0);
}

/** Finds frames in a stream of bytes; what is none is skipped, byte by byte. */
export class UnpiParser {
  #bytes = Buffer.alloc(0);

  push(chunk: Buffer): UnpiFrame[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const frames: UnpiFrame[] = [];
    for (;;) {
      const start = this.#bytes.indexOf(startByte);
      this.#bytes = start < 0 ? Buffer.alloc(0) : this.#bytes.subarray(start);
      const end = (this.#bytes[1] ?? Number.POSITIVE_INFINITY) + 4;
      if (this.#bytes.length <= end) return frames;
      const frame = this.#bytes.subarray(1, end);
      const isWhole = checksum(frame) === this.#bytes[end];
      this.#bytes = this.#bytes.subarray(isWhole ? end + 1 : 1);
      if (isWhole) frames.push(parsed(frame));
    }
  }
}

function parsed(frame: Buffer): UnpiFrame {
  const [, first = 0, command = 0] = frame;
  return { type: first >> 5, subsystem: first & 0x1f, command, data: frame.subarray(3) };
}
