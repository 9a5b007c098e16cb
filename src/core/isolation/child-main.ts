import { encodeError } from "../../errors.ts";
import { runGuest } from "./guest.ts";
import type { GuestOptions, ToGuest, ToHost } from "./wire.ts";

/** What a child process runs: one guest, for the daemon at the other end of its channel. */

/** What was said before the guest could listen. */
let early: ToGuest[] | undefined = [];
let take = (message: ToGuest): void => void early?.push(message);

process.on("message", (message: ToGuest | { type: "start"; guest: GuestOptions }) => {
  if (message.type === "start") void start(message.guest);
  else take(message);
});
// Without the daemon there is nobody to work for.
process.on("disconnect", () => process.exit(0));
// A terminal, or systemd, tells every process of the daemon; when this one ends is its decision.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("uncaughtException", endWith);
process.on("unhandledRejection", endWith);

async function start(guest: GuestOptions): Promise<void> {
  Object.assign(process.env, guest.env);
  await runGuest({ post, listen }, guest, Math.random);
  process.disconnect();
}

function listen(listener: (message: ToGuest) => void): void {
  take = listener;
  for (const message of early ?? []) listener(message);
  early = undefined;
}

function post(message: ToHost): void {
  if (process.connected) process.send?.(message);
}

/** Tells why it ends, and ends when that is told. */
function endWith(error: unknown): void {
  const ended: ToHost = { type: "ended", error: encodeError(error) };
  if (!process.connected) process.exit(1);
  process.send?.(ended, undefined, undefined, () => process.exit(1));
}
