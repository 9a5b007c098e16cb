import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "../../errors.ts";
import { runGuest } from "./guest.ts";
import type { GuestOptions, ToGuest } from "./wire.ts";

/** What a worker thread runs: one guest, for the daemon at the other end of its port. */
const port = parentPort;
invariant(port, "worker-main.ts runs in a worker thread only");

await runGuest(
  {
    post: (message) => port.postMessage(message),
    listen: (take) => void port.on("message", (message: ToGuest) => take(message)),
  },
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the daemon starts it with
  workerData as GuestOptions,
  // oxlint-disable-next-line eslint/no-restricted-properties -- chance is injected from here on
  Math.random,
);
port.close();
