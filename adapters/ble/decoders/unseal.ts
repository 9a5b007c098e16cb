import { createDecipheriv } from "node:crypto";

/** A message that AES-CCM protects with a tag of four bytes. */
export interface Sealed {
  readonly nonce: Buffer;
  readonly sealed: Buffer;
  readonly tag: Buffer;
  /** Authenticated, not encrypted. */
  readonly beside?: Buffer;
}

export const tagBytes = 4;
export const keyBytes = 16;

/** The message, if this key sealed exactly it; undefined of any other key or message. */
export function unseal(key: Buffer, { nonce, sealed, tag, beside }: Sealed): Buffer | undefined {
  if (key.length !== keyBytes) return undefined;
  const cipher = createDecipheriv("aes-128-ccm", key, nonce, { authTagLength: tagBytes });
  cipher.setAuthTag(tag);
  if (beside) cipher.setAAD(beside, { plaintextLength: sealed.length });
  try {
    const opened = cipher.update(sealed);
    cipher.final();
    return opened;
  } catch {
    return undefined;
  }
}
