import { EventEmitter } from "node:events";
import { createConnection, type Socket } from "node:net";
import type { Clock, Timer } from "koine/adapter";

/** What can go wrong with the stream, for counters and logs. */
export type HciProblem =
  /** The connection could not be made. */
  | "cannot_connect"
  /** The connection ended, and not because `stop` was called. */
  | "connection_lost"
  /** What came is no H4: the connection is dropped, since H4 has nothing to find a frame by again. */
  | "broken_frame"
  /** The other side does not read what is written to it: the connection is dropped. */
  | "peer_too_slow"
  /** A listener threw on a packet, as noble does on an event shorter than it expects. */
  | "packet_refused";

export interface HciStreamOptions {
  /** `tcp://host:port`, where `ser2net` or a remote controller speaks H4. */
  readonly address: string;
  readonly clock: Clock;
  /** Told each problem with what caused it. */
  readonly problem?: (problem: HciProblem, cause: unknown) => void;
}

/** One entry of `getDeviceList`, as the native module has it. */
export interface HciDevice {
  readonly devId: number;
  readonly devUp: boolean;
  readonly idVendor: null;
  readonly idProduct: null;
  readonly busNumber: null;
  readonly deviceAddress: null;
}

/** The one controller that a stream leads to. */
const deviceId = 0;
const reconnectMs = 1_000;
const connectTimeoutMs = 5_000;
const keepAliveMs = 10_000;
/** More than any host may have under way; what is above it was not read for a long time. */
const maxWaitingBytes = 256 * 1024;

/** `struct hci_filter` of Linux: where the masks are, and what has bits of its own in them. */
const filterAt = { types: 0, events: 4 } as const;
const filterLength = 12;
const eventPacket = 0x04;

/** Bytes that no H4 packet begins with or that announce an absurd length. */
class BrokenFrame extends Error {
  override readonly name = "BrokenFrame";
}

interface Shape {
  /** Bytes of the header, without the type. */
  readonly header: number;
  readonly length: (header: Buffer) => number;
}

/** What a controller sends, by packet type (Bluetooth Core 5.4, Vol 4, Part A, 2, and Part E, 5.4). */
const shapes: ReadonlyMap<number, Shape> = new Map([
  [0x02, { header: 4, length: (header) => header.readUInt16LE(2) }],
  [0x03, { header: 3, length: (header) => header.readUInt8(2) }],
  [0x04, { header: 2, length: (header) => header.readUInt8(1) }],
  [0x05, { header: 4, length: (header) => header.readUInt16LE(2) & 0x3fff }],
]);

/** Above the ACL length of any controller (1021 is common), and below what a wrong length would ask. */
const maxPayload = 4_096;

interface Filter {
  readonly types: number;
  readonly events: readonly [number, number];
}

/**
 * Stands in for the socket class of `@abandonware/bluetooth-hci-socket`, over a TCP connection that
 * carries H4. It connects when it is started and again a second after it was cut; the controller is
 * "up" while it is connected. Emits `data` with one whole HCI packet, and `error`.
 *
 * Unlike a raw socket of the kernel it passes everything on until a filter is set.
 */
export class HciStream extends EventEmitter {
  readonly #options: HciStreamOptions;
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #timer: Timer | undefined;
  #isStarted = false;
  #isConnected = false;
  /** It was cut since `isDevUp` was asked last. */
  #wasCut = false;
  #filter: Filter | undefined;

  /** Resolves when the first connection was made, or could not be. */
  readonly tried: Promise<void>;
  #wasTried: () => void = () => {};

  /** @throws TypeError when the address is none */
  constructor(options: HciStreamOptions) {
    super();
    const { protocol, hostname, port } = new URL(options.address);
    if (protocol !== "tcp:" || port === "") {
      throw new TypeError(`Not an address like tcp://host:port: "${options.address}"`);
    }
    this.#options = options;
    this.tried = new Promise((resolve) => {
      this.#wasTried = resolve;
    });
    this.#host = hostname.replace(/^\[(.*)\]$/, "$1");
    this.#port = Number(port);
  }

  bindRaw(_device?: number): number {
    return deviceId;
  }

  bindUser(_device?: number): number {
    return deviceId;
  }

  /** There is no management channel behind H4. */
  bindControl(): number {
    throw new Error("An HCI stream has no control channel");
  }

  /** Connects; does nothing when it was started before. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#connect();
  }

  /** Cuts the connection and stays away. */
  stop(): void {
    this.#isStarted = false;
    this.#timer?.cancel();
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#goDown();
  }

  /**
   * Whether it is connected. After a cut it says no once even when it is connected again: noble asks
   * once a second, and must learn that the controller has forgotten everything.
   */
  isDevUp(): boolean {
    const wasCut = this.#wasCut;
    this.#wasCut = false;
    return this.#isConnected && !wasCut;
  }

