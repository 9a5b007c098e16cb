import { createCipheriv } from "node:crypto";
import { keyBytes, tagBytes, unseal } from "../unseal.ts";

/** MiBeacon protocol: the one byte of additional data. */
const additional = Buffer.from([0x11]);
const randomBytes = 3;

export interface Envelope {
  /** The frame up to the number of the frame. */
  readonly head: Buffer;
  /** As it is sent: the last byte first. */
  readonly address: Buffer;
  /** What follows the plain fields. */
  readonly rest: Buffer;
}

/** The least that stands behind the plain fields of an encrypted frame: one object. */
const minimum = 3;

/** Three bytes that count on where the number of the frame starts again; undefined: cut off. */
export function upperCount({ rest }: Envelope, isLegacy: boolean): number | undefined {
  const tail = randomBytes + (isLegacy ? 1 : tagBytes);
  return rest.length < minimum + tail ? undefined : rest.readUIntLE(rest.length - tail, 3);
}

/** Versions 4 and 5: AES-128-CCM; undefined when the key does not fit. */
export function decrypt({ head, address, rest }: Envelope, key: Buffer): Buffer | undefined {
  const end = rest.length - tagBytes - randomBytes;
  return unseal(key, {
    nonce: Buffer.concat([address, head.subarray(2), rest.subarray(end, end + randomBytes)]),
    sealed: rest.subarray(0, end),
    tag: rest.subarray(end + randomBytes),
    beside: additional,
  });
}

/** Stands in the middle of the twelve bytes of an old key. */
const keyFilling = Buffer.from("8d3d3c97", "hex");
const shortKeyBytes = 12;
const blockBytes = 16;

/**
 * Versions 2 and 3: CCM with a tag of one byte, which node:crypto does not offer. Of its first block
 * the flags hold what (1 - 2) / 2 leaves in three bits. One byte lets one wrong key in 256 pass, so
 * the caller looks whether it is an object as well.
 */
export function decryptLegacy(envelope: Envelope, key: Buffer): Buffer | undefined {
  const whole = wholeKey(key);
  const { head, address, rest } = envelope;
  const end = rest.length - 1 - randomBytes;
  if (!whole || end > blockBytes) return undefined;
  const nonce = Buffer.concat([
    head,
    rest.subarray(end, end + randomBytes),
    address.subarray(0, 5),
  ]);
  const aes = createCipheriv("aes-128-ecb", whole, null).setAutoPadding(false);
  const maskOf = (count: number): Buffer =>
    aes.update(Buffer.concat([Buffer.from([0x01]), nonce, Buffer.from([0, count])]));
  const plain = xor(rest.subarray(0, end), maskOf(1));
  const first = Buffer.concat([Buffer.from([0x79]), nonce, Buffer.from([0, end])]);
  const second = Buffer.alloc(blockBytes);
  second.writeUInt16BE(additional.length);
  additional.copy(second, 2);
  const third = Buffer.alloc(blockBytes);
  plain.copy(third);
  let tag = aes.update(first);
  for (const block of [second, third]) tag = aes.update(xor(block, tag));
  return xor(tag, maskOf(0))[0] === rest[rest.length - 1] ? plain : undefined;
}

function wholeKey(key: Buffer): Buffer | undefined {
  if (key.length === keyBytes) return key;
  if (key.length !== shortKeyBytes) return undefined;
  return Buffer.concat([key.subarray(0, 6), keyFilling, key.subarray(6)]);
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((byte, n) => byte ^ (other[n] ?? 0)));
}
