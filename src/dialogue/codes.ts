import { dialogueLimits as limits } from "./limits.ts";
import type { Memory, Wish } from "./memory.ts";

/** The memory in which a wish waits for a code. */
export function withChallenge(memory: Memory, wish: Wish, code: string, nowMs: number): Memory {
  return {
    ...memory,
    challenge: { wish, code, atMs: nowMs },
    challengesAtMs: [...memory.challengesAtMs, nowMs],
  };
}

/** What a wrong code leads to: some tries are left, or no code works until a time. */
type WrongCode =
  | { readonly memory: Memory; readonly left: number }
  | { readonly memory: Memory; readonly lockedUntilMs: number };

/** Wrong codes count together, whatever they are for; each lock in a day is twice as long. */
export function afterWrongCode(memory: Memory, nowMs: number): WrongCode {
  const { challenge: _challenge, ...rest } = memory;
  const { locksAtMs } = rest;
  const wrongsAtMs = [...rest.wrongsAtMs, nowMs];
  const left = limits.codeTries - wrongsAtMs.length;
  if (left > 0) return { memory: { ...memory, wrongsAtMs }, left };
  const lockMs = Math.min(limits.lockMs * 2 ** locksAtMs.length, limits.longestLockMs);
  const lockedUntilMs = nowMs + lockMs;
  const locked = { ...rest, wrongsAtMs: [], lockedUntilMs, locksAtMs: [...locksAtMs, nowMs] };
  return { memory: locked, lockedUntilMs };
}
