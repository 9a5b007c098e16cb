import type { Sent } from "../routes/route.ts";

/** What an error means that is not in the words of the provider: of a proxy, or of nobody. */
export function unreadable(who: string, status: number): Sent {
  const message = `${who} cannot be reached: somebody answers with status ${status}`;
  // Whoever waited in vain for the end of the request may have passed it on.
  if (status === 408) return { outcome: "unknown", message };
  return { outcome: "refused", refusal: "temporary", message };
}
