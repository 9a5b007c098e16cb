import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readCertificates } from "../../bus/access/read-certificates.ts";
import { endOf } from "../../bus/access/certificates.ts";
import type { Config } from "../../config/schema.ts";
import { isKoineError, reasonOf } from "../../errors.ts";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";

/** The certificate that TLS listeners show: the user's, or the gateway's own once it is made. */
export async function checkCertificates(
  { tls, listen }: Config["bus"],
  dataDirectory: string,
  { clock }: Surroundings,
): Promise<readonly Finding[]> {
  if (!listen.some(({ protocol }) => protocol === "tls" || protocol === "wss")) return [];
  const { cert, key } = tls;
  try {
    if (cert === undefined || key === undefined)
      return await ownCertificate(dataDirectory, clock.now());
    const { expiresAtMs } = await readCertificates({
      certFile: cert,
      keyFile: key,
      now: clock.now(),
    });
    return [aged(cert, expiresAtMs, clock.now())];
  } catch (error) {
    if (isKoineError(error, "config") && isForbidden(error.cause)) {
      return [
        warning("certificate_unusable", "The TLS certificate cannot be read by this user", {
          why: error.message,
          next: "sudo koine doctor",
        }),
      ];
    }
    return [
      problem("certificate_unusable", "The TLS certificate cannot be used", {
        why: reasonOf(error),
        next: "Correct bus.tls in koine.yaml; without cert: and key: the gateway makes its own",
      }),
    ];
  }
}

function isForbidden(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EACCES";
}

/** Its authority's, which clients trust; that of the server is renewed by itself. */

async function ownCertificate(directory: string, now: number): Promise<readonly Finding[]> {
  const file = join(directory, "tls", "ca.pem");
  let pem: string;
  try {
    pem = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return [ok("The gateway makes its certificate at the first start")];
    }
    // A data directory that this user cannot read is told of by itself.
    return [];
  }
  try {
    return [aged(file, endOf(new X509Certificate(pem)), now)];
  } catch (error) {
    return [
      problem("certificate_unusable", `The gateway's own certificate "${file}" is damaged`, {
        why: reasonOf(error),
        next: "The gateway makes another at its next start: koine cert --pem then prints what clients have to be given anew",
      }),
    ];
  }
}

function aged(file: string, expiresAtMs: number, now: number): Finding {
  const date = new Date(expiresAtMs).toISOString().slice(0, 10);
  if (expiresAtMs > now) return ok(`Certificate "${file}", good until ${date}`);
  return warning("certificate_expired", `Certificate "${file}" expired on ${date}`, {
    why: "Most clients refuse it",
    next: "Put a new one in its place: the gateway takes it within a day, or at once when started again",
  });
}
