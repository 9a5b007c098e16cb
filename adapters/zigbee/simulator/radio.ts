import type { Clock } from "koine/adapter";
import type { Ieee } from "./bytes.ts";

/** A message of the application layer, from one endpoint to another. */
export interface Message {
  readonly cluster: number;
  readonly from: number;
  readonly to: number;
  readonly group?: number;
  readonly isBroadcast?: boolean;
  readonly data: Buffer;
}

/** How a transmission ended, as Z-Stack numbers it. */
export const delivery = { done: 0x00, noAck: 0xe9, expired: 0xf0, noRoute: 0xcd } as const;

/** Anything in the network but the coordinator. */
export interface Node {
  readonly ieee: Ieee;
  readonly address: number;
  readonly isRouter: boolean;
  readonly linkQuality: number;
  /** Takes a message of the application layer; resolves to how the transmission ended. */
  deliver(message: Message): Promise<number>;
  /** Answers a question of the device layer (ZDO) with status and data; undefined: no answer. */
  describe(request: number, parameters: Buffer): Promise<Buffer | undefined>;
}

/** What the stick hears. */
export interface Listener {
  heard(from: Node, message: Message): void;
  /** A device that has just joined, or came back with another address. */
  joined(node: Node): void;
  announced(node: Node, capabilities: number): void;
  left(node: Node): void;
}

/** The air between the stick and its devices. */
export class Radio {
  readonly clock: Clock;
  readonly #nodes = new Map<Ieee, Node>();
  readonly #random: () => number;
  #listener: Listener | undefined;
  /** Monotonic ms until which devices may join. */
  #openUntil = 0;
  /** Calls back those who wait for the network to open. */
  #waiting: (() => void)[] = [];

  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.#random = random;
  }

  /** The stick listens, until another one does. */
  listen(listener: Listener | undefined): void {
    this.#listener = listener;
  }

  get listener(): Listener | undefined {
    return this.#listener;
  }

  nodes(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  at(address: number): Node | undefined {
    return this.nodes().find((node) => node.address === address);
  }

  named(ieee: Ieee): Node | undefined {
    return this.#nodes.get(ieee);
  }

  add(node: Node): void {
    this.#nodes.set(node.ieee, node);
  }

  remove(node: Node): void {
    this.#nodes.delete(node.ieee);
  }

  /** An address that nobody has. */
  freeAddress(): number {
    for (;;) {
      const address = 1 + Math.floor(this.#random() * 0xfff0);
      if (!this.at(address)) return address;
    }
  }

  get isOpen(): boolean {
    return this.clock.monotonic() < this.#openUntil;
  }

  open(seconds: number): void {
    this.#openUntil = this.clock.monotonic() + seconds * 1_000;
    if (seconds > 0) for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves when devices may join. */
  async opened(): Promise<void> {
    if (this.isOpen) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
