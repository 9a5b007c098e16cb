import type { AddressType, Report } from "./radio/radio.ts";
import type { Structures } from "./advertisement.ts";
import { limits } from "./limits.ts";
import { Sources } from "./sources.ts";

/** One frame that was heard lately. */
export interface Frame {
  readonly data: Buffer;
  /** Monotonic ms when what it says was told, and when it was heard last. */
  readAt: number;
  heardAt: number;
  /** It told of a press. */
  isPress: boolean;
}

interface Half {
  readonly structures: Structures;
  /** Monotonic ms. */
  readonly heardAt: number;
}

/** Frames of one sender that are compared with: some send four in turn, and answers to scans. */
const frames = 8;

/** Everything that is remembered of one address. */
export class Sender {
  readonly address: string;
  addressType: AddressType;
  /** Monotonic ms. */
  heardAt = 0;
  isConnectable = false;
  localName: string | undefined;
  serviceUuids: readonly string[] = [];
  /** What it was taken for: shown of strangers. */
  model: string | undefined;
  identity: string | undefined;
  /** The device that it is, or belongs to, by the text of its identifier. */
  owner: string | undefined;
  readonly sources = new Sources();
  /** Its last advertisement, and its last answer to a scan, where only both together say anything. */
  readonly halves: { plain?: Half; response?: Half } = {};
  /** It is a device, or belongs to one: strangers do not push it out. */
  isKept = false;
  readonly #frames: Frame[] = [];

  constructor(address: string, addressType: AddressType) {
    this.address = address;
    this.addressType = addressType;
  }

  /** The frame as it was heard before, if it is still remembered; from now on it is. */
  frame(data: Buffer, now: number): Readonly<Frame> | undefined {
    const at = this.#frames.findIndex((one) => one.data.equals(data));
    const known = this.#frames[at];
    if (known) {
      const before = { ...known };
      known.heardAt = now;
      return before;
    }
    if (this.#frames.length >= frames) this.#frames.shift();
    this.#frames.push({ data: ownBytes(data), readAt: -Infinity, heardAt: now, isPress: false });
    return undefined;
  }

  /** What the frame says was told. */
  read(data: Buffer, now: number, isPress: boolean): void {
    const known = this.#frames.find((one) => one.data.equals(data));
    if (known) Object.assign(known, { readAt: now, isPress });
  }
}

/**
 * A copy in memory of its own. Node cuts small buffers out of blocks of 8 KiB: each that is kept would
 * keep its block, 260 times what it needs.
 */
export function ownBytes(data: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(data.length);
  data.copy(own);
  return own;
}

/** Senders by address, bounded: whoever was not heard for longest is forgotten. */
export class Senders {
  readonly #strangers = new Map<string, Sender>();
  readonly #kept = new Map<string, Sender>();
  readonly #count: (name: string) => void;

  constructor(count: (name: string) => void) {
    this.#count = count;
  }

  get size(): number {
    return this.#strangers.size + this.#kept.size;
  }

  /** Those that are no devices, the one heard last at the end. */
  get strangers(): Iterable<Sender> {
    return this.#strangers.values();
  }

  get(address: string): Sender | undefined {
    return this.#kept.get(address) ?? this.#strangers.get(address);
  }

  /** The sender of a report, as it is known from now on. */
  heard({ address, addressType, isConnectable, isResponse }: Report, now: number): Sender {
    const sender = this.#take(address, addressType);
    sender.heardAt = now;
    if (addressType !== "unknown") sender.addressType = addressType;
    if (!isResponse) sender.isConnectable = isConnectable;
    return sender;
  }

  /** Keeps a sender apart from strangers. A private address is only kept while it is heard. */
  keep(sender: Sender): void {
    if (sender.isKept) return;
    sender.isKept = true;
    this.#strangers.delete(sender.address);
    this.#kept.set(sender.address, sender);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size <= limits.devices || oldest === undefined) return;
    this.#kept.delete(oldest);
    this.#count("senders_forgotten");
  }

  forget(address: string): void {
    this.#kept.delete(address);
    this.#strangers.delete(address);
  }

  #take(address: string, addressType: AddressType): Sender {
    const kept = this.#kept.get(address);
    if (kept) {
      // Newest last: the order in which they are forgotten.
      this.#kept.delete(address);
      this.#kept.set(address, kept);
      return kept;
    }
    const sender = this.#strangers.get(address) ?? new Sender(address, addressType);
    this.#strangers.delete(address);
    this.#strangers.set(address, sender);
    const oldest = this.#strangers.keys().next().value;
    if (this.#strangers.size > limits.senders && oldest !== undefined) {
      this.#strangers.delete(oldest);
      this.#count("senders_forgotten");
    }
    return sender;
  }
}
