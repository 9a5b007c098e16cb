import type { Readable } from "node:stream";
import type { ListenerAddress } from "../bus/embedded/listener.ts";
import type { Clock } from "../clock.ts";
import type { AdapterKinds, LoadedConfig } from "../config/load.ts";
import type { Logger } from "../core/logger.ts";
import type { Surroundings } from "../doctor/surroundings.ts";

/** What the commands may use of the outside world; `main.ts` alone touches the process. */
export interface Context {
  readonly version: string;
  /** What runs: absolute paths of Node.js and of its main file. */
  readonly program: { readonly node: string; readonly main: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes one line for the person at the terminal. */
  readonly print: (line: string) => void;
  /** Writes one line about what went wrong. */
  readonly complain: (line: string) => void;
  /** A secret that is typed without being shown, or the first line of what is piped in. */
  readonly readSecret: (prompt: string) => Promise<string>;
  /** Lines of the standard input as they come, until it ends or the signal aborts. */
  readonly readLines: (signal: AbortSignal) => AsyncIterable<string>;
  /** The standard input as it is. */
  readonly input: () => Readable;
  /** Sends a signal to another process; throws where there is none. */
  readonly signal: (pid: number, name: "SIGUSR1" | "SIGTERM" | "SIGKILL") => void;
  /** Whether somebody types them at a terminal. */
  readonly isTyped: boolean;
  /** Whether `print` goes to a terminal that shows colours. */
  readonly colours: boolean;
  /** The real clock, or for tests one that runs faster. */
  readonly clock: (scale: number) => Clock;
  readonly random: () => number;
  /** For root: become who owns a directory. What root made there would be closed to its owner. */
  readonly becomeOwnerOf: (directory: string) => void;
  /** This machine, and who looks at it. */
  readonly surroundings: () => Surroundings;
  readonly kinds: AdapterKinds;
  /** Resolves when the user or the system asks the program to stop. */
  readonly stopRequested: () => Promise<void>;
  readonly logger: (level: string, secrets: ReadonlySet<string>) => Promise<{ log: Logger }>;
  readonly startDaemon: (options: StartOptions) => Promise<RunningDaemon>;
  readonly simulatedWorlds: readonly string[];
  /** Switches on some simulated worlds; the returned function ends them. */
  readonly startSimulatedWorlds: (
    options: {
      readonly url: string;
      readonly stickPort: number;
      readonly modemPort: number;
      readonly phonePort: number;
      readonly controllerPort: number;
      readonly isOpen: boolean;
      readonly clock: Clock;
      readonly random: () => number;
    },
    only: readonly string[],
  ) => Promise<() => Promise<void>>;
  /** A new directory that nobody else uses; `remove` deletes it. */
  readonly throwAwayDirectory: () => Promise<{ path: string; remove: () => Promise<void> }>;
}

export interface StartOptions {
  readonly loaded: LoadedConfig;
  readonly dataDirectory: string;
  /** How much faster than life time runs. */
  readonly timeScale: number;
  readonly log: Logger;
}

export interface RunningDaemon {
  readonly addresses: readonly ListenerAddress[];
  readonly broker: URL | undefined;
  readonly isInsecure: boolean;
  /** First topic segment of everything it publishes. */
  readonly root: string;
  /** Resolves with the reason when it asks to be started again. */
  readonly restartWanted: Promise<string>;
  stop(): Promise<void>;
}
