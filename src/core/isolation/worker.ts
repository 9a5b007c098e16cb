import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { InvariantError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { outOfMemoryReason } from "./guest-heap.ts";
import type { GuestOptions, ToGuest, ToHost, Channel } from "./wire.ts";

/** A guest that was started, wherever it runs. */
export interface SpawnedGuest extends Channel<ToGuest, ToHost> {
  /** Resolves, to why, when it is gone. */
  readonly gone: Promise<InvariantError>;
  /** Ends it, whatever it is doing. */
  kill(): void;
}

export interface SpawnOptions {
  readonly guest: GuestOptions;
  /** Told each line that the guest writes to its standard output. */
  readonly output: (text: string) => void;
}

/** Starts a guest: in a worker thread, or wherever else one can be run. */
export type Spawn = (options: SpawnOptions) => SpawnedGuest;

/** The file that runs in the thread, beside this one. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const workerMain = new URL(`./worker-main${extension}`, import.meta.url);

/** Starts a guest in a worker thread. */
export const spawnWorker: Spawn = ({ guest, output }) => {
  const worker = new Worker(workerMain, {
    name: guest.name,
    workerData: guest,
    // What the daemon itself is run with, such as a heap limit, is not meant for its threads.
    execArgv: [],
    resourceLimits: {
      maxOldGenerationSizeMb: limits.guestHeapMib + limits.guestHeapSpareMib,
      maxYoungGenerationSizeMb: limits.guestHeapYoungMib,
    },
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) tellLines(stream, output);
  return {
    post: (message) => worker.postMessage(message),
    listen: (take) => void worker.on("message", (message: ToHost) => take(message)),
    gone: goneReason(worker),
    kill: () => void worker.terminate(),
  };
};

function goneReason(worker: Worker): Promise<InvariantError> {
  return new Promise((resolve) => {
    let reason: string | undefined;
    worker.once("error", (error: unknown) => {
      reason = isOutOfMemory(error) ? outOfMemoryReason : reasonOf(error);
    });
    worker.once("exit", (code) => {
      resolve(new InvariantError(`The adapter's thread ended: ${reason ?? `exit code ${code}`}`));
    });
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}

function tellLines(stream: Readable, output: (text: string) => void): void {
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    for (const line of text.split("\n")) {
      if (line.trim() !== "") output(line.slice(0, limits.guestOutputLength));
    }
  });
}
