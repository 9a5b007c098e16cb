import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** Cost 2^15, 32 MiB: about 0.1 s on a desktop, 0.4 s on a Pi 4 (RFC 7914, section 2). */
const cost = 15;
const blockSize = 8;
const parallelization = 1;
const saltBytes = 16;
const hashBytes = 32;
/** Twice what scrypt needs, 128 · N · r. */
const mostMemory = 2 * 128 * 2 ** cost * blockSize;

/** A password as it is kept: in PHC string format, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt);
  return `$scrypt$ln=${cost},r=${blockSize},p=${parallelization}$${text(salt)}$${text(hash)}`;
}

/** Whether it is the password that was kept; takes as long when nothing was. */
export async function verifyPassword(password: string, kept: string | undefined): Promise<boolean> {
  const [, salt = "", hash = ""] =
    /^\$scrypt\$ln=15,r=8,p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(kept ?? "") ?? [];
  const known = Buffer.from(hash, "base64");
  const given = await derive(password, Buffer.from(salt, "base64"));
  return known.length === given.length && timingSafeEqual(known, given);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  const options = { N: 2 ** cost, r: blockSize, p: parallelization, maxmem: mostMemory };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}

function text(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
