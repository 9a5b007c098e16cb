import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "../bus/access/certificates.ts";
import { LinkError, reasonOf } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { dataDirectory, loadMeant } from "./configuration.ts";
import type { Context } from "./context.ts";
import type { ControlOptions } from "./control.ts";

export interface CertOptions extends ControlOptions {
  /** Print the certificate itself. */
  readonly pem?: true;
}

/** `koine cert`: what clients need to know that they talk to this gateway. */
export async function printCertificate(options: CertOptions, context: Context): Promise<ExitCode> {
  const { config } = await loadMeant(options, context);
  const directory = options.data ?? dataDirectory(config, context.env);
  const file = config.bus.tls.cert ?? join(directory, "tls", "ca.pem");
  const pem = read(file);
  if (options.pem) {
    context.print(pem.trimEnd());
    return exitCode.ok;
  }
  context.print(`Certificate  ${file}`);
  context.print(`SHA-256      ${fingerprintOf(pem)}`);
  return exitCode.ok;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new LinkError(
      `Cannot read "${file}": ${reasonOf(cause)}; it is made when the gateway first listens on tls:// or wss://`,
      { cause },
    );
  }
}
