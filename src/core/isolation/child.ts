import { fork, type ChildProcess } from "node:child_process";
import { InvariantError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { outOfMemoryReason } from "./guest-heap.ts";
import { besides, tellLines, type Spawn } from "./spawn.ts";
import type { GuestOptions, ToGuest, ToHost } from "./wire.ts";

/**
 * Starts a guest in a process of its own: whatever native code does there, it may freeze, abort or
 * be killed, and nothing else is touched. What it is to know goes through the channel, for everybody
 * on this machine can read the command line of a process.
 */
export const spawnChild: Spawn = ({ guest, output }) => {
  const child = fork(besides("child-main"), [], {
    // What the daemon itself is run with, such as a heap limit, is not meant for its children.
    execArgv: [
      `--max-old-space-size=${limits.guestHeapMib + limits.guestHeapSpareMib}`,
      `--max-semi-space-size=${limits.guestHeapYoungMib}`,
    ],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const lastWords = new LastWords();
  // Before anything else: a process that cannot be started says so here, and nobody may miss it.
  const gone = goneReason(child, lastWords);
  const tell = (text: string): void => {
    lastWords.hear(text);
    output(text);
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) tellLines(stream, tell);
  // Who is gone, or about to be, hears nothing: why it went is told elsewhere.
  const post = (message: ToGuest | { type: "start"; guest: GuestOptions }): void => {
    if (child.connected) child.send(message, () => {});
  };
  post({ type: "start", guest });
  return {
    post,
    listen: (take) => void child.on("message", (message) => take(asMessage(message))),
    gone,
    kill: () => void child.kill("SIGKILL"),
  };
};

function asMessage(message: unknown): ToHost {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- held against the contract by who takes it
  return message as ToHost;
}

/** What V8 writes before it ends a process whose heap is full. */
class LastWords {
  isOutOfMemory = false;

  hear(text: string): void {
    if (/^FATAL ERROR:.*(?:heap|memory)/.test(text)) this.isOutOfMemory = true;
  }
}

function goneReason(child: ChildProcess, lastWords: LastWords): Promise<InvariantError> {
  return new Promise((resolve) => {
    const tell = (how: string): void => {
      const reason = lastWords.isOutOfMemory ? outOfMemoryReason : how;
      resolve(new InvariantError(`The adapter's process ended: ${reason}`));
    };
    // More than one may come, and one that nobody listens to would end the daemon.
    child.on("error", (error) => tell(error.message));
    // Its last words are read by then.
    child.once("close", (code, signal) => tell(signal ?? `exit code ${code}`));
  });
}
