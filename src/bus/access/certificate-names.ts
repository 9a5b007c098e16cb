import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Host names and IP addresses a certificate is for. */
export type Names = readonly [string, ...string[]];

/** Names in one certificate; more are left out and noted. */
const namesMax = 100;

/** Names that a note spells out, and characters of each. */
const notedNames = 5;
const notedLength = 64;

/** What a list of names becomes: without what no certificate can carry, in the spelling of certificates, each once. */
export function usableNames(wanted: readonly string[], notes: string[]): Names {
  const spelled = wanted.map((name) => ({ name, spelling: spellingOf(name) }));
  const [first = "localhost", ...others] = new Set(
    spelled.flatMap(({ spelling }) => spelling ?? []),
  );
  const unusable = spelled.filter(({ spelling }) => spelling === undefined);
  const tooMany = others.splice(namesMax - 1);
  const leftOut = [...unusable.map(({ name }) => name), ...tooMany];
  if (leftOut.length > 0) {
    const list = leftOut
      .map((name) => JSON.stringify(name.slice(0, notedLength)))
      .slice(0, notedNames);
    notes.push(`The server certificate is not for ${leftOut.length} names, as ${list.join(", ")}.`);
  }
  return [first, ...others];
}

/** Labels of letters, digits, `-` and `_`, 63 at most, 253 in all: RFC 1035 section 2.3.4. */
const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*$/;

function spellingOf(name: string): string | undefined {
  const [address = ""] = name.split("%");
  if (isIP(address) !== 0) return address;
  const ascii = domainToASCII(name).replace(/\.$/, "");
  // `1.2.3` is an address to a browser, and a name to nobody.
  return hostName.test(ascii) && isIP(ascii) === 0 ? ascii : undefined;
}

/** Whether a certificate is for a host name or an IP address, spelled as `usableNames` does. */
export function isFor(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  return certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined;
}
