import { expect, test } from "vitest";
import { answerOf, cut, medianOf, readLabels, readLog } from "../support/leak-corpus.ts";

/** Where the logs are cut, as shares of their time. */
const cuts = (process.env["KOINE_LEAK_CUTS"] ?? "0.25,0.4,0.55,0.7,0.85").split(",").map(Number);
const shares = [...cuts, 1];

function tell(text: string): void {
  // oxlint-disable-next-line eslint/no-console -- the figures are what this test is read for
  console.log(`leak corpus, cut: ${text}`);
}

test(
  "at most a tenth of the clean logs is taken for a leak however early they are judged, and leaks are found early",
  { timeout: 600_000 },
  () => {
    const logs = readLabels().filter(({ noPrefix }) => noPrefix !== true);
    const judged = logs.map((label) => {
      const lines = readLog(label);
      const isLeak = shares.map(
        (share) => answerOf(share < 1 ? cut(lines, label, share) : lines).answer === "leak",
      );
      return { label, isLeak };
    });

    const clean = judged.filter(({ label }) => !label.leaky);
    const alarmed = clean.filter(({ isLeak }) => isLeak.includes(true));
    for (const { label, isLeak } of alarmed) {
      tell(`alarm on ${label.id} at ${shares.filter((_, index) => isLeak[index]).join(", ")}`);
    }
    tell(`${alarmed.length} of ${clean.length} clean logs alarmed at any cut`);

    const leaky = judged.filter(({ label }) => label.leaky && label.judgeable);
    const early = leaky.filter(({ label, isLeak }) =>
      shares.some((share, index) => share <= (label.onset ?? 0) && isLeak[index]),
    );
    const waits = leaky.flatMap(({ label, isLeak }) => {
      const since = isLeak.lastIndexOf(false) + 1;
      const share = shares[since];
      return share === undefined ? [] : [share - (label.onset ?? 0)];
    });
    tell(
      `${waits.length} of ${leaky.length} leaks found and kept, ${early.length} before they began`,
    );
    tell(`found after ${medianOf(waits).toFixed(2)} of the time since they began, at the median`);

    expect(clean.length).toBeGreaterThan(50);
    expect(alarmed.length / clean.length).toBeLessThanOrEqual(0.1);
    expect(medianOf(waits)).toBeLessThanOrEqual(0.6);
  },
);
