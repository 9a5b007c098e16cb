import type { ModemState } from "./modem/state.ts";

type Code = Exclude<ModemState, "opening" | "ready"> | "route_refused";

/**
 * Why no text leaves, or a route is shut, by the code that `bridge/adapter/<name>` has: whether it may come right
 * by itself, or a person has to act.
 */
export const troubles = {
  absent: "degraded",
  denied: "degraded",
  no_sim: "attention",
  pin_needed: "attention",
  route_refused: "attention",
  searching: "degraded",
} as const satisfies Readonly<Record<Code, "degraded" | "attention">>;
