import type { Clock } from "koine/adapter";
import type { Plugged, Port } from "../../simulation/line.ts";
import type { Air, Listener } from "./air.ts";
import { Reader, Writer, type Address } from "./bytes.ts";
import { complete, refused, type Answer, type Command } from "./commands.ts";
import { Faults } from "./faults.ts";
import { HostReader, type HostPacket } from "./h4.ts";
import {
  encodeCommandComplete,
  encodeCommandStatus,
  encodeEvent,
  event,
  leEvent,
  opcode,
  status,
} from "./hci.ts";
import { Links } from "./links.ts";
import type { Frame } from "./peripheral.ts";
import { Scanner } from "./scanner.ts";

export interface ControllerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly air: Air;
  readonly address?: Address;
  /** What an ACL packet carries at most, and how many the host may have under way. */
  readonly aclLength?: number;
  readonly aclCount?: number;
  readonly maxConnections?: number;
  /** How many advertising reports share an event at most. */
  readonly reportsPerEvent?: number;
  /** Where the data of an extended report is cut; without it, where an event is full. */
  readonly fragmentLength?: number;
}

const defaults = {
  address: "02c0ffee0001",
  aclLength: 27,
  aclCount: 8,
  maxConnections: 5,
  reportsPerEvent: 1,
} as const;

/** Bluetooth 5.0, and the company identifier for what is not on the market (Assigned Numbers, 7). */
const version = { hci: 0x09, revision: 1, lmp: 0x09, company: 0xffff, subversion: 1 } as const;

/** Masks after a reset (Core, Vol 4, Part E, 7.3.1 and 7.8.1). */
const defaultMasks = { events: 0x00001fffffffffffn, leEvents: 0x1fn } as const;
const leMetaBit = 61n;

/** Where each command is in the list of those that are supported (Vol 4, Part E, 6.27). */
const supported: readonly (readonly [octet: number, bit: number])[] = [
  [0, 5],
  [5, 6],
  [5, 7],
  [14, 3],
  [14, 7],
  [15, 1],
  [15, 5],
  [24, 5],
  [24, 6],
  [25, 0],
  [25, 1],
  [25, 4],
  [26, 2],
  [26, 3],
  [26, 4],
  [26, 5],
  [27, 2],
  [35, 5],
  [37, 5],
  [37, 6],
  [37, 7],
];
const supportedLength = 64;

/** Commands that are answered with Command Status, and are over with an event of their own. */
const answeredByStatus: ReadonlySet<number> = new Set([
  opcode.disconnect,
  opcode.leCreateConnection,
  opcode.leExtendedCreateConnection,
  opcode.leConnectionUpdate,
]);

/**
 * A Bluetooth LE controller, from the host's side: it takes HCI commands and data over H4 and
 * answers as Bluetooth Core, Vol 4, Part E says. It starts anew with each connection.
 */
export class Controller implements Plugged, Listener {
  readonly address: Address;
  readonly faults: Faults;
  /** Told every packet of the host, for tests. */
  onPacket: ((packet: HostPacket) => void) | undefined;
  readonly #scanner: Scanner;
  readonly #links: Links;
  readonly #commands: ReadonlyMap<number, Command>;
  readonly #options: Required<Omit<ControllerOptions, "fragmentLength">>;
  #reader = new HostReader();
  #port: Port | undefined;
  #events: bigint = defaultMasks.events;
  #leEvents: bigint = defaultMasks.leEvents;
  #hostSupportsLe = 0;

