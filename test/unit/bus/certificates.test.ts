import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { once } from "node:events";
import { isIP, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  fingerprintOf,
  openCertificates,
  type ServerIdentity,
} from "../../../src/bus/access/certificates.ts";
import { readCertificates } from "../../../src/bus/access/read-certificates.ts";
import { ConfigError, LinkError } from "../../../src/errors.ts";

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 26);
const names = ["localhost", "127.0.0.1"];

let parent = "";
let directory = "";

/** Two whole identities, made once: most tests begin with a copy of the first. */
let originals = "";
let another = "";

beforeAll(async () => {
  originals = await mkdtemp(join(tmpdir(), "koine-tls-"));
  another = join(originals, "another");
  await open({ directory: join(originals, "first") });
  await open({ directory: another });
});

afterAll(async () => {
  await rm(originals, { recursive: true, force: true });
});

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "koine-tls-"));
  directory = join(parent, "data", "tls");
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

function open(changed: Partial<Parameters<typeof openCertificates>[0]> = {}) {
  return openCertificates({ directory, now, names, ...changed });
}

/** An identity that was made before. */
async function openFirst(): Promise<ServerIdentity> {
  await cp(join(originals, "first"), directory, { recursive: true, mode: 0 });
  const first = await open();
  expect(first).toMatchObject({ renewed: false, notes: [] });
  return first;
}

function file(name: string): string {
  return join(directory, name);
}

function leafOf({ cert }: { cert: string }): X509Certificate {
  return new X509Certificate(cert);
}

