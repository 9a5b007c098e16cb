import type { Clock } from "koine/adapter";
import { Writer, type Reader, type Address, type AddressType } from "./bytes.ts";
import { accepted, complete, refused, type Answer, type Command } from "./commands.ts";
import type { Faults } from "./faults.ts";
import { encodeEvent, event, leEvent, opcode, status } from "./hci.ts";
import { Link, type LinkParameters } from "./link.ts";
import type { Frame, Peripheral } from "./peripheral.ts";

export interface LinksOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly faults: Faults;
  /** What a packet for a connection carries at most, and how many may be under way. */
  readonly aclLength: number;
  readonly aclCount: number;
  /** How many connections it can have. */
  readonly most: number;
  /** Sends a packet to the host. */
  readonly send: (packet: Buffer) => void;
  /** Sends an LE event, if the host wants it. */
  readonly sendLe: (subevent: number, parameters: Buffer) => void;
  /** Whether the host wants to be told of connections with both private addresses. */
  readonly isEnhanced: () => boolean;
  /** Says that the host uses commands of one kind; not, if it has used the other kind. */
  readonly uses: (kind: "legacy" | "extended") => boolean;
}

/** A connection that is to be made as soon as the peripheral is heard. */
interface Initiation {
  readonly address: Address;
  readonly addressType: AddressType;
  readonly parameters: LinkParameters;
}

/** Units of time in the commands (Core, Vol 4, Part E, 7.8.12). */
const intervalStepMs = 1.25;
const timeoutStepMs = 10;
const firstHandle = 0x0040;
const central = 0x00;
const aclLinkType = 0x01;
const nobody = "0".repeat(12);
const phys = [0x01, 0x02, 0x04];
/** Reasons that a host may give (Vol 4, Part E, 7.1.6). */
const reasons = new Set([0x05, 0x13, 0x14, 0x15, 0x1a, 0x29, 0x3b]);

