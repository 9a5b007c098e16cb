import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";

/** Whether the time is right: a Pi has no clock of its own. */
export async function checkClock({ clock, run }: Surroundings): Promise<readonly Finding[]> {
  const now = new Date(clock.now()).toISOString().slice(0, 16).replace("T", " ");
  if (!clock.synced()) {
    return [
      problem("clock_unset", `The clock says ${now} UTC`, {
        why: "It was never set: times of messages are wrong, and certificates are refused",
        next: "sudo timedatectl set-ntp true; without internet: sudo date -s '2026-11-25 12:00'",
      }),
    ];
  }
  const { code, text } = await run("timedatectl", "show", "--property=NTPSynchronized", "--value");
  if (code === 0 && text.trim() === "no") {
    return [
      warning("clock_unsynced", `The clock says ${now} UTC, and nobody confirms it`, {
        why: "After a power cut a Pi goes on at the time when it stopped",
        next: "sudo timedatectl set-ntp true; without internet a real-time clock (RTC) helps",
      }),
    ];
  }
  return [ok(`The clock says ${now} UTC${code === 0 ? ", synchronised" : ""}`)];
}
