/// <reference types="node" />
import { generate } from "mqtt-packet";

/** How many message ids a sender uses in turn; far more than it ever has in flight. */
const messageIds = 60_000;

/** A PUBLISH to be sent many times, in blocks that one write takes. */
export class Publication {
  #packet;
  #payloadAt;
  #idAt;
  #id = 0;

  /** @param {{ topic: string, qos: 0 | 1, payload: Buffer }} options */
  constructor({ topic, qos, payload }) {
    const rest = { dup: false, retain: false, messageId: 1 };
    this.#packet = generate({ cmd: "publish", topic, qos, payload, ...rest });
    this.#payloadAt = this.#packet.length - payload.length;
    this.#idAt = qos === 0 ? undefined : this.#payloadAt - 2;
  }

  /** @param {number} count */
  copies(count) {
    const size = this.#packet.length;
    const block = Buffer.allocUnsafe(count * size);
    for (let at = 0; at < block.length; at += size) {
      this.#packet.copy(block, at);
      if (this.#idAt === undefined) continue;
      this.#id = (this.#id % messageIds) + 1;
      block.writeUInt16BE(this.#id, at + this.#idAt);
    }
    return block;
  }

  /**
   * One copy whose payload starts with a time.
   * @param {number} timeMs
   */
  stamped(timeMs) {
    const packet = this.copies(1);
    packet.writeDoubleLE(timeMs, this.#payloadAt);
    return packet;
  }
}

/**
 * The time at the start of a payload that `stamped` made.
 * @param {Buffer} payload
 */
export function stampOf(payload) {
  return payload.readDoubleLE(0);
}
