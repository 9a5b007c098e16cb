import { Duplex } from "node:stream";
import { generate, parser, type IConnectPacket, type Packet } from "mqtt-packet";
import { ProtocolError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";

export interface Credentials {
  readonly username: string;
  readonly password?: string;
}

/** What a URL says of user and password, if it says anything. */
export function credentialsOf({ username, password }: URL): Credentials | undefined {
  if (username === "" && password === "") return undefined;
  return {
    username: decoded(username),
    ...(password !== "" && { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A per cent sign that stands for itself.
    return text;
  }
}

/**
 * A connection to a broker over which its user, an MQTT client, logs in as somebody it need not
 * know: its CONNECT is given the credentials, unless it brings its own; the rest passes as it is.
 */
export class SignedInStream extends Duplex {
  readonly #broker: Duplex;
  readonly #credentials: Credentials;
  /** The beginning of CONNECT, or `undefined` when it is through. */
  #begun: Buffer | undefined = Buffer.alloc(0);

  constructor(broker: Duplex, credentials: Credentials) {
    super();
    this.#broker = broker;
    this.#credentials = credentials;
    broker.on("data", (bytes: Buffer) => {
      if (!this.push(bytes)) broker.pause();
    });
    broker.on("end", () => this.push(null));
    broker.on("error", (error) => this.destroy(error));
    broker.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#broker.resume();
  }

  override _write(bytes: Buffer, _: string, done: (error?: Error | null) => void): void {
    try {
      const out = this.#begun ? this.#signIn(Buffer.concat([this.#begun, bytes])) : bytes;
      if (out.length > 0) this.#broker.write(out, done);
      else done();
    } catch (cause) {
      done(new ProtocolError(`No CONNECT packet: ${reasonOf(cause)}`, { cause }));
    }
  }

  override _final(done: () => void): void {
    this.#broker.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#broker.destroy();
    done(error);
  }

  /** What may be passed on of all that was written so far: nothing, before CONNECT is complete. */
  #signIn(begun: Buffer): Buffer {
    const end = firstPacketEnd(begun);
    if (begun.length < end) {
      this.#begun = begun;
      return Buffer.alloc(0);
    }
    this.#begun = undefined;
    const connect = parseConnect(begun.subarray(0, end));
    const signed = connect.username === undefined ? signedIn(connect, this.#credentials) : connect;
    return Buffer.concat([generate(signed), begun.subarray(end)]);
  }
}

function signedIn(connect: IConnectPacket, { username, password }: Credentials): IConnectPacket {
  return {
    ...connect,
    username,
    ...(password !== undefined && { password: Buffer.from(password) }),
  };
}

/**
 * How many bytes the first packet has, or at least has [MQTT-2.2.3].
 * @throws ProtocolError when it is longer than any CONNECT
 */
function firstPacketEnd(bytes: Buffer): number {
  let length = 0;
  for (let place = 0; place < 4; place++) {
    const digit = bytes[1 + place];
    if (digit === undefined) return Infinity;
    length += (digit & 127) * 128 ** place;
    if (length > limits.externalPayloadBytes) break;
    if (digit < 128) return 2 + place + length;
  }
  throw new ProtocolError("The first packet is too long");
}

/** @throws Error when it is something else */
function parseConnect(bytes: Buffer): IConnectPacket {
  const parse = parser();
  const packets: Packet[] = [];
  parse.on("packet", (packet) => packets.push(packet));
  parse.on("error", (error) => {
    throw error;
  });
  parse.parse(bytes);
  const [first] = packets;
  if (first?.cmd !== "connect") throw new ProtocolError(`The first packet is "${first?.cmd}"`);
  return first;
}
