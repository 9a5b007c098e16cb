import { Worker } from "node:worker_threads";
import { InvariantError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { outOfMemoryReason } from "./guest-heap.ts";
import { besides, tellLines, type Spawn } from "./spawn.ts";
import type { ToHost } from "./wire.ts";

/** Starts a guest in a worker thread. */
export const spawnWorker: Spawn = ({ guest, output }) => {
  const worker = new Worker(besides("worker-main"), {
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