  getDeviceList(): readonly HciDevice[] {
    const unknown = { idVendor: null, idProduct: null, busNumber: null, deviceAddress: null };
    return [{ devId: deviceId, devUp: this.#isConnected, ...unknown }];
  }

  /** @param filter a `struct hci_filter`: packet types, events, and an opcode that is not looked at */
  setFilter(filter: Buffer): void {
    if (filter.length < filterLength) return;
    this.#filter = {
      types: filter.readUInt32LE(filterAt.types),
      events: [filter.readUInt32LE(filterAt.events), filter.readUInt32LE(filterAt.events + 4)],
    };
  }

  /** Sends one HCI packet, its type first; emits `error` while there is no connection. */
  write(packet: Buffer): void {
    const socket = this.#socket;
    if (!socket || !this.#isConnected) return this.#fail("ENETDOWN", "Network is down");
    socket.write(packet);
    if (socket.writableLength > maxWaitingBytes) this.#drop("peer_too_slow", undefined);
  }

  #connect(): void {
    const socket = createConnection({ host: this.#host, port: this.#port });
    const reader = new H4Reader();
    const { clock } = this.#options;
    const late = clock.after(connectTimeoutMs, () => socket.destroy(new Error("Timed out")));
    let wasConnected = false;
    let reason: unknown;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    socket.on("connect", () => {
      late.cancel();
      wasConnected = true;
      this.#isConnected = true;
      this.#wasTried();
    });
    socket.on("data", (chunk: Buffer) => this.#take(reader, chunk));
    socket.on("error", (error) => (reason = error));
    socket.on("close", () => {
      late.cancel();
      this.#wasTried();
      if (this.#socket === socket) this.#closed(wasConnected, reason);
    });
  }

  #closed(wasConnected: boolean, reason: unknown): void {
    this.#socket = undefined;
    this.#goDown();
    this.#tell(wasConnected ? "connection_lost" : "cannot_connect", reason);
    this.#timer = this.#options.clock.after(reconnectMs, () => this.#connect());
  }

  #goDown(): void {
    this.#wasCut ||= this.#isConnected;
    this.#isConnected = false;
  }

  #take(reader: H4Reader, chunk: Buffer): void {
    try {
      for (const packet of reader.push(chunk)) {
        // A listener may have stopped it at an earlier packet.
        if (this.#isConnected && this.#wants(packet)) this.#deliver(packet);
      }
    } catch (error) {
      if (!(error instanceof BrokenFrame)) throw error;
      this.#drop("broken_frame", error);
    }
  }

  /** What a listener makes of a bad packet must not end the process, as it would from here. */
  #deliver(packet: Buffer): void {
    try {
      this.emit("data", packet);
    } catch (error) {
      this.#tell("packet_refused", error);
    }
  }

  #wants(packet: Buffer): boolean {
    const filter = this.#filter;
    if (!filter) return true;
    const type = packet[0] ?? 0;
    if (!hasBit(filter.types, type)) return false;
    const code = packet[1] ?? 0;
    const mask = filter.events[code < 32 ? 0 : 1];
    return type !== eventPacket || hasBit(mask, code & 31);
  }

  #drop(problem: HciProblem, cause: unknown): void {
    this.#goDown();
    this.#socket?.destroy();
    this.#tell(problem, cause);
  }

  #fail(code: string, message: string): void {
    if (this.listenerCount("error") === 0) return;
    this.emit("error", Object.assign(new Error(message), { code, syscall: "write" }));
  }

  #tell(problem: HciProblem, cause: unknown): void {
    this.#options.problem?.(problem, cause);
  }
}

function hasBit(mask: number, bit: number): boolean {
  return ((mask >>> bit) & 1) === 1;
}

/** Cuts what a controller sends into packets. Keeps at most one unfinished packet and a chunk. */
class H4Reader {
  #waiting: Buffer = Buffer.alloc(0);

  /**
   * Whole packets, their type first, in order. A packet before broken bytes is still given.
   * @throws BrokenFrame when what comes next is no packet; the reader is of no use after that
   */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    for (let length = this.#next(); length !== undefined; length = this.#next()) {
      const packet = this.#waiting.subarray(0, length);
      this.#waiting = this.#waiting.subarray(length);
      yield packet;
    }
  }

  /** How long the packet is that is there as a whole. */
  #next(): number | undefined {
    const [type] = this.#waiting;
    if (type === undefined) return undefined;
    const shape = shapes.get(type);
    if (!shape) throw new BrokenFrame(`No HCI packet begins with 0x${type.toString(16)}`);
    const start = 1 + shape.header;
    if (this.#waiting.length < start) return undefined;
    const payload = shape.length(this.#waiting.subarray(1, start));
    if (payload > maxPayload) throw new BrokenFrame(`A packet of ${payload} bytes is announced`);
    return this.#waiting.length < start + payload ? undefined : start + payload;
  }
}