/** The part of a controller that makes and keeps connections. */
export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Map<number, Link>();
  #initiation: Initiation | undefined;
  #nextHandle = firstHandle;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  get isInitiating(): boolean {
    return this.#initiation !== undefined;
  }

  get all(): readonly Link[] {
    return [...this.#links.values()];
  }

  commands(): readonly Command[] {
    return [
      [opcode.leCreateConnection, 25, (read) => this.#create("legacy", readLegacy(read))],
      [
        opcode.leExtendedCreateConnection,
        undefined,
        (read) => this.#create("extended", readExtended(read)),
      ],
      [opcode.leCreateConnectionCancel, 0, () => this.#cancel()],
      [opcode.leConnectionUpdate, 14, (read) => this.#update(read.u16(), readParameters(read))],
      [opcode.disconnect, 3, (read) => this.#disconnect(read.u16(), read.u8())],
      [opcode.readRssi, 2, (read) => this.#readRssi(read.u16())],
    ];
  }

  /** An initiating controller answers the first advertisement of whom it waits for. */
  heard({ peripheral, isConnectable, address, addressType }: Frame): void {
    const wanted = this.#initiation;
    if (!wanted || !peripheral || !isConnectable) return;
    if (wanted.address !== address || wanted.addressType !== addressType) return;
    this.#initiation = undefined;
    const failure = this.#options.faults.connectionFailure();
    if (failure === status.success) this.#establish(peripheral, wanted);
    else this.#sendConnection(failure, 0, wanted);
  }

  /** Data of the host for a connection. */
  receive(handle: number, flag: number, data: Buffer): void {
    const { aclCount, aclLength, send } = this.#options;
    const underWay = this.all.reduce((sum, link) => sum + link.underWay, 0);
    if (underWay >= aclCount || data.length > aclLength) {
      return send(encodeEvent(event.dataBufferOverflow, Buffer.from([aclLinkType])));
    }
    const link = this.#links.get(handle);
    if (!link) return;
    link.underWay += 1;
    this.#options.clock.after(link.parameters.intervalMs, () => this.#done(link, flag, data));
  }

  /** Forgets all connections without a word. */
  reset(): void {
    for (const link of this.all) link.forget();
    this.#links.clear();
    this.#initiation = undefined;
  }

  #create(kind: "legacy" | "extended", wanted: Initiation | undefined): Answer {
    const { faults, most, uses } = this.#options;
    if (!uses(kind) || this.#initiation) return refused(status.commandDisallowed);
    if (!wanted) return refused(status.invalidParameters);
    const refusal = faults.connectRefusal();
    if (refusal !== status.success) return refused(refusal);
    if (this.all.some((link) => link.peripheral.address === wanted.address)) {
      return refused(status.connectionExists);
    }
    if (this.#links.size >= most) return refused(status.connectionLimit);
    return accepted(() => (this.#initiation = wanted));
  }

  /** The connection that is given up is told as one that failed (Vol 4, Part E, 7.8.13). */
  #cancel(): Answer {
    const wanted = this.#initiation;
    if (!wanted) return complete(status.commandDisallowed);
    this.#initiation = undefined;
    this.#options.clock.after(0, () => this.#sendConnection(status.unknownConnection, 0, wanted));
    return complete();
  }

  #establish(peripheral: Peripheral, wanted: Initiation): void {
    const { clock, aclLength, send } = this.#options;
    const { parameters } = wanted;
    const handle = this.#nextHandle++;
    const over = (reason: number): void => this.#over(handle, reason);
    const link = new Link({ handle, clock, peripheral, parameters, aclLength, send, over });
    this.#links.set(handle, link);
    this.#sendConnection(status.success, handle, wanted);
  }

  #sendConnection(code: number, handle: number, wanted: Initiation): void {
    const { isEnhanced, sendLe } = this.#options;
    const { address, addressType, parameters } = wanted;
    const privateAddresses = isEnhanced() ? nobody + nobody : "";
    const body = new Writer()
      .u8(code)
      .u16(handle)
      .u8(central)
      .addressType(addressType)
      .address(address)
      .bytes(Buffer.from(privateAddresses, "hex"))
      .bytes(parameterBytes(parameters))
      .u8(0)
      .done();
    const { enhancedConnectionComplete, connectionComplete } = leEvent;
    sendLe(isEnhanced() ? enhancedConnectionComplete : connectionComplete, body);
  }

  #over(handle: number, reason: number): void {
    this.#links.delete(handle);
    const body = new Writer().u8(status.success).u16(handle).u8(reason).done();
    this.#options.send(encodeEvent(event.disconnectionComplete, body));
  }

  #update(handle: number, parameters: LinkParameters | undefined): Answer {
    const link = this.#links.get(handle);
    if (!link) return refused(status.unknownConnection);
    if (!parameters) return refused(status.invalidParameters);
    return accepted(() => {
      link.parameters = parameters;
      const body = new Writer().u8(status.success).u16(handle).bytes(parameterBytes(parameters));
      this.#options.sendLe(leEvent.connectionUpdateComplete, body.done());
    });
  }

  #disconnect(handle: number, reason: number): Answer {
    const link = this.#links.get(handle);
    if (!link) return refused(status.unknownConnection);
    if (!reasons.has(reason)) return refused(status.invalidParameters);
    const { clock } = this.#options;
    return accepted(() => {
      clock.after(link.parameters.intervalMs, () => link.end(status.endedByLocalHost));
    });
  }

  #readRssi(handle: number): Answer {
    const link = this.#links.get(handle);
    const dbm = link?.peripheral.rssi(this.#options.random) ?? 0;
    const code = link ? status.success : status.unknownConnection;
    return complete(code, new Writer().u16(handle).int(dbm, 1).done());
  }

  #done(link: Link, flag: number, data: Buffer): void {
    if (this.#links.get(link.handle) !== link) return;
    link.underWay -= 1;
    const body = new Writer().u8(1).u16(link.handle, 1).done();
    this.#options.send(encodeEvent(event.completedPackets, body));
    link.receive(flag, data);
  }
}

function readLegacy(read: Reader): Initiation | undefined {
  read.take(5);
  const [addressType, address] = [read.addressType(), read.address()];
  read.u8();
  const parameters = readParameters(read);
  return parameters && { address, addressType, parameters };
}

/** The parameters of the first PHY are what counts here (Vol 4, Part E, 7.8.66). */
function readExtended(read: Reader): Initiation | undefined {
  read.take(2);
  const [addressType, address] = [read.addressType(), read.address()];
  const wanted = read.u8();
  const used = phys.filter((phy) => (wanted & phy) !== 0);
  if (used.length === 0 || read.left !== used.length * 16) return undefined;
  read.take(4);
  const parameters = readParameters(read);
  return parameters && { address, addressType, parameters };
}

/** @returns undefined when the host asks for what cannot be (Vol 4, Part E, 7.8.12) */
function readParameters(read: Reader): LinkParameters | undefined {
  const [least, most, latency, timeout] = [read.u16(), read.u16(), read.u16(), read.u16()];
  const [intervalMs, timeoutMs] = [least * intervalStepMs, timeout * timeoutStepMs];
  const isSane = least >= 0x0006 && least <= most && most <= 0x0c80 && latency <= 0x01f3;
  const isLongEnough = timeoutMs > (1 + latency) * most * intervalStepMs * 2;
  if (!isSane || timeout < 0x000a || timeout > 0x0c80 || !isLongEnough) return undefined;
  return { intervalMs, latency, timeoutMs };
}

function parameterBytes({ intervalMs, latency, timeoutMs }: LinkParameters): Buffer {
  return new Writer().u16(intervalMs / intervalStepMs, latency, timeoutMs / timeoutStepMs).done();
}
