import { ConfigError } from "../../errors.ts";
import { isLoopback } from "../embedded/admission.ts";
import type { ListenerAddress } from "../embedded/listener.ts";

/** How far the broker is open to other machines. */
export interface Exposure {
  /** Whether any can reach it. */
  readonly isOpen: boolean;
  /** Listeners over which others see and change what is said. */
  readonly unencrypted: readonly ListenerAddress[];
}

export function exposureOf(listen: readonly ListenerAddress[]): Exposure {
  const open = listen.filter(({ host }) => host !== "localhost" && !isLoopback(host));
  return {
    isOpen: open.length > 0,
    unencrypted: open.filter(({ protocol }) => protocol === "tcp" || protocol === "ws"),
  };
}

/**
 * Holds it against what is safe: other machines only encrypted, and only with a password.
 * @throws ConfigError that says what to do
 */
export function checkExposure({ isOpen, unencrypted }: Exposure, userCount: number): void {
  if (unencrypted.length > 0 || (isOpen && userCount === 0)) {
    throw new ConfigError(
      "Cannot open the broker to other machines without TLS and users: listen on tls:// or wss://, and add a user with `koine user add NAME --role admin`; or set bus.insecure: true, if everybody on that network may hear and command everything",
    );
  }
}
