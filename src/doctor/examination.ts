import type { Clock } from "../clock.ts";
import type { ExamineContext } from "../core/adapter.ts";
import { LimitError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Finding } from "../model/finding.ts";

/**
 * Lets an adapter talk to what it needs, for as long as that may take.
 * @throws LimitError when it does not end when it is told to; and whatever it throws
 */
export async function examination(
  talk: (context: ExamineContext) => Promise<readonly Finding[]>,
  clock: Clock,
): Promise<readonly Finding[]> {
  const { doctorExamineMs, doctorExamineEndMs } = limits;
  const [late, ended] = [new AbortController(), new AbortController()];
  const given = clock.after(doctorExamineMs, () => late.abort());
  const giveUp = clock.sleep(doctorExamineMs + doctorExamineEndMs, ended.signal).then(() => {
    const seconds = (doctorExamineMs + doctorExamineEndMs) / 1_000;
    throw new LimitError(`Its examination took more than ${seconds} s`);
  });
  try {
    return await Promise.race([talk({ clock, signal: late.signal }), giveUp]);
  } finally {
    given.cancel();
    ended.abort();
    giveUp.catch(() => {});
  }
}
