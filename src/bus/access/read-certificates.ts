import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ConfigError, reasonOf } from "../../errors.ts";
import { dateOf, endOf, plausibleSinceMs, type TlsIdentity } from "./certificates.ts";

interface Given {
  /** The certificate of the server and then those above it, PEM. */
  readonly certFile: string;
  /** Its private key, PEM, without a passphrase. */
  readonly keyFile: string;
  /** Wall time in ms since 1970; may be that of a clock that was never set. */
  readonly now: number;
}

/** Bytes of one file: a chain of certificates has a few thousand. */
const fileBytesMax = 1_048_576;

const certificateBlocks = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads the certificate and key that the user has from elsewhere. One that expired is used and noted:
 * a client may not mind.
 * @throws ConfigError when they cannot be read or do not belong together
 */
export async function readCertificates({ certFile, keyFile, now }: Given): Promise<TlsIdentity> {
  const cert = await read(certFile, "TLS certificate");
  const key = await read(keyFile, "TLS key");
  const chain = parseChain(cert, certFile);
  const privateKey = parseKey(key, keyFile);
  checkPair(chain, privateKey, { certFile, keyFile });
  checkUse(cert, key, certFile);
  // Of those above it another copy may still be good at the client.
  const expiresAtMs = endOf(chain[0]);
  return { key, cert, expiresAtMs, notes: notesOn(certFile, expiresAtMs, now) };
}

async function read(path: string, what: string): Promise<string> {
  try {
    const found = await stat(path);
    // A device or a pipe might never end.
    if (!found.isFile()) throw new Error("is not a file");
    if (found.size > fileBytesMax) throw new Error(`is larger than ${fileBytesMax} bytes`);
    return await readFile(path, "utf8");
  } catch (cause) {
    const advice = "correct the path, or let the user that runs koine read it";
    throw new ConfigError(`Cannot read ${what} "${path}": ${reasonOf(cause)}; ${advice}`, {
      cause,
    });
  }
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function parseChain(text: string, path: string): Chain {
  const blocks = text.match(certificateBlocks) ?? [];
  const [first, ...others] = blocks.map((block) => parseCertificate(block, path));
  if (first) return [first, ...others];
  const why = 'it has no part that begins with "-----BEGIN CERTIFICATE-----"; give one in PEM form';
  throw new ConfigError(`Cannot use TLS certificate "${path}": ${why}`);
}

function parseCertificate(block: string, path: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    const why = "a part of it is damaged; copy it again from where it was made";
    throw new ConfigError(`Cannot use TLS certificate "${path}": ${why}`, { cause });
  }
}

function parseKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const why = text.includes("ENCRYPTED")
      ? 'it is locked with a passphrase; unlock it with "openssl pkey -in … -out …"'
      : "it has no private key that can be read; give one in PEM form";
    throw new ConfigError(`Cannot use TLS key "${path}": ${why}`, { cause });
  }
}

function checkPair(
  [server, ...others]: Chain,
  key: KeyObject,
  { certFile, keyFile }: Pick<Given, "certFile" | "keyFile">,
): void {
  if (server.checkPrivateKey(key)) return;
  const isBelow = others.some((other) => other.checkPrivateKey(key));
  const why = isBelow
    ? `its first certificate is not the server's; put the one of "${keyFile}" first`
    : `"${keyFile}" is the key of another certificate; give the two that were made together`;
  throw new ConfigError(`Cannot use TLS certificate "${certFile}": ${why}`);
}

/** OpenSSL has the last word: it refuses short keys and weak signatures. */
function checkUse(cert: string, key: string, path: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    // `error:0A00018F:SSL routines::ee key too small`
    const why = reasonOf(cause).replace(/^error:.*::/, "");
    const message = `Cannot use TLS certificate "${path}": ${why}; have another one made`;
    throw new ConfigError(message, { cause });
  }
}

function notesOn(path: string, expiresAtMs: number, now: number): readonly string[] {
  if (expiresAtMs > Math.max(now, plausibleSinceMs)) return [];
  return [
    `The TLS certificate "${path}" expired on ${dateOf(expiresAtMs)}: ` +
      `most clients refuse it until it is replaced.`,
  ];
}
