import { networkInterfaces, hostname } from "node:os";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock, Timer } from "../../clock.ts";
import type { Logger } from "../../core/logger.ts";
import { isKoineError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { openCertificates, type TlsIdentity } from "./certificates.ts";
import { readCertificates } from "./read-certificates.ts";

export interface ServerTlsOptions {
  /** Where the gateway's own certificates are. */
  readonly directory: string;
  /** The user's certificate and key, where there are some; PEM files. */
  readonly files?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Names beside those of this machine under which clients reach it. */
  readonly names: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the TLS listeners show: the user's certificate, or the gateway's own; renewed in time. */
export class ServerTls {
  readonly #options: ServerTlsOptions;
  #context: SecureContext;
  readonly #daily: Timer;

  private constructor(options: ServerTlsOptions, identity: TlsIdentity) {
    this.#options = options;
    this.#context = contextOf(identity);
    this.#daily = options.clock.every(limits.certificateCheckMs, () => void this.#renew());
  }

  /**
   * @throws ConfigError when the user's certificate cannot be used
   * @throws LinkError when the gateway's own cannot be kept
   */
  static async open(options: ServerTlsOptions): Promise<ServerTls> {
    return new ServerTls(options, await identityOf(options));
  }

  /** For the next connection. */
  get context(): SecureContext {
    return this.#context;
  }

  stop(): void {
    this.#daily.cancel();
  }

  async #renew(): Promise<void> {
    try {
      this.#context = contextOf(await identityOf(this.#options));
    } catch (err) {
      if (!isKoineError(err, "link") && !isKoineError(err, "config")) throw err;
      this.#options.log.warn({ err }, "certificate not renewed");
    }
  }
}

async function identityOf(options: ServerTlsOptions): Promise<TlsIdentity> {
  const { directory, files, names, clock, log } = options;
  const now = clock.now();
  const identity = files
    ? await readCertificates({ ...files, now })
    : await openCertificates({ directory, now, names: [...ownNames(), ...names] });
  for (const note of identity.notes) log.warn({}, note);
  return identity;
}

/** Under which clients usually reach this machine. */
function ownNames(): readonly string[] {
  const name = hostname();
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const usable = addresses.filter(({ scopeid }) => scopeid === undefined || scopeid === 0);
  return [name, `${name}.local`, "localhost", ...usable.map(({ address }) => address)];
}

function contextOf({ key, cert }: TlsIdentity): SecureContext {
  return createSecureContext({ key, cert, minVersion: "TLSv1.2" });
}
