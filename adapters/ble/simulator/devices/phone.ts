import { createCipheriv } from "node:crypto";
import { flags, manufacturerData, txPower } from "../advertising-data.ts";
import type { Address } from "../bytes.ts";
import type { Peripheral } from "../peripheral.ts";
import type { Surroundings } from "./device.ts";

/** The key by which its address is recognised, most significant byte first. */
export const phoneIrk = "9c1f4e7a3b60d8258e51c7f20a94b36d";
/** How long it keeps an address: the default of the specification (Core, Vol 3, Part C, App. A). */
export const rotateMs = 15 * 60_000;

const apple = 0x004c;
const nearby = [0x10, 0x05, 0x01, 0x18, 0x3f, 0x92, 0xd1];
const phoneFlags = 0x1a;
const intervalMs = 900;
/** The two most significant bits of a resolvable private address (Vol 6, Part B, 1.3.2.2). */
const resolvable = { mask: 0x3f, bits: 0x40 } as const;
const addressPart = 3;

/** The random address function (Vol 3, Part H, 2.2.2). @returns 24 bits, as 3 bytes */
export function ah(irk: string, prand: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-ecb", Buffer.from(irk, "hex"), null);
  const block = Buffer.concat([Buffer.alloc(16 - addressPart), prand]);
  return cipher.update(block).subarray(-addressPart);
}

/** An address that whoever has the key recognises. */
export function resolvableAddress(irk: string, random: () => number): Address {
  const prand = Buffer.from(Buffer.alloc(addressPart).map(() => Math.floor(random() * 256)));
  prand.writeUInt8(((prand[0] ?? 0) & resolvable.mask) | resolvable.bits, 0);
  return Buffer.concat([prand, ah(irk, prand)]).toString("hex");
}

/** A phone, which has another address every quarter of an hour. */
export function phone({ air, random }: Surroundings): Peripheral {
  const peripheral = air.add({
    address: resolvableAddress(phoneIrk, random),
    addressType: "random",
    intervalMs,
    rssiDbm: -64,
    rssiNoiseDb: 8,
    isConnectable: true,
    data: Buffer.concat([
      flags(phoneFlags),
      txPower(12),
      manufacturerData(apple, Buffer.from(nearby)),
    ]),
  });
  const rotate = (): void => {
    peripheral.address = resolvableAddress(phoneIrk, random);
    air.after(rotateMs, rotate);
  };
  air.after(rotateMs, rotate);
  return peripheral;
}
