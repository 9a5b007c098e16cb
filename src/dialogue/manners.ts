import { fold } from "./fold.ts";
import { dialogueLimits as limits } from "./limits.ts";
import type { Memory } from "./memory.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A text as its words alone, to know it again. */
export function wordsOf(text: string): string {
  return fold(text)
    .tokens.map((token) => token.text)
    .join(" ");
}

/** Whether another answer may be sent: two machines must not talk to each other for ever. */
export function mayAnswer({ answersAtMs, heard }: Memory, nowMs: number): boolean {
  const recent = answersAtMs.filter((at) => at > nowMs - 10 * minuteMs).length;
  const isMachine = heard !== undefined && heard.count >= limits.repeats;
  return (
    !isMachine && recent < limits.answersInTenMinutes && answersAtMs.length < limits.answersInDay
  );
}

/** The memory after something was said to the person. */
export function withAnswer(memory: Memory, text: string, nowMs: number): Memory {
  return {
    ...memory,
    answersAtMs: [...memory.answersAtMs, nowMs],
    said: [...memory.said, { text, atMs: nowMs }].slice(-limits.saidKept),
  };
}

/** Whether a text is one of our own answers, word by word, that a machine has sent back. */
export function isEcho({ said }: Memory, body: string, nowMs: number): boolean {
  const words = body.trim();
  return said.some(({ text, atMs }) => text === words && nowMs - atMs < limits.echoMs);
}

/** The memory after something was heard from the person, without what is over. */
export function withHeard(memory: Memory, words: string, nowMs: number): Memory {
  const { heard: last, ...rest } = current(memory, nowMs);
  const isSame = last?.words === words && nowMs - last.atMs < limits.repeatsMs;
  return { ...rest, heard: { words, atMs: nowMs, count: isSame ? last.count + 1 : 1 } };
}

/** The memory without menus, codes, locks and counts whose time is over. */
export function current(memory: Memory, nowMs: number): Memory {
  const within = (times: readonly number[], ms: number): number[] =>
    times.filter((at) => at > nowMs - ms && at <= nowMs);
  const { menu, challenge, lockedUntilMs = 0, ...rest } = memory;
  return {
    ...rest,
    ...(menu && nowMs - menu.atMs < limits.menuMs && { menu }),
    ...(challenge && nowMs - challenge.atMs < limits.codeMs && { challenge }),
    ...(lockedUntilMs > nowMs && { lockedUntilMs }),
    challengesAtMs: within(memory.challengesAtMs, hourMs),
    wrongsAtMs: within(memory.wrongsAtMs, dayMs),
    locksAtMs: within(memory.locksAtMs, dayMs),
    answersAtMs: within(memory.answersAtMs, dayMs),
  };
}
