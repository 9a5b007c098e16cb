import { join } from "node:path";
import { readCertificates } from "../../bus/access/read-certificates.ts";
import { endOf } from "../../bus/access/certificates.ts";
import type { Config } from "../../config/schema.ts";
import { reasonOf } from "../../errors.ts";
import { X509Certificate } from "node:crypto";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import { textOf } from "../machine-files.ts";
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
    return [
      problem("certificate_unusable", "The TLS certificate cannot be used", {
        why: reasonOf(error),
        next: "Correct bus.tls in koine.yaml; without cert: and key: the gateway makes its own",
      }),
    ];
  }
}

async function ownCertificate(directory: string, now: number): Promise<readonly Finding[]> {
  const file = join(directory, "tls", "ca.pem");
  const pem = await textOf({ root: "/" }, file);
  if (pem === undefined) return [ok("The gateway makes its certificate at the first start")];
  return [aged(file, endOf(new X509Certificate(pem)), now)];
}

function aged(file: string, expiresAtMs: number, now: number): Finding {
  const date = new Date(expiresAtMs).toISOString().slice(0, 10);
  if (expiresAtMs > now) return ok(`Certificate "${file}", good until ${date}`);
  return warning("certificate_expired", `Certificate "${file}" expired on ${date}`, {
    why: "Most clients refuse it",
    next: "Put a new one in its place: the gateway takes it within a day, or at once when started again",
  });
}
