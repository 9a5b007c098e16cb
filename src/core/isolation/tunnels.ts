import { Duplex } from "node:stream";
import type { StreamMessage } from "./wire.ts";

type Send = (message: StreamMessage) => void;

interface Tunnel {
  readonly stream: Duplex;
  readonly receive: (message: StreamMessage) => void;
}

/** Byte streams between a guest and its host, all through one channel. */
export class Tunnels {
  readonly #send: Send;
  readonly #open = new Map<number, Tunnel>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** This end of the stream with that number. Caller closes. */
  open(number: number): Duplex {
    const tunnel = createTunnel(number, this.#send);
    this.#open.set(number, tunnel);
    tunnel.stream.once("close", () => this.#open.delete(number));
    return tunnel.stream;
  }

  receive(message: StreamMessage): void {
    this.#open.get(message.stream)?.receive(message);
  }

  closeAll(): void {
    for (const { stream } of this.#open.values()) stream.destroy();
  }
}

/** One chunk is under way at a time in each direction; the next waits until that was taken. */
function createTunnel(number: number, send: Send): Tunnel {
  let written: (() => void) | undefined;
  let isMoreWanted = false;
  const stream = new Duplex({
    read() {
      if (isMoreWanted) send({ type: "more", stream: number });
      isMoreWanted = false;
    },
    write(chunk: Uint8Array, _, done) {
      written = done;
      // A copy: a buffer of Node is a window on memory that it shares with others.
      send({ type: "chunk", stream: number, data: new Uint8Array(chunk) });
    },
    final(done) {
      send({ type: "end", stream: number });
      done();
    },
    destroy(error, done) {
      send({ type: "close", stream: number });
      done(error);
    },
  });
  const receive = (message: StreamMessage): void => {
    switch (message.type) {
      case "chunk":
        if (stream.push(message.data)) send({ type: "more", stream: number });
        else isMoreWanted = true;
        break;
      case "more": {
        const done = written;
        written = undefined;
        done?.();
        break;
      }
      case "end":
        stream.push(null);
        break;
      case "close":
        stream.destroy();
        break;
    }
  };
  return { stream, receive };
}

/** Lets everything that comes out of one stream go into the other, until either closes. */
export function join(a: Duplex, b: Duplex): void {
  a.pipe(b).pipe(a);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    // Whoever uses the stream sees it close.
    one.on("error", () => {});
    one.once("close", () => other.destroy());
  }
}
