import { beforeAll, describe, expect, test } from "vitest";
import {
  answerOf,
  boundsOf,
  medianOf,
  rateFactors,
  readLabels,
  readLog,
  scoreAll,
  type Scored,
} from "../../../support/leak-corpus.ts";

/** Real logs, and a few made in days of simulated time, whose programs are known to leak or not to. */
const labels = readLabels();
let scored: readonly Scored[] = [];

beforeAll(() => {
  scored = labels.map((label) => ({ label, answer: answerOf(readLog(label)) }));
}, 120_000);

function tell(text: string): void {
  // oxlint-disable-next-line eslint/no-console -- the figures are what this test is read for
  console.log(`leak corpus: ${text}`);
}

describe("the labelled logs", () => {
  test("are all read", () => {
    expect(labels.length).toBeGreaterThanOrEqual(150);
    expect(scored.filter(({ answer }) => answer.answer === "error")).toEqual([]);
  });

  test("are told apart: at least 97 % of the alarms are right, at least 93 % of the leaks found", () => {
    const { precision, recall, missed, falseAlarms } = scoreAll(scored);
    tell(`precision ${percent(precision)}, false alarms: ${falseAlarms.join(", ") || "none"}`);
    tell(`recall ${percent(recall)}, missed: ${missed.join(", ") || "none"}`);
    expect(precision).toBeGreaterThanOrEqual(0.97);
    expect(recall).toBeGreaterThanOrEqual(0.93);
  });

  test("are never said to rest with a bound below the true rate", () => {
    const { stated, unstated, dishonest } = boundsOf(scored);
    tell(`bounds stated on ${stated} leaks not found, too low on ${dishonest.length}`);
    expect(dishonest).toEqual([]);
    expect(unstated).toEqual([]);
    expect(stated).toBeGreaterThan(0);
  });

  test("are given their rates, within a factor of 1.15 at the median and of 2 for 95 %", () => {
    const factors = rateFactors(scored);
    const withinTwo = factors.filter((factor) => factor <= 2).length / factors.length;
    tell(
      `${factors.length} rates, median factor ${medianOf(factors).toFixed(2)}, ${percent(withinTwo)} within 2`,
    );
    expect(medianOf(factors)).toBeLessThanOrEqual(1.15);
    expect(withinTwo).toBeGreaterThanOrEqual(0.95);
  });
});

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
