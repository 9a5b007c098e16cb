/** Every kind of trouble that `koine doctor` can find; docs/troubleshooting.md has an entry for each. */
export const findingCodes = [
  "node_too_old",
  "memory_small",
  "heap_limit",
  "disk_full",
  "data_unusable",
  "data_volatile",
  "clock_unset",
  "clock_unsynced",
  "config_missing",
  "config_invalid",
  "secrets_open",
  "gateway_down",
  "gateway_closed",
  "gateway_unhealthy",
  "adapter_down",
  "adapter_unclear",
  "service_missing",
  "service_failed",
  "port_taken",
  "port_forbidden",
  "address_missing",
  "broker_open",
  "broker_unreachable",
  "broker_refused",
  "certificate_unusable",
  "certificate_expired",
  "serial_missing",
  "serial_undecided",
  "serial_renumbered",
  "serial_forbidden",
  "serial_busy",
  "serial_unused",
  "modem_silent",
  "sim_missing",
  "sim_locked",
  "network_missing",
  "network_denied",
  "bluetooth_missing",
  "bluetooth_blocked",
  "bluetooth_library",
  "bluetooth_rights",
  "server_unreachable",
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** Something that was looked at and is as it should be. */
export interface Soundness {
  readonly level: "ok";
  readonly what: string;
}

/** Something that is wrong, for the person who can mend it. */
export interface Trouble {
  /** A problem keeps something from working now; a warning may do so later. */
  readonly level: "problem" | "warning";
  readonly code: FindingCode;
  /** What is so: one sentence. */
  readonly what: string;
  /** Where it comes from, or what follows from it. */
  readonly why: string;
  /** The exact command to type next, or the step to take. */
  readonly next: string;
}

export type Finding = Soundness | Trouble;

export function ok(what: string): Soundness {
  return { level: "ok", what };
}

export function problem(
  code: FindingCode,
  what: string,
  words: Pick<Trouble, "why" | "next">,
): Trouble {
  return { level: "problem", code, what, ...words };
}

export function warning(
  code: FindingCode,
  what: string,
  words: Pick<Trouble, "why" | "next">,
): Trouble {
  return { level: "warning", code, what, ...words };
}
