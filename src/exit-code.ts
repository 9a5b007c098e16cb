/** Exit codes of every `koine` command. 64 and above follow sysexits.h. */
export const exitCode = {
  ok: 0,
  /** A clear no: the command was rejected or failed. */
  negative: 1,
  /** No answer in time, or nothing can be said yet. */
  undecided: 2,
  usage: 64,
  badInput: 65,
  /** A port, the daemon or a link is not available. */
  unavailable: 69,
  internal: 70,
  config: 78,
  /** Ctrl-C, as a shell counts it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
