import { timestamp } from "../model/state.ts";
import { serviceUnit } from "./names.ts";
import { run } from "./programs.ts";

/** How systemd sees the service. */
export interface ServiceState {
  /** `active`, `activating`, `failed`, `inactive`; `unknown` where systemd does not answer. */
  readonly state: string;
  /** What it does there: `running`, `auto-restart`. */
  readonly substate: string | undefined;
  /** What it says of itself. */
  readonly status: string | undefined;
  readonly pid: number | undefined;
  /** When it came to that state, ISO 8601. */
  readonly since: string | undefined;
  /** How often systemd has started it again since it was started by hand or at boot. */
  readonly restarts: number | undefined;
  /** After so many seconds without word it is killed. */
  readonly watchdogS: number | undefined;
  /** Whether it starts with the machine. */
  readonly isEnabled: boolean | undefined;
  /** Why the last one ended that did: `code=killed, status=6/ABRT`. */
  readonly lastExit: string | undefined;
}

const properties = [
  "ActiveState",
  "SubState",
  "StatusText",
  "MainPID",
  "StateChangeTimestamp",
  "NRestarts",
  "WatchdogUSec",
  "UnitFileState",
];

export async function serviceState(): Promise<ServiceState> {
  const ask = `--property=${properties.join(",")}`;
  const shown = await run(["systemctl", "show", "--timestamp=unix", ask, serviceUnit]);
  const state = parseState(shown.code === 0 ? shown.text : "");
  return { ...state, lastExit: await lastExitOf() };
}

/** Reads what `systemctl show` prints: `ActiveState=active`, a line each. */
export function parseState(text: string): Omit<ServiceState, "lastExit"> {
  const said = new Map(
    text.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const word = (name: string): string | undefined => said.get(name) || undefined;
  const since = /^@(\d+)/.exec(word("StateChangeTimestamp") ?? "")?.[1];
  const restarts = word("NRestarts");
  const file = word("UnitFileState");
  return {
    state: word("ActiveState") ?? "unknown",
    substate: word("SubState"),
    status: word("StatusText"),
    pid: Number(word("MainPID")) || undefined,
    since: since === undefined ? undefined : timestamp(Number(since) * 1_000),
    restarts: restarts === undefined ? undefined : Number(restarts),
    watchdogS: secondsOf(word("WatchdogUSec") ?? ""),
    isEnabled: file === undefined ? undefined : file === "enabled",
  };
}

const secondsPer: Readonly<Record<string, number>> = { min: 60, s: 1, ms: 0.001 };

/** `30s`, `1min 30s`; undefined when it does not watch. */
function secondsOf(span: string): number | undefined {
  const parts = [...span.matchAll(/(\d+)(min|ms|s)\b/g)];
  const sum = parts.reduce((all, [, n, unit = ""]) => all + Number(n) * (secondsPer[unit] ?? 0), 0);
  return sum > 0 ? sum : undefined;
}

/** systemd itself forgets it with the next start; the journal does not, for those who may read it. */
async function lastExitOf(): Promise<string | undefined> {
  const which = ["--unit", serviceUnit, "--grep", "Main process exited"];
  const { text } = await run(["journalctl", "--quiet", "--output=cat", "-n", "1", ...which]);
  return /Main process exited, (.+)/.exec(text)?.[1];
}
