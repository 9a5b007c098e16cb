import { createCipheriv } from "node:crypto";
import { limits } from "./limits.ts";
import type { Peer } from "./radio/radio.ts";

/* Bluetooth Core Specification 5.4, vol. 3, part H, 2.2.2, and vol. 6, part B, 1.3.2. */

/** Whether a random address is one that its owner's key can be asked about. */
export function isResolvable(address: string): boolean {
  return (Number.parseInt(address.slice(0, 2), 16) & 0xc0) === 0x40;
}

/** Whether a sender changes its address every few minutes, as phones do. */
export function isChanging({ address, addressType }: Peer): boolean {
  return addressType === "random" && (Number.parseInt(address.slice(0, 2), 16) & 0x80) === 0;
}

/** Whose addresses are whose: of the keys that are configured. */
export class PrivateAddresses {
  readonly #keys: readonly (readonly [owner: string, key: Buffer])[];
  /** Owner by address, or null for nobody's. */
  readonly #known = new Map<string, string | null>();

  /** @param keys identity resolving keys of 16 bytes, by what their owner is called */
  constructor(keys: readonly (readonly [owner: string, key: Buffer])[]) {
    this.#keys = keys;
  }

  /** The owner of an address; undefined when none of the keys made it. */
  ownerOf(address: string): string | undefined {
    if (this.#keys.length === 0 || !isResolvable(address)) return undefined;
    const known = this.#known.get(address);
    if (known !== undefined) return known ?? undefined;
    const owner = this.#keys.find(([, key]) => made(key, address))?.[0];
    this.#remember(address, owner ?? null);
    return owner;
  }

  #remember(address: string, owner: string | null): void {
    const oldest = this.#known.keys().next().value;
    if (this.#known.size >= limits.resolved && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(address, owner);
  }
}

/** The function ah: the last 24 bits of AES-128 over the random half are the other half. */
function made(key: Buffer, address: string): boolean {
  const block = Buffer.alloc(16);
  block.write(address.slice(0, 6), 13, "hex");
  const cipher = createCipheriv("aes-128-ecb", key, null);
  return cipher.update(block).toString("hex", 13, 16) === address.slice(6);
}
