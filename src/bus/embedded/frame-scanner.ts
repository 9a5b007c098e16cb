import { limits } from "../../limits.ts";

/** Why a connection is not listened to any more. */
export type Misframing =
  | "not_mqtt"
  | "mqtt_5"
  | "malformed_header"
  | "packet_too_large"
  | "connect_too_large";

const connectType = 1;
const publishType = 3;
/** Packets a client may send, with the flags of each [MQTT-2.2.2-1]; those of PUBLISH vary. */
const flagsOf: ReadonlyMap<number, number> = new Map([
  [connectType, 0],
  [4, 0],
  [5, 0],
  [6, 2],
  [7, 0],
  [8, 2],
  [10, 2],
  [12, 0],
  [14, 0],
]);
/** Bytes that tell the protocol: its name with its length, and the level [MQTT-3.1.2-1]. */
const namesOfProtocol = ["\0\x04MQTT", "\0\x06MQIsdp"];
const highestLevel = 4;
const lengthBytesMost = 4;

/**
 * Follows the packets in a stream of bytes by their fixed headers alone, so that nothing is kept
 * for a client that says too much, or something else than MQTT.
 */
export class FrameScanner {
  /** Bytes of the fixed header so far: 0 before the first, then the type and the length. */
  #headerBytes = 0;
  #length = 0;
  #bodyLeft = 0;
  /** The beginning of CONNECT, until it tells the protocol. */
  #opening: string | undefined = "";
  /** Whether CONNECT is complete. */
  #isConnectOver = false;
  #misframing: Misframing | undefined;

  /** What is wrong with the bytes; nothing after it was looked at. */
  get misframing(): Misframing | undefined {
    return this.#misframing;
  }

  get isConnectOver(): boolean {
    return this.#isConnectOver;
  }

  /** Looks at bytes, but not beyond the end of CONNECT; returns how many it has looked at. */
  scan(chunk: Buffer): number {
    const begunOver = this.#isConnectOver;
    let at = 0;
    while (at < chunk.length && !this.#misframing && this.#isConnectOver === begunOver) {
      at += this.#bodyLeft > 0 ? this.#skip(chunk, at) : this.#readHeader(chunk[at] ?? 0);
    }
    return at;
  }

  #skip(chunk: Buffer, at: number): number {
    const count = Math.min(this.#bodyLeft, chunk.length - at);
    if (this.#opening !== undefined) this.#listen(chunk.toString("latin1", at, at + count));
    this.#bodyLeft -= count;
    if (this.#bodyLeft === 0) this.#end();
    return count;
  }

  #readHeader(byte: number): number {
    if (this.#headerBytes === 0) this.#misframing = this.#wrongType(byte);
    else this.#readLength(byte);
    this.#headerBytes += 1;
    if (this.#headerBytes > 1 && byte < 0x80 && !this.#misframing) this.#begin();
    return 1;
  }

  #wrongType(byte: number): Misframing | undefined {
    const type = byte >> 4;
    const flags = byte & 0x0f;
    if (!this.#isConnectOver) return type === connectType && flags === 0 ? undefined : "not_mqtt";
    const isRight = type === publishType ? (flags & 6) !== 6 : flagsOf.get(type) === flags;
    return isRight ? undefined : "malformed_header";
  }

  #readLength(byte: number): void {
    this.#length += (byte & 0x7f) * 0x80 ** (this.#headerBytes - 1);
    if (byte >= 0x80 && this.#headerBytes === lengthBytesMost)
      this.#misframing = "malformed_header";
    const most = this.#isConnectOver ? limits.mqttPacketBytes : limits.mqttConnectBytes;
    if (this.#length <= most) return;
    this.#misframing = this.#isConnectOver ? "packet_too_large" : "connect_too_large";
  }

  /** The header is complete. */
  #begin(): void {
    this.#bodyLeft = this.#length;
    this.#length = 0;
    this.#headerBytes = 0;
    if (this.#bodyLeft === 0) this.#end();
  }

  /** The packet is complete. */
  #end(): void {
    if (this.#opening !== undefined) this.#misframing ??= "not_mqtt";
    this.#isConnectOver = true;
  }

  /** Reads the protocol name and level from the beginning of CONNECT. */
  #listen(bytes: string): void {
    const said = `${this.#opening ?? ""}${bytes}`;
    const name = namesOfProtocol.find((one) => said.startsWith(one) || one.startsWith(said));
    if (name === undefined) {
      this.#misframing = "not_mqtt";
      return;
    }
    const level = said.charCodeAt(name.length);
    this.#opening = Number.isNaN(level) ? said : undefined;
    if (level > highestLevel) this.#misframing = "mqtt_5";
  }
}
