import { describe, expect, test } from "vitest";
import { explain, heldBacklogs } from "../../../src/health/backlogs.ts";

test("what adapters hold is what they took in, less what they gave away", () => {
  const counts: [string, number][] = [
    ["adapter.sms.outbox_held", 12],
    ["adapter.sms.outbox_let_go", 5],
    ["adapter.sms.texts_dead", 3],
    ["adapter.barn.queue_held", 2],
  ];
  expect([...heldBacklogs(counts)]).toEqual([
    ["sms.outbox", 7],
    ["barn.queue", 2],
  ]);
});

describe("a heap", () => {
  const floors = (bytesOf: (step: number) => number, countOf: (step: number) => number) =>
    Array.from({ length: 20 }, (_, step) => ({
      bytes: 30e6 + bytesOf(step),
      backlogs: new Map([
        ["sessions", 3],
        ["sms.outbox", countOf(step)],
      ]),
    }));

  test("that follows a backlog is explained by it", () => {
    const found = explain(
      floors(
        (step) => step * 1e5,
        (step) => step * 50,
      ),
    );
    expect(found?.name).toBe("sms.outbox");
    expect(found?.bytesEach).toBeCloseTo(2_000, 3);
    expect(found?.share).toBeCloseTo(1, 6);
  });

  test("that has a course of its own is not", () => {
    expect(
      explain(
        floors(
          (step) => step * 1e5,
          (step) => step % 3,
        ),
      ),
    ).toBeUndefined();
  });

  test("that would need more for each than anything takes is not", () => {
    expect(
      explain(
        floors(
          (step) => step * 1e6,
          (step) => step,
        ),
      ),
    ).toBeUndefined();
  });

  test("that shrinks while more waits is not", () => {
    expect(
      explain(
        floors(
          (step) => step * -1e5,
          (step) => step * 50,
        ),
      ),
    ).toBeUndefined();
  });
});
