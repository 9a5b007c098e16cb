import type { Clock } from "koine/adapter";
import { AttServer } from "./att-server.ts";
import { Reader, Writer } from "./bytes.ts";
import { boundary, encodeAcl, status } from "./hci.ts";
import type { Central, Peripheral } from "./peripheral.ts";

/** How often the two meet, and how long they miss each other before they give up. */
export interface LinkParameters {
  readonly intervalMs: number;
  readonly latency: number;
  readonly timeoutMs: number;
}

export interface LinkOptions {
  readonly handle: number;
  readonly clock: Clock;
  readonly peripheral: Peripheral;
  readonly parameters: LinkParameters;
  /** The most that one ACL packet carries. */
  readonly aclLength: number;
  /** Sends a packet to the host. */
  readonly send: (packet: Buffer) => void;
  /** It is over; called once. @param reason a status of HCI */
  readonly over: (reason: number) => void;
}

/** Fixed L2CAP channels of LE (Core, Vol 3, Part A, 2.1). */
const channel = { att: 0x0004, signalling: 0x0005, securityManager: 0x0006 } as const;
const l2capHeader = 4;
/** L2CAP Command Reject: command not understood (Vol 3, Part A, 4.1). */
const reject = { code: 0x01, notUnderstood: 0x0000 } as const;
/** Security Manager: Pairing Failed, pairing not supported (Vol 3, Part H, 3.5.5). */
const pairingFailed = { code: 0x05, notSupported: 0x05 } as const;

/** A connection between the controller and a peripheral. */
export class Link implements Central {
  readonly handle: number;
  readonly peripheral: Peripheral;
  parameters: LinkParameters;
  /** Packets of the host that it was not told to be done with. */
  underWay = 0;
  readonly #options: LinkOptions;
  readonly #server: AttServer;
  #state: "up" | "lost" | "over" = "up";
  #message: Buffer = Buffer.alloc(0);

  constructor(options: LinkOptions) {
    const { handle, peripheral, parameters } = options;
    this.handle = handle;
    this.peripheral = peripheral;
    this.parameters = parameters;
    this.#options = options;
    this.#server = new AttServer({
      services: peripheral.services,
      mtu: peripheral.mtu,
      hasNoLongWrites: peripheral.hasNoLongWrites,
      send: (pdu) => this.#later(0, () => this.#write(channel.att, pdu)),
    });
    peripheral.central = this;
  }

  /** An ACL packet of the host: a message of L2CAP, or a part of one. */
  receive(flag: number, data: Buffer): void {
    const isFirst = flag !== boundary.continuing;
    this.#message = isFirst ? data : Buffer.concat([this.#message, data]);
    if (this.#message.length < l2capHeader) return;
    const length = this.#message.readUInt16LE(0);
    if (this.#message.length < l2capHeader + length) return;
    const message = new Reader(this.#message.subarray(2, l2capHeader + length));
    this.#message = Buffer.alloc(0);
    this.#take(message.u16(), message.rest());
  }

  notify(uuid: string, value: Buffer): void {
    this.#server.notify(uuid, value);
  }

  lose(): void {
    if (this.#state !== "up") return;
    this.#state = "lost";
    const { clock } = this.#options;
    clock.after(this.parameters.timeoutMs, () => this.end(status.connectionTimeout));
  }

  hangUp(): void {
    this.#later(0, () => this.end(status.endedByRemoteUser));
  }

  /** Both sides know that it is over. */
  end(reason: number): void {
    if (!this.forget()) return;
    this.#options.over(reason);
  }

  /** It is over, and nobody is told. @returns false when it was */
  forget(): boolean {
    if (this.#state === "over") return false;
    this.#state = "over";
    if (this.peripheral.central === this) this.peripheral.central = undefined;
    return true;
  }

  #take(id: number, payload: Buffer): void {
    if (this.#state !== "up") return;
    if (id === channel.att) this.#request(payload);
    else if (id === channel.signalling) this.#signal(payload);
    else if (id === channel.securityManager) this.#pair(payload);
  }

  #request(pdu: Buffer): void {
    const { peripheral } = this;
    if (peripheral.requestsToLoss !== undefined) {
      peripheral.requestsToLoss -= 1;
      if (peripheral.requestsToLoss < 0) {
        peripheral.requestsToLoss = undefined;
        return this.lose();
      }
    }
    if (peripheral.ignores?.(pdu) === true) return;
    const answer = this.#server.receive(pdu);
    if (answer) this.#later(peripheral.answerDelayMs, () => this.#write(channel.att, answer));
  }

  /** Codes of requests are even, but for Command Reject; nothing is to be agreed here. */
  #signal(command: Buffer): void {
    const [code = 0, identifier = 0] = command;
    if (code % 2 !== 0) return;
    const answer = new Writer().u8(reject.code, identifier).u16(2, reject.notUnderstood).done();
    this.#later(0, () => this.#write(channel.signalling, answer));
  }

  #pair(command: Buffer): void {
    if (command[0] === pairingFailed.code) return;
    const answer = Buffer.from([pairingFailed.code, pairingFailed.notSupported]);
    this.#later(0, () => this.#write(channel.securityManager, answer));
  }

  /** At the next connection event. */
  #later(delayMs: number, run: () => void): void {
    this.#options.clock.after(delayMs + this.parameters.intervalMs, () => {
      if (this.#state === "up") run();
    });
  }

  #write(id: number, payload: Buffer): void {
    const message = new Writer().u16(payload.length, id).bytes(payload).done();
    const { aclLength, send } = this.#options;
    for (let at = 0; at < message.length; at += aclLength) {
      const flag = at === 0 ? boundary.first : boundary.continuing;
      send(encodeAcl(this.handle, flag, message.subarray(at, at + aclLength)));
    }
  }
}
