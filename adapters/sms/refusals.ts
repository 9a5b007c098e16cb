import type { Refusal } from "./routes/route.ts";

/** Unassigned or barred numbers, subscribers nobody knows, and messages that are not understood. */
const final: ReadonlySet<number> = new Set([1, 8, 10, 28, 29, 30, 50, 69, 81, 95, 96, 97, 99, 111]);
/** The network did not answer (3GPP TS 27.005, 3.2.5): it may have been its answer that was lost. */
const networkTimeout = 332;

/** What a refusal of the network or the modem means for the text (3GPP TS 27.005, 3.2.5; 23.040, 9.2.3.22). */
export function kindOfRefusal(code: number | undefined): Extract<Refusal, "final" | "temporary"> {
  return code !== undefined && final.has(code) ? "final" : "temporary";
}

/** Whether the network may have the text for all that. */
export function isDoubtfulRefusal(code: number | undefined): boolean {
  return code === networkTimeout;
}
