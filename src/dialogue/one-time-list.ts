import { createHmac, timingSafeEqual } from "node:crypto";

/** A person's list of codes that are used in order, each once. */
export interface OneTimeList {
  /** 20 bytes, in hexadecimal. */
  readonly secret: string;
  /** The first code that was not used yet. */
  readonly counter: number;
}

export const secretBytes = 20;
const digits = 6;
/** Codes that may be skipped: a text that never arrived has used one up (RFC 4226, 7.4). */
const lookAhead = 10;

/** One code of a list (RFC 4226, 5.3). */
export function codeAt({ secret }: OneTimeList, counter: number): string {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac("sha1", Buffer.from(secret, "hex")).update(message).digest();
  const offset = (digest.at(-1) ?? 0) & 0x0f;
  const number = digest.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/** The list as it is after that code was used; undefined when it is none of the next ones. */
export function used(list: OneTimeList, code: string): OneTimeList | undefined {
  for (let counter = list.counter; counter <= list.counter + lookAhead; counter++) {
    if (isEqual(codeAt(list, counter), code)) return { ...list, counter: counter + 1 };
  }
  return undefined;
}

/** Compares in a time that tells nothing. */
export function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
