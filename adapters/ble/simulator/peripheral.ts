import type { Address, AddressType } from "./bytes.ts";
import type { Service } from "./gatt.ts";

/** Bytes that stay the same, or what they are by now; undefined: it is silent. */
export type Data = Buffer | (() => Buffer | undefined);

export interface PeripheralOptions {
  readonly address: Address;
  /** Public by default. */
  readonly addressType?: AddressType;
  /** AD structures; at most 31 bytes unless it is extended. */
  readonly data: Data;
  /** What it answers an active scanner. */
  readonly scanResponse?: Data;
  /** Between two advertising events; without it, it advertises only when told to. */
  readonly intervalMs?: number;
  /** Takes connections; by default when it has services. */
  readonly isConnectable?: boolean;
  /** Advertises with the PDUs of Bluetooth 5, which a legacy scan does not hear. */
  readonly isExtended?: boolean;
  /** How strong it is heard, in dBm; -60 by default. */
  readonly rssiDbm?: number;
  /** How far that goes up and down; 4 dB by default. */
  readonly rssiNoiseDb?: number;
  readonly services?: readonly Service[];
  /** The longest ATT PDU that it takes. */
  readonly mtu?: number;
  /** It cannot do long writes. */
  readonly hasNoLongWrites?: boolean;
}

/** What is heard of one advertising event. */
export interface Frame {
  readonly address: Address;
  readonly addressType: AddressType;
  readonly isConnectable: boolean;
  readonly isExtended: boolean;
  readonly data: Buffer;
  /** What it answers if it is asked. */
  readonly scanResponse: Buffer | undefined;
  readonly rssiDbm: number;
  /** Who sent it, if that is someone to connect to. */
  readonly peripheral: Peripheral | undefined;
}

/** The host's end of a connection, as a peripheral sees it. */
export interface Central {
  /** Sends a value, if the host has asked to be told. */
  notify(uuid: string, value: Buffer): void;
  /** Nothing is heard of each other any more; the controller notices after a while. */
  lose(): void;
  /** Ends the connection. */
  hangUp(): void;
}

const defaultRssi = { dbm: -60, noiseDb: 4 } as const;
const defaultMtu = 247;
/** The most that a legacy PDU carries (Core, Vol 6, Part B, 2.3.1.1), and an extended one. */
const maxData = { legacy: 31, extended: 1650 } as const;
/** What one byte of RSSI says without meaning "unknown" (Core, Vol 4, Part E, 7.7.65.2). */
const rssiRange = { least: -127, most: 20 } as const;

/** A device that advertises, and may be connected to. */
export class Peripheral {
  /** May change, as that of a phone does. */
  address: Address;
  addressType: AddressType;
  data: Data;
  scanResponse: Data | undefined;
  intervalMs: number | undefined;
  rssiDbm: number;
  readonly isExtended: boolean;
  readonly isConnectable: boolean;
  readonly services: readonly Service[];
  readonly mtu: number;
  readonly hasNoLongWrites: boolean;
  /** Who is connected. */
  central: Central | undefined;
  /** How long it thinks before it answers a request. */
  answerDelayMs = 0;
  /** Says of an ATT PDU whether it is left without an answer for ever. */
  ignores: ((pdu: Buffer) => boolean) | undefined;
  /** How many more requests it gets before the link is lost. */
  requestsToLoss: number | undefined;
  readonly #noiseDb: number;
  #isPresent = true;

  constructor(options: PeripheralOptions) {
    this.address = options.address;
    this.addressType = options.addressType ?? "public";
    this.data = options.data;
    this.scanResponse = options.scanResponse;
    this.intervalMs = options.intervalMs;
    this.rssiDbm = options.rssiDbm ?? defaultRssi.dbm;
    this.#noiseDb = options.rssiNoiseDb ?? defaultRssi.noiseDb;
    this.isExtended = options.isExtended ?? false;
    this.services = options.services ?? [];
    this.isConnectable = options.isConnectable ?? this.services.length > 0;
    this.mtu = options.mtu ?? defaultMtu;
    this.hasNoLongWrites = options.hasNoLongWrites ?? false;
  }

  /** In range, and with a battery. */
  get isPresent(): boolean {
    return this.#isPresent;
  }

  /** Goes out of range, or comes back; a connection is lost by that. */
  set isPresent(isPresent: boolean) {
    this.#isPresent = isPresent;
    if (!isPresent) this.central?.lose();
  }

  /**
   * What is heard of it now; nothing while it is away, connected or silent.
   * @throws RangeError when it advertises more than a PDU carries
   */
  frame(random: () => number): Frame | undefined {
    const data = this.#isPresent && !this.central ? valueOf(this.data) : undefined;
    if (!data) return undefined;
    const { address, addressType, isConnectable, isExtended } = this;
    const shown = { address, addressType, isConnectable, isExtended };
    const scanResponse = valueOf(this.scanResponse);
    const most = isExtended ? maxData.extended : maxData.legacy;
    if (data.length > most || (scanResponse?.length ?? 0) > most) {
      throw new RangeError(`More than ${most} bytes are advertised by ${address}`);
    }
    return { ...shown, data, scanResponse, rssiDbm: this.rssi(random), peripheral: this };
  }

  /** How strong it is heard at this moment, in dBm. */
  rssi(random: () => number): number {
    const dbm = Math.round(this.rssiDbm + (2 * random() - 1) * this.#noiseDb);
    return Math.min(Math.max(dbm, rssiRange.least), rssiRange.most);
  }

  /** Tells a value of a characteristic to who is connected and wants it. */
  notify(uuid: string, value: Buffer): void {
    this.central?.notify(uuid, value);
  }
}

function valueOf(data: Data | undefined): Buffer | undefined {
  return typeof data === "function" ? data() : data;
}