/** Shakes hands with a server that has this identity; gives the SHA-256 of what it showed. */
async function dial(
  { key, cert }: { key: string; cert: string },
  { ca, host = "127.0.0.1", servername = host }: { ca: string; host?: string; servername?: string },
): Promise<string> {
  const server = createServer({ key, cert }, (socket) => socket.on("error", () => {}).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const isAddress = isIP(servername) !== 0;
  const options = { ca, port, host, family: 4, ...(isAddress ? {} : { servername }) };
  const socket = connect(options);
  try {
    await once(socket, "secureConnect");
    return socket.getPeerX509Certificate()?.fingerprint256 ?? "";
  } finally {
    socket.destroy();
    server.close();
  }
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** What must hold after any damage: a whole identity on disk that a client of its authority takes. */
async function check(identity: ServerIdentity): Promise<void> {
  const ca = await readFile(file("ca.pem"), "utf8");
  expect(identity.ca).toBe(ca);
  expect(await dial(identity, { ca })).toBe(fingerprintOf(identity.cert));
  const again = await open();
  expect(again).toEqual({ ...identity, renewed: false, notes: [] });
}

describe("a new identity", () => {
  test("is taken by a client that trusts only the authority, by name and by address", async () => {
    const identity = await open();
    const ca = await readFile(file("ca.pem"), "utf8");
    const shown = fingerprintOf(identity.cert);
    expect(await dial(identity, { ca, host: "localhost" })).toBe(shown);
    expect(await dial(identity, { ca, host: "127.0.0.1" })).toBe(shown);
    expect(identity).toMatchObject({ ca, caFingerprint256: fingerprintOf(ca), renewed: true });
    expect(identity.caFingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(identity.notes).toEqual([]);
  });

  test("is refused under a name that is not in it", async () => {
    const identity = await open();
    await expect(dial(identity, { ca: identity.ca, servername: "other.lan" })).rejects.toThrow(
      expect.objectContaining({ code: "ERR_TLS_CERT_ALTNAME_INVALID" }),
    );
  });

  test("is refused by a client that trusts another authority", async () => {
    const other = await open({ directory: another });
    await expect(dial(await openFirst(), { ca: other.ca })).rejects.toThrow(
      expect.objectContaining({ code: "SELF_SIGNED_CERT_IN_CHAIN" }),
    );
  });

  test("is in four files, of which the keys are for nobody else", async () => {
    await open();
    const found = (await readdir(directory)).toSorted();
    expect(found).toEqual(["ca-key.pem", "ca.pem", "server-key.pem", "server.pem"]);
    expect(await Promise.all(found.map((name) => modeOf(file(name))))).toEqual([
      "600",
      "644",
      "600",
      "644",
    ]);
    expect(await modeOf(directory)).toBe("700");
  });

  test("is for servers only, and its authority for servers' certificates only", async () => {
    const { cert, ca } = await open({ names: ["pi.local", "fe80::1%eth0", "Küche.lan."] });
    const server = new X509Certificate(cert);
    expect(server.ca).toBe(false);
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(server.subjectAltName).toBe(
      "DNS:pi.local, IP Address:FE80:0:0:0:0:0:0:1, DNS:xn--kche-0ra.lan",
    );
    const authority = new X509Certificate(ca);
    expect(authority.ca).toBe(true);
    expect(authority.subject).toMatch(/^CN=Koine gateway [0-9a-f]{8}$/);
    expect(server.checkIssued(authority)).toBe(true);
  });

  test.each([
    ["a clock that was never set", 0, "2028-04-05", "2045-12-27"],
    ["a clock that is right", now, "2029-02-28", "2046-11-21"],
    ["times that no longer fit UTCTime", Date.UTC(2049, 0, 1), "2051-04-06", "2068-12-27"],
  ])("counts its validity from %s", async (_, at, serverEnd, authorityEnd) => {
    const identity = await open({ now: at });
    const [server, authority] = [leafOf(identity), new X509Certificate(identity.ca)];
    expect(new Date(server.validFrom).getTime()).toBe(Date.UTC(2019, 0, 1));
    expect(new Date(server.validTo).toISOString().slice(0, 10)).toBe(serverEnd);
    expect(new Date(authority.validTo).toISOString().slice(0, 10)).toBe(authorityEnd);
    expect(identity.expiresAtMs).toBe(Date.parse(server.validTo));
  });

  test("leaves out what is no name, and says so", async () => {
    const { cert, notes } = await open({ names: ["good", "no name", "", "1.2.3", "good."] });
    expect(new X509Certificate(cert).subjectAltName).toBe("DNS:good");
    expect(notes).toEqual([
      'The server certificate is not for 3 names, as "no name", "", "1.2.3".',
    ]);
  });

  test("is for localhost when it is to be for nothing", async () => {
    expect(leafOf(await open({ names: [] })).subjectAltName).toBe("DNS:localhost");
  });

  test("is not for more than 100 names", async () => {
    const many = Array.from({ length: 102 }, (_, n) => `10.0.0.${n}`);
    const { cert, notes } = await open({ names: many });
    expect(new X509Certificate(cert).subjectAltName?.split(", ")).toHaveLength(100);
    expect(notes).toEqual([
      'The server certificate is not for 2 names, as "10.0.0.100", "10.0.0.101".',
    ]);
  });
});

describe("opening again", () => {
  test("changes nothing while all is well", async () => {
    const first = await openFirst();
    expect(await open({ now: 0 })).toEqual({ ...first, renewed: false });
    expect(await open({ names: ["localhost"] })).toEqual({ ...first, renewed: false });
  });

  test("renews a certificate with fewer than 60 days left; the authority and the key stay", async () => {
    const first = await openFirst();
    const kept = await open({ now: first.expiresAtMs - 61 * dayMs });
    expect(kept.cert).toBe(first.cert);
    const later = await open({ now: first.expiresAtMs - 59 * dayMs });
    expect(later).toMatchObject({ renewed: true, notes: [], ca: first.ca, key: first.key });
    expect(later.expiresAtMs).toBe(first.expiresAtMs + (825 - 59) * dayMs);
    expect(await dial(later, { ca: first.ca })).not.toBe(fingerprintOf(first.cert));
  });

  test("renews a certificate that lacks a name", async () => {
    const first = await openFirst();
    const more = await open({ names: [...names, "koine.test", "::1"] });
    expect(more).toMatchObject({ renewed: true, notes: [], ca: first.ca });
    const shown = await dial(more, { ca: first.ca, servername: "koine.test" });
    expect(shown).toBe(fingerprintOf(more.cert));
  });

  test("does not outlive its authority, and says that it ends", async () => {
    const first = await openFirst();
    const endMs = Date.parse(new X509Certificate(first.ca).validTo);
    const last = await open({ now: endMs - 30 * dayMs });
    expect(last).toMatchObject({ renewed: true, ca: first.ca, expiresAtMs: endMs });
    expect(last.notes).toEqual([expect.stringContaining("ends on 2046-11-21")]);
    expect((await open({ now: endMs + dayMs })).renewed).toBe(false);
  });

  test("closes what other users could read", async () => {
    await openFirst();
    await chmod(directory, 0o755);
    await chmod(file("ca-key.pem"), 0o644);
    const { notes } = await open();
    expect(notes).toEqual([
      `Directory "${directory}" was open to other users; it is closed now.`,
      `"${file("ca-key.pem")}" was open to other users; it is closed now.`,
    ]);
    expect(await modeOf(directory)).toBe("700");
    expect(await modeOf(file("ca-key.pem"))).toBe("600");
  });
});

const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ["missing", unlink],
  ["empty", (path) => writeFile(path, "")],
  ["garbage", (path) => writeFile(path, Buffer.alloc(2_000, 0xa5))],
  ["cut in the middle", async (path) => writeFile(path, (await readFile(path)).subarray(0, 700))],
  ["too large", (path) => writeFile(path, "x".repeat(70_000))],
];

describe("damage to the server's files", () => {
  const cases = ["server.pem", "server-key.pem"].flatMap((name) =>
    damages.map(([damage, inflict]) => [damage, name, inflict] as const),
  );

  test.each(cases)("%s %s is made anew, the authority stays", async (_, name, inflict) => {
    const first = await openFirst();
    await inflict(file(name));
    const mended = await open();
    expect(mended).toMatchObject({ renewed: true, ca: first.ca });
    expect(mended.key === first.key).toBe(name === "server.pem");
    expect(mended.notes).toEqual([expect.stringMatching(`made anew: "${name}" is `)]);
    await check(mended);
  });

  test("the key of another certificate gets a certificate of its own", async () => {
    const first = await openFirst();
    await copyFile(join(another, "server-key.pem"), file("server-key.pem"));
    const mended = await open();
    expect(mended).toMatchObject({ renewed: true, ca: first.ca });
    expect(mended.notes).toEqual([expect.stringContaining("do not belong together")]);
    await check(mended);
  });

  test("a certificate from another authority is not used", async () => {
    const first = await openFirst();
    await copyFile(join(another, "server.pem"), file("server.pem"));
    await copyFile(join(another, "server-key.pem"), file("server-key.pem"));
    const mended = await open();
    expect(mended).toMatchObject({ renewed: true, ca: first.ca });
    expect(mended.notes).toEqual([expect.stringContaining("another certificate authority")]);
    await check(mended);
  });

  test("a key that no longer works is not used", async () => {
    const first = await openFirst();
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    await writeFile(file("server-key.pem"), weak.export({ type: "pkcs8", format: "pem" }));
    const mended = await open();
    expect(createPublicKey(mended.key).asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(mended).toMatchObject({ renewed: true, ca: first.ca });
  });

  test("what a killed process left behind does no harm and is removed", async () => {
    const first = await openFirst();
    const leftovers = ["ca.pem.new", "ca-key.pem.new", "server.pem.new", "server-key.pem.new"];
    for (const name of leftovers) await writeFile(file(name), "-----BEGIN", { mode: 0o666 });
    const again = await open();
    expect(again).toEqual({ ...first, renewed: false });
    expect(await readdir(directory)).toHaveLength(4);
  });

  test("a certificate whose authority is cut off is made anew", async () => {
    const first = await openFirst();
    await writeFile(file("server.pem"), leafOf(first).toString());
    const mended = await open();
    expect(mended.notes).toEqual([expect.stringContaining('"server.pem" is not whole')]);
    await check(mended);
  });

  test("a certificate that cannot be saved is used all the same", async () => {
    const first = await openFirst();
    await mkdir(file("server.pem.new"));
    const renewed = await open({ now: first.expiresAtMs - dayMs });
    expect(renewed.notes).toEqual([
      expect.stringMatching(/^Cannot write ".*server\.pem": .*It is used until the next start\.$/),
    ]);
    expect(await dial(renewed, { ca: first.ca })).toBe(fingerprintOf(renewed.cert));
  });
});

describe("a process killed while it made the first identity", () => {
  const order = ["ca-key.pem", "ca.pem", "server-key.pem", "server.pem"];

  test.each(order.map((name, done) => [name, done] as const))(
    "at %s leaves what the next one completes",
    async (name, done) => {
      const first = await openFirst();
      for (const later of order.slice(done)) await unlink(file(later));
      await writeFile(file(`${name}.new`), "-----BEGIN", { mode: 0o666 });
      const mended = await open();
      expect(mended.renewed).toBe(true);
      expect(mended.ca === first.ca).toBe(done > order.indexOf("ca.pem"));
      expect(mended.key === first.key).toBe(done > order.indexOf("server-key.pem"));
      await check(mended);
    },
  );
});

describe("damage to the authority's files", () => {
  const cases = ["ca.pem", "ca-key.pem"].flatMap((name) =>
    damages.map(([damage, inflict]) => [damage, name, inflict] as const),
  );

  test.each(cases)("%s %s: a new one is made and told", async (_, name, inflict) => {
    const first = await openFirst();
    await inflict(file(name));
    const left = await readFile(file(name)).catch(() => undefined);
    const mended = await open();
    expect(mended.caFingerprint256).not.toBe(first.caFingerprint256);
    expect(mended).toMatchObject({ renewed: true, key: first.key });
    expect(mended.notes).toEqual([expect.stringMatching(`could not be used: "${name}" is `)]);
    const aside = (await readdir(directory)).filter((one) =>
      one.startsWith(`${name}.20261126T000000Z-`),
    );
    const kept = await Promise.all(aside.map((one) => readFile(file(one))));
    expect(kept).toEqual(left ? [left] : []);
    await check(mended);
  });

  test("the key of another authority is moved aside, readable by nobody else", async () => {
    await openFirst();
    await copyFile(join(another, "ca-key.pem"), file("ca-key.pem"));
    const mended = await open();
    expect(mended.notes).toEqual([expect.stringContaining("do not belong together")]);
    const aside = (await readdir(directory)).filter((one) => one.startsWith("ca-key.pem."));
    expect(aside).toHaveLength(1);
    expect(await modeOf(file(aside[0] ?? ""))).toBe("600");
    await check(mended);
  });

  test("a server's certificate is not taken for an authority", async () => {
    await openFirst();
    await copyFile(file("server.pem"), file("ca.pem"));
    await copyFile(file("server-key.pem"), file("ca-key.pem"));
    const mended = await open();
    expect(mended.notes).toEqual([expect.stringContaining("not the certificate of an authority")]);
    await check(mended);
  });

  test("both files missing beside a server's certificate is told", async () => {
    await openFirst();
    await unlink(file("ca.pem"));
    await unlink(file("ca-key.pem"));
    const mended = await open();
    expect(mended.notes).toEqual([
      expect.stringContaining('"ca.pem" and "ca-key.pem" are missing'),
    ]);
    await check(mended);
  });

  test("what cannot be read is not taken for damaged", async () => {
    await openFirst();
    await unlink(file("ca-key.pem"));
    await mkdir(file("ca-key.pem"));
    await expect(open()).rejects.toThrow(LinkError);
    await expect(open()).rejects.toThrow(/^Cannot read ".*ca-key\.pem": is a directory$/);
  });

  test("a directory that cannot be made is told", async () => {
    await mkdir(join(parent, "data"));
    await writeFile(directory, "a file is in the way");
    await expect(open()).rejects.toThrow(/^Cannot use directory ".*tls": /);
  });
});

describe("certificates from elsewhere", () => {
  const certFile = () => file("server.pem");
  const keyFile = () => file("server-key.pem");
  const given = () => readCertificates({ certFile: certFile(), keyFile: keyFile(), now });

  async function refusal(): Promise<string> {
    const error = await given().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.replaceAll(`${directory}/`, "");
  }

  test("are used as they are", async () => {
    const { key, cert, ca, expiresAtMs } = await openFirst();
    expect(await given()).toEqual({ key, cert, expiresAtMs, notes: [] });
    expect(await dial(await given(), { ca })).toBe(fingerprintOf(cert));
  });

  test("are noted when they expired, and not before the clock was set", async () => {
    const { expiresAtMs } = await openFirst();
    const files = { certFile: certFile(), keyFile: keyFile() };
    const { notes } = await readCertificates({ ...files, now: expiresAtMs });
    expect(notes).toEqual([expect.stringContaining('server.pem" expired on 2029-02-28: ')]);
    expect((await readCertificates({ ...files, now: 0 })).notes).toEqual([]);
  });

  test("are refused when a file is missing or is none", async () => {
    await openFirst();
    await unlink(keyFile());
    expect(await refusal()).toBe(
      'Cannot read TLS key "server-key.pem": no such file or directory; ' +
        "correct the path, or let the user that runs koine read it",
    );
    await unlink(certFile());
    await mkdir(certFile());
    expect(await refusal()).toContain('Cannot read TLS certificate "server.pem": is not a file; ');
  });

  test("are refused when the key is of another certificate", async () => {
    await openFirst();
    await copyFile(join(another, "server-key.pem"), keyFile());
    expect(await refusal()).toBe(
      'Cannot use TLS certificate "server.pem": "server-key.pem" is the key of another certificate; ' +
        "give the two that were made together",
    );
  });

  test("are refused when the chain is upside down", async () => {
    const { cert, ca } = await openFirst();
    await writeFile(certFile(), ca + new X509Certificate(cert).toString());
    expect(await refusal()).toContain('put the one of "server-key.pem" first');
  });

  test.each([
    ["", "it has no part that begins with"],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a part of it is damaged; "],
    ["x".repeat(1_048_577), "is larger than 1048576 bytes; "],
  ])("are refused when the certificate is no certificate", async (text, why) => {
    await openFirst();
    await writeFile(certFile(), text);
    expect(await refusal()).toContain(why);
  });

  test("are refused when the key is no key, or is locked", async () => {
    const { key } = await openFirst();
    await writeFile(keyFile(), "nothing");
    expect(await refusal()).toContain('"server-key.pem": it has no private key that can be read; ');
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const locked = {
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "p",
    } as const;
    await writeFile(keyFile(), privateKey.export(locked));
    expect(await refusal()).toContain("it is locked with a passphrase; unlock it with");
    await writeFile(keyFile(), key);
    expect((await given()).key).toBe(key);
  });
});