  constructor({ fragmentLength, ...given }: ControllerOptions) {
    const options = { ...defaults, ...given };
    const { clock, random, aclLength, aclCount, maxConnections: most, reportsPerEvent } = options;
    this.#options = options;
    this.address = options.address;
    this.faults = new Faults(random);
    const sendLe = (subevent: number, body: Buffer): void => this.#sendLe(subevent, body);
    const shared = { clock, random, faults: this.faults };
    this.#scanner = new Scanner({
      ...shared,
      reportsPerEvent,
      ...(fragmentLength !== undefined && { fragmentLength }),
      send: sendLe,
      isBusy: () => this.#links.isInitiating,
    });
    this.#links = new Links({
      ...shared,
      aclLength,
      aclCount,
      most,
      send: (packet) => this.say(packet),
      sendLe,
      isEnhanced: () => hasBit(this.#leEvents, BigInt(leEvent.enhancedConnectionComplete - 1)),
      uses: (kind) => this.#scanner.uses(kind),
    });
    const all = [...this.#basics(), ...this.#scanner.commands(), ...this.#links.commands()];
    this.#commands = new Map(all.map((command) => [command[0], command]));
    options.air.listen(this);
  }

  /** Whether the host has turned scanning on; it may hear nothing all the same. */
  get isScanning(): boolean {
    return this.#scanner.isOn;
  }

  /** Whether it waits for a peripheral to connect to. */
  get isInitiating(): boolean {
    return this.#links.isInitiating;
  }

  /** How many connections it has. */
  get connections(): number {
    return this.#links.all.length;
  }

  attach(port: Port): void {
    this.#port = port;
    this.#reader = new HostReader();
    this.#reset();
  }

  detach(port: Port): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    this.#reset();
  }

  /** Bytes from the host. What is no packet is forgotten, as after a cable that was pulled. */
  receive(bytes: Buffer): void {
    try {
      for (const packet of this.#reader.push(bytes)) this.#take(packet);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#reader = new HostReader();
    }
  }

  heard(frame: Frame): void {
    this.#scanner.heard(frame);
    this.#links.heard(frame);
  }

  /** Sends bytes to the host: a packet, or what no controller would say. */
  say(bytes: Buffer): void {
    if (!this.faults.isHung) this.#port?.write(bytes);
  }

  #take(packet: HostPacket): void {
    this.onPacket?.(packet);
    if (this.faults.isHung) return;
    if (packet.type === "acl") this.#links.receive(packet.handle, packet.boundary, packet.data);
    else this.#obey(packet.opcode, packet.parameters);
  }

  #obey(command: number, parameters: Buffer): void {
    const answer = this.#answer(command, parameters);
    if (answer.type === "complete") {
      this.say(encodeCommandComplete(command, answer.returned));
    } else {
      this.say(encodeCommandStatus(command, answer.status));
      answer.afterwards?.();
    }
  }

  #answer(code: number, parameters: Buffer): Answer {
    const command = this.#commands.get(code);
    if (!command) return complete(status.unknownCommand);
    const [, length, run] = command;
    if (length !== undefined && length !== parameters.length) return malformed(code);
    try {
      return run(new Reader(parameters));
    } catch (error) {
      if (error instanceof RangeError) return malformed(code);
      throw error;
    }
  }

  /** What every host asks first. */
  #basics(): readonly Command[] {
    const { address, aclLength, aclCount } = this.#options;
    const { hci, revision, lmp, company, subversion } = version;
    const about = new Writer().u8(hci).u16(revision).u8(lmp).u16(company, subversion).done();
    const buffers = new Writer().u16(aclLength).u8(aclCount).done();
    const classicBuffers = new Writer().u16(aclLength).u8(0).u16(aclCount, 0).done();
    const own = new Writer().address(address).done();
    return [
      [opcode.reset, 0, () => this.#resetCommand()],
      [opcode.setEventMask, 8, (read) => this.#setMask(read)],
      [opcode.leSetEventMask, 8, (read) => this.#setLeMask(read)],
      [opcode.readLocalVersion, 0, () => complete(status.success, about)],
      [opcode.readSupportedCommands, 0, () => complete(status.success, supportedCommands())],
      [opcode.readBufferSize, 0, () => complete(status.success, classicBuffers)],
      [opcode.leReadBufferSize, 0, () => complete(status.success, buffers)],
      [opcode.readAddress, 0, () => complete(status.success, own)],
      [opcode.readLeHostSupport, 0, () => this.#readLeHostSupport()],
      [opcode.writeLeHostSupport, 2, (read) => this.#writeLeHostSupport(read.u8())],
      [opcode.leSetRandomAddress, 6, () => this.#setRandomAddress()],
      [opcode.leSetDefaultPhy, 3, () => complete()],
    ];
  }

  #resetCommand(): Answer {
    this.#reset();
    return complete();
  }

  #reset(): void {
    this.#events = defaultMasks.events;
    this.#leEvents = defaultMasks.leEvents;
    this.#hostSupportsLe = 0;
    this.#scanner.reset();
    this.#links.reset();
  }

  #setMask(read: Reader): Answer {
    this.#events = read.take(8).readBigUInt64LE(0);
    return complete();
  }

  #setLeMask(read: Reader): Answer {
    this.#leEvents = read.take(8).readBigUInt64LE(0);
    return complete();
  }

  #readLeHostSupport(): Answer {
    return complete(status.success, Buffer.from([this.#hostSupportsLe, 0]));
  }

  #writeLeHostSupport(supports: number): Answer {
    if (supports > 1) return complete(status.invalidParameters);
    this.#hostSupportsLe = supports;
    return complete();
  }

  /** Not while it is used (Vol 4, Part E, 7.8.4). */
  #setRandomAddress(): Answer {
    const isUsed = this.isScanning || this.isInitiating;
    return complete(isUsed ? status.commandDisallowed : status.success);
  }

  #sendLe(subevent: number, body: Buffer): void {
    const isWanted =
      hasBit(this.#events, leMetaBit) && hasBit(this.#leEvents, BigInt(subevent - 1));
    if (!isWanted) return;
    const parameters = Buffer.concat([Buffer.from([subevent]), body]).subarray(0, 255);
    this.say(encodeEvent(event.leMeta, parameters));
  }
}

function malformed(command: number): Answer {
  const { invalidParameters } = status;
  return answeredByStatus.has(command) ? refused(invalidParameters) : complete(invalidParameters);
}

function hasBit(mask: bigint, bit: bigint): boolean {
  return ((mask >> bit) & 1n) === 1n;
}

function supportedCommands(): Buffer {
  const octets = Buffer.alloc(supportedLength);
  for (const [octet, bit] of supported) octets.writeUInt8((octets[octet] ?? 0) | (1 << bit), octet);
  return octets;
}
