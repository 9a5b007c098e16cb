import {
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { join } from "node:path";
import { reasonOf } from "../../errors.ts";
import { isFor, usableNames, type Names } from "./certificate-names.ts";
import {
  issueAuthority,
  issueServer,
  keyBits,
  makeKey,
  type Certified,
} from "./issue-certificates.ts";
import {
  moveAside,
  openPrivateDirectory,
  readIfAny,
  removeLeftover,
  writeWhole,
} from "./tls-directory.ts";

/** What a TLS listener shows and proves. */
export interface TlsIdentity {
  /** Private key, PEM. */
  readonly key: string;
  /** The server's certificate and then those above it, PEM. */
  readonly cert: string;
  /** When clients begin to refuse it, in ms since 1970. */
  readonly expiresAtMs: number;
  /** What was wrong or unusual, in sentences for the log; empty when all was well. */
  readonly notes: readonly string[];
}

/** The gateway's own identity, with the authority that clients trust. */
export interface ServerIdentity extends TlsIdentity {
  /** Certificate of the authority, PEM. It stays the same for as long as its files do. */
  readonly ca: string;
  /** SHA-256 of the authority's certificate (DER): `AA:BB:…`. */
  readonly caFingerprint256: string;
  /** Whether the server's certificate was made now, for the first time or anew. */
  readonly renewed: boolean;
}

interface Wanted {
  /** Made when missing; of nobody but this process. */
  readonly directory: string;
  /** Wall time in ms since 1970; may be that of a clock that was never set. */
  readonly now: number;
  /** Host names and IP addresses under which clients reach the gateway. */
  readonly names: readonly string[];
}

const dayMs = 86_400_000;

/** How long an authority is valid: longer than a Pi lives. */
const authorityDays = 20 * 365;
/** Less of it than this left is noted at every start. */
const authorityNoteDays = 365;
/** The longest that iOS, macOS and browsers were ever content with for a private authority. */
const serverDays = 825;
/** A server certificate with less left is renewed: a gateway may be off for a season. */
const renewDays = 60;

/** Wall time before this is a clock that was never set; validity is counted from here then. */
export const plausibleSinceMs = Date.UTC(2026, 0, 1);

const privateMode = 0o600;
const publicMode = 0o644;

/** What the steps of one opening share. */
interface Opening {
  readonly directory: string;
  readonly fromMs: number;
  readonly notes: string[];
}

/**
 * Opens the gateway's certificate authority and server certificate, and makes what is missing, damaged,
 * or soon too old. The authority is kept for ever, since clients trust it; so is the server's key, since
 * Tasmota remembers that. Call it again each day and when the clock is set. Not at the same time twice.
 * @throws LinkError when the directory cannot be used
 */
export async function openCertificates(wanted: Wanted): Promise<ServerIdentity> {
  const { directory, now } = wanted;
  const notes: string[] = [];
  const opening = { directory, notes, fromMs: Math.max(now, plausibleSinceMs) };
  await openPrivateDirectory(directory, notes);
  const authority = await openAuthority(opening, now);
  const names = usableNames(wanted.names, notes);
  const { certificate, key, renewed } = await openServer(opening, authority, names);
  return {
    key: pemOf(key),
    cert: chainOf(certificate, authority),
    ca: authority.certificate.toString(),
    caFingerprint256: authority.certificate.fingerprint256,
    expiresAtMs: endOf(certificate),
    renewed,
    notes,
  };
}

/**
 * SHA-256 of the first certificate in a PEM text, as `AA:BB:…`.
 * @throws Error when there is none
 */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** End of a certificate's validity, in ms since 1970. */
export function endOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

interface Held {
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

async function read({ directory, notes }: Opening, name: string): Promise<Held> {
  const certificate = join(directory, `${name}.pem`);
  const key = join(directory, `${name}-key.pem`);
  await removeLeftover(certificate);
  await removeLeftover(key);
  return {
    certificate: await readIfAny(certificate, publicMode, notes),
    key: await readIfAny(key, privateMode, notes),
  };
}

interface Authority extends Certified {
  readonly isNew: boolean;
}

async function openAuthority(opening: Opening, now: number): Promise<Authority> {
  const found = authorityIn(await read(opening, "ca"));
  if (typeof found === "object") {
    noteItsEnd(opening, found);
    return { ...found, isNew: false };
  }
  if (found !== undefined) {
    await setAuthorityAside(opening, found, now);
  } else if (await hasServer(opening)) {
    await setAuthorityAside(opening, '"ca.pem" and "ca-key.pem" are missing', now);
  }
  return { ...(await makeAuthority(opening)), isNew: true };
}

/** The authority in its two files, why it cannot be used, or undefined when there is none. */
function authorityIn(held: Held): Certified | string | undefined {
  const found = pairIn(held, "ca");
  if (typeof found !== "object") return found;
  const { certificate } = found;
  const isAuthority = certificate.ca && certificate.verify(certificate.publicKey);
  return isAuthority ? found : '"ca.pem" is not the certificate of an authority, signed by itself';
}

function pairIn(
  { certificate: text, key: keyText }: Held,
  name: string,
): Certified | string | undefined {
  if (text === undefined && keyText === undefined) return undefined;
  if (text === undefined) return `"${name}.pem" is missing`;
  if (keyText === undefined) return `"${name}-key.pem" is missing`;
  const certificate = parseCertificate(text);
  if (!certificate) return `"${name}.pem" is not a certificate`;
  const key = parseKey(keyText);
  if (!key) return `"${name}-key.pem" is not an RSA key of ${keyBits} bits or more`;
  if (certificate.checkPrivateKey(key)) return { certificate, key };
  return `"${name}.pem" and "${name}-key.pem" do not belong together`;
}

async function hasServer(opening: Opening): Promise<boolean> {
  const { certificate } = await read(opening, "server");
  return certificate !== undefined;
}

function noteItsEnd({ directory, fromMs, notes }: Opening, { certificate }: Certified): void {
  const endMs = endOf(certificate);
  if (endMs - fromMs >= authorityNoteDays * dayMs) return;
  notes.push(
    `The certificate authority in "${directory}" ends on ${dateOf(endMs)}. ` +
      `Remove "ca.pem" and "ca-key.pem" there to have a new one made, and give it to every client.`,
  );
}

async function setAuthorityAside(opening: Opening, fault: string, now: number): Promise<void> {
  const { directory, notes } = opening;
  // A clock that was never set may show the same time twice.
  const suffix = `${stampOf(now)}-${randomBytes(2).toString("hex")}`;
  for (const name of ["ca.pem", "ca-key.pem"]) {
    await moveAside(join(directory, name), join(directory, `${name}.${suffix}`));
  }
  notes.push(
    `The certificate authority in "${directory}" could not be used: ${fault}. ` +
      `What was there ends in ".${suffix}" now, and a new authority was made: ` +
      `give its "ca.pem" to every client that trusted the old one.`,
  );
}

async function makeAuthority({ directory, fromMs }: Opening): Promise<Certified> {
  const key = await makeKey();
  const certificate = await issueAuthority({ key, untilMs: fromMs + authorityDays * dayMs });
  await writeWhole(join(directory, "ca-key.pem"), pemOf(key), privateMode);
  await writeWhole(join(directory, "ca.pem"), certificate.toString(), publicMode);
  return { certificate, key };
}

interface Server extends Certified {
  readonly renewed: boolean;
}

async function openServer(opening: Opening, authority: Authority, names: Names): Promise<Server> {
  const held = await read(opening, "server");
  const found = serverIn(held, authority);
  const untilMs = Math.min(opening.fromMs + serverDays * dayMs, endOf(authority.certificate));
  if (typeof found === "object" && isGood(found.certificate, { names, untilMs, opening })) {
    return { ...found, renewed: false };
  }
  if (typeof found === "string" && !authority.isNew) {
    opening.notes.push(`The server certificate was made anew: ${found}.`);
  }
  const heldKey = parseKey(held.key);
  const key = heldKey ?? (await makeKey());
  const certificate = await issueServer({ key, issuer: authority, names, untilMs });
  if (!heldKey) await saveServer(opening, "server-key.pem", pemOf(key), privateMode);
  await saveServer(opening, "server.pem", chainOf(certificate, authority), publicMode);
  return { certificate, key, renewed: true };
}

/** The server's certificate in its files, why it cannot be used, or undefined when there is none. */
function serverIn(held: Held, authority: Authority): Certified | string | undefined {
  const found = pairIn(held, "server");
  if (typeof found !== "object") return found;
  const { certificate } = found;
  const { certificate: issuer } = authority;
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
    return '"server.pem" is from another certificate authority';
  }
  return held.certificate === chainOf(certificate, authority) ? found : '"server.pem" is not whole';
}

interface Need {
  readonly names: Names;
  /** The end that a new certificate would have, in ms since 1970. */
  readonly untilMs: number;
  readonly opening: Opening;
}

function isGood(certificate: X509Certificate, { names, untilMs, opening }: Need): boolean {
  const endMs = endOf(certificate);
  // At the end of the authority a new certificate would not last longer either.
  const isOld = endMs - opening.fromMs < renewDays * dayMs && endMs < untilMs;
  return !isOld && names.every((name) => isFor(certificate, name));
}

/** A certificate that cannot be saved serves until the next start: clients trust its authority. */
async function saveServer(
  { directory, notes }: Opening,
  name: string,
  text: string,
  mode: number,
): Promise<void> {
  try {
    await writeWhole(join(directory, name), text, mode);
  } catch (error) {
    notes.push(`${reasonOf(error)}. It is used until the next start.`);
  }
}

function parseCertificate(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

/** An RSA key that works; none when it is weak, or damaged in a way that only its use shows. */
function parseKey(text: string | undefined): KeyObject | undefined {
  try {
    const key = createPrivateKey(text ?? "");
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType !== "rsa" || modulusLength < keyBits) return undefined;
    const probe = Buffer.from("koine");
    const signature = sign("sha256", probe, key);
    return verify("sha256", probe, createPublicKey(key), signature) ? key : undefined;
  } catch {
    return undefined;
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function chainOf(certificate: X509Certificate, { certificate: issuer }: Certified): string {
  return certificate.toString() + issuer.toString();
}

/** `20261126T003511Z`. */
function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** `2028-03-01`. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
