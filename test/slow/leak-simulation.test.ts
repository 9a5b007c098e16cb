import { describe, expect, test } from "vitest";
import { judge } from "../../src/health/verdict/judge.ts";
import { megabyte } from "../../src/health/verdict/observations.ts";
import { Chance } from "../support/chance.ts";
import { autoregressive, historyOf, normal, type Course } from "../support/heap-series.ts";

const timeout = 300_000;
/** Programs made up of each kind. */
const count = Number(process.env["KOINE_HEAPS"] ?? 200);
const floors = 40;
const hours = 72;

type Made = (chance: Chance) => Course["size"];

/** Heaps of programs that keep nothing, in megabytes. */
const clean: Readonly<Record<"noise" | "slow noise" | "days" | "walk", Made>> = {
  noise: (chance) => {
    const noise = autoregressive(chance, floors, { deviation: 1, correlation: 0 });
    return (_, index) => 20 + (noise[index] ?? 0);
  },
  "slow noise": (chance) => {
    const noise = autoregressive(chance, floors, { deviation: 1.5, correlation: 0.8 });
    return (_, index) => 20 + (noise[index] ?? 0);
  },
  days: (chance) => {
    const noise = autoregressive(chance, floors, { deviation: 0.4, correlation: 0.3 });
    const [days, phase] = [1.5 + 3 * chance.next(), 2 * Math.PI * chance.next()];
    return (time, index) =>
      20 + 4 * Math.sin(phase + 2 * Math.PI * days * time) + (noise[index] ?? 0);
  },
  walk: (chance) => {
    let size = 20;
    const sizes = Array.from({ length: floors }, () => (size += 0.3 * normal(chance)));
    return (_, index) => sizes[index] ?? 20;
  },
};

function tell(text: string): void {
  // oxlint-disable-next-line eslint/no-console -- the figures are what this test is read for
  console.log(`leak simulation: ${text}`);
}

function falseAlarms(made: Made): number {
  return Array.from({ length: count }, (_, index) => {
    const size = made(new Chance(index + 1));
    return judge(historyOf({ size, floors, hours })).verdict;
  }).filter((verdict) => verdict === "leak").length;
}

describe("a program that keeps nothing is called leaky", () => {
  test.each([
    ["noise", 0.02],
    ["slow noise", 0.03],
    ["days", 0.03],
    // A walk goes where it likes: in so short a time many cannot be told from growth by anybody.
    ["walk", 0.2],
  ] as const)("at most so often, of many whose heap is %s: %s", { timeout }, (name, share) => {
    const alarms = falseAlarms(clean[name]);
    tell(`${alarms} of ${count} alarmed, their heap ${name}`);
    // Of fewer than all the share is known less exactly: two standard errors.
    const margin = count < 200 ? 2 * Math.sqrt((share * (1 - share)) / count) : 0;
    expect(alarms / count).toBeLessThanOrEqual(share + margin);
  });
});

describe("a slow leak that is not found", () => {
  test.each([0, 0.3, 0.5])(
    "is never faster than the stated bound, of many that began at %s of the time",
    { timeout },
    (onset) => {
      let [unfound, tightest] = [0, Infinity];
      for (let seed = 1; seed <= count / 2; seed++) {
        const chance = new Chance(seed);
        const deviation = 0.1 + 1.5 * chance.next();
        const noise = autoregressive(chance, floors, {
          deviation,
          correlation: 0.8 * chance.next(),
        });
        const grown = 0.3 + 5 * chance.next() ** 2;
        const size: Course["size"] = (time, index) =>
          20 + grown * Math.max(time - onset, 0) + (noise[index] ?? 0);
        const { verdict, leastVisibleRate } = judge(historyOf({ size, floors, hours }));
        if (verdict === "leak") continue;
        unfound++;
        tightest = Math.min(tightest, (leastVisibleRate ?? 0) / ((grown * megabyte) / hours));
      }
      tell(
        `${unfound} of ${count / 2} leaks from ${onset} not found, the tightest bound ${tightest.toFixed(2)} times the rate`,
      );
      expect(unfound).toBeGreaterThan(count / 20);
      expect(tightest).toBeGreaterThanOrEqual(1);
    },
  );

  test(
    "is found once it has grown by some megabytes, in at least 95 of 100 cases",
    { timeout },
    () => {
      const found = Array.from({ length: count / 2 }, (_, index) => {
        const noise = autoregressive(new Chance(index + 1), floors, {
          deviation: 0.5,
          correlation: 0.3,
        });
        const size: Course["size"] = (time, at) => 20 + 8 * time + (noise[at] ?? 0);
        return judge(historyOf({ size, floors, hours })).verdict;
      }).filter((verdict) => verdict === "leak").length;
      tell(`${found} of ${count / 2} leaks of 8 MB under noise of 0.5 MB found`);
      expect(found / (count / 2)).toBeGreaterThanOrEqual(0.95);
    },
  );
});
