import {
  createHash,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import type forgeModule from "node-forge";
import type { pki } from "node-forge";
import { invariant } from "../../errors.ts";
import type { Names } from "./certificate-names.ts";

/** A certificate with its private key. */
export interface Certified {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

interface Authority {
  readonly key: KeyObject;
  /** End of its validity, in ms since 1970. */
  readonly untilMs: number;
}

interface Server extends Authority {
  readonly issuer: Certified;
  readonly names: Names;
}

/**
 * RSA of 2048 bits is what every TLS client of a house can read: ESP8266 with axTLS has no elliptic
 * curves, ATWINC15x0 takes no RSA above 2048 bits, iOS 13 none below (Apple 103769).
 */
export const keyBits = 2_048;

/**
 * Beginning of every certificate, far back for clients whose clock was never set. Before 2019-07-01,
 * because iOS and macOS hold a later one to 825 days from here to its end (Apple 103769).
 */
const validFrom = new Date(Date.UTC(2019, 0, 1));

const generate = promisify(generateKeyPair);

export async function makeKey(): Promise<KeyObject> {
  const { privateKey } = await generate("rsa", { modulusLength: keyBits });
  return privateKey;
}

/** Makes the certificate of an authority that signs nothing but server certificates. */
export async function issueAuthority({ key, untilMs }: Authority): Promise<X509Certificate> {
  const forge = await loadForge();
  const certificate = draft(forge, key, untilMs);
  // Several gateways stand side by side in the list of a phone.
  const subject = [{ name: "commonName", value: `Koine gateway ${shortIdOf(key)}` }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
    { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    { name: "subjectKeyIdentifier" },
  ]);
  return signed(forge, certificate, key);
}

/** Makes the certificate of a TLS server. */
export async function issueServer(server: Server): Promise<X509Certificate> {
  const { key, issuer, names, untilMs } = server;
  const forge = await loadForge();
  const authority = forge.pki.certificateFromPem(issuer.certificate.toString());
  const certificate = draft(forge, key, untilMs);
  certificate.setSubject([{ name: "commonName", value: names[0].slice(0, commonNameLength) }]);
  certificate.setIssuer(authority.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: names.map(altNameOf) },
    { name: "subjectKeyIdentifier" },
    {
      name: "authorityKeyIdentifier",
      keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes(),
    },
  ]);
  return signed(forge, certificate, issuer.key);
}

/** `ub-common-name`, RFC 5280 appendix A.1. */
const commonNameLength = 64;

type Forge = typeof forgeModule;

/** Nine MB of memory that most starts do not need. */
async function loadForge(): Promise<Forge> {
  const { default: forge } = await import("node-forge");
  return forge;
}

function draft(forge: Forge, key: KeyObject, untilMs: number): pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(
    createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
  );
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = validFrom;
  certificate.validity.notAfter = new Date(untilMs);
  return certificate;
}

/** Positive, without a leading zero byte, at most 20 bytes: RFC 5280 section 4.1.2.2. */
function serialNumber(): string {
  return `4b${randomBytes(15).toString("hex")}`;
}

function altNameOf(name: string): { type: number; value: string } | { type: number; ip: string } {
  // Choices 2 (dNSName) and 7 (iPAddress) of GeneralName, RFC 5280 section 4.2.1.6.
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
}

/** node:crypto signs, not forge: it is faster and guards the key against being timed. */
function signed(forge: Forge, certificate: pki.Certificate, key: KeyObject): X509Certificate {
  const algorithm = forge.pki.oids["sha256WithRSAEncryption"];
  invariant(algorithm !== undefined, "node-forge knows RSA with SHA-256");
  certificate.signatureOid = algorithm;
  certificate.siginfo.algorithmOid = algorithm;
  certificate.signature = "";
  const [content] = forge.pki.certificateToAsn1(certificate).value;
  invariant(typeof content === "object", "a certificate begins with what is signed");
  const bytes = Buffer.from(forge.asn1.toDer(content).getBytes(), "latin1");
  certificate.signature = sign("sha256", bytes, key).toString("latin1");
  const made = new X509Certificate(forge.pki.certificateToPem(certificate));
  invariant(made.verify(createPublicKey(key)), "a new certificate has a good signature");
  return made;
}

function shortIdOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex").slice(0, 8);
}
