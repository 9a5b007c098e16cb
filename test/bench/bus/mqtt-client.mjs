/// <reference types="node" />
import { connect } from "node:net";
import { generate } from "mqtt-packet";

/** @typedef {import("./traffic.mjs").Traffic} Traffic */

const type = { connack: 2, publish: 3, puback: 4, suback: 9, pingresp: 13 };
const nothing = Buffer.alloc(0);

/**
 * An MQTT 3.1.1 client that costs next to nothing: it looks at fixed headers only, and acknowledges
 * what it gets with one write per chunk. What came it tells `traffic`.
 */
export class Client {
  #socket;
  #traffic;
  #rest = nothing;
  /** @type {Map<number, () => void>} */
  #answers = new Map();
  /** @type {Buffer[]} */
  #acks = [];

  /**
   * @param {import("node:net").Socket} socket
   * @param {Traffic} traffic
   */
  constructor(socket, traffic) {
    this.#socket = socket;
    this.#traffic = traffic;
    socket.on("data", (chunk) => this.#take(chunk));
  }

  /**
   * Connects with a clean session.
   * @param {{ port: number, localAddress: string, clientId: string, traffic: Traffic }} options
   */
  static async open({ port, localAddress, clientId, traffic }) {
    const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
    const client = new Client(socket, traffic);
    await new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => reject(new Error(`Hung up on "${clientId}"`)));
      const connack = client.#ask(type.connack, { cmd: "connect", clientId, clean: true });
      connack.then(resolve, reject);
    });
    return client;
  }

  /**
   * @param {string} topic
   * @param {0 | 1} qos
   */
  async subscribe(topic, qos) {
    const subscriptions = [{ topic, qos }];
    await this.#ask(type.suback, { cmd: "subscribe", messageId: 1, subscriptions });
  }

  /** Resolves when the broker has read all that was sent before. */
  async ping() {
    await this.#ask(type.pingresp, { cmd: "pingreq" });
  }

  /** @param {Buffer} bytes */
  write(bytes) {
    this.#socket.write(bytes);
  }

  async close() {
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.end(generate({ cmd: "disconnect" }));
    await closed;
  }

  /**
   * @param {number} answer
   * @param {import("mqtt-packet").Packet} packet
   * @returns {Promise<void>}
   */
  #ask(answer, packet) {
    const answered = new Promise((resolve) => {
      this.#answers.set(answer, () => resolve(undefined));
    });
    this.write(generate(packet));
    return answered;
  }

  /** @param {Buffer} chunk */
  #take(chunk) {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let [at, received, acked] = [0, 0, 0];
    for (let end = endOf(data, at); end <= data.length; end = endOf(data, at)) {
      const kind = data[at] >> 4;
      if (kind === type.publish) this.#receive(data, at, end);
      if (kind === type.publish) received += 1;
      else if (kind === type.puback) acked += 1;
      else this.#answers.get(kind)?.();
      at = end;
    }
    this.#rest = at === data.length ? nothing : data.subarray(at);
    if (this.#acks.length > 0) this.write(Buffer.concat(this.#acks.splice(0)));
    if (received + acked > 0) this.#traffic.came(received, acked);
  }

  /**
   * @param {Buffer} data
   * @param {number} at
   * @param {number} end
   */
  #receive(data, at, end) {
    const qos = (data[at] >> 1) & 3;
    if (qos === 0 && !this.#traffic.payload) return;
    let bodyAt = at + 2;
    while (data[bodyAt - 1] > 127) bodyAt += 1;
    const idAt = bodyAt + 2 + data.readUInt16BE(bodyAt);
    if (qos > 0) this.#acks.push(Buffer.from([0x40, 2, data[idAt], data[idAt + 1]]));
    this.#traffic.payload?.(data.subarray(qos > 0 ? idAt + 2 : idAt, end));
  }
}

/**
 * Where the packet that starts here ends; beyond everything when that is not there yet.
 * @param {Buffer} data
 * @param {number} at
 */
function endOf(data, at) {
  let length = 0;
  for (let digit = 0, next = at + 1; next < data.length; digit += 1, next += 1) {
    length += (data[next] & 127) * 128 ** digit;
    if (data[next] < 128) return next + 1 + length;
  }
  return Infinity;
}
