import { describe, expect, test } from "vitest";
import { PatientWriter } from "../../../src/core/patient-writer.ts";
import { Counters } from "../../../src/counters.ts";
import { InvariantError, LinkError } from "../../../src/errors.ts";
import { limits } from "../../../src/limits.ts";
import type { Change } from "../../../src/store/store.ts";
import { MemoryLog } from "../../support/log.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** A disk whose every write is ended by the test. */
function disk() {
  const clock = new ManualClock();
  const counters = new Counters();
  const writes: { changes: readonly Change[]; end: (error?: Error) => void }[] = [];
  const store = {
    write: (changes: readonly Change[]) =>
      new Promise<void>((resolve, reject) => {
        const end = (error?: Error): void => (error ? reject(error) : resolve());
        writes.push({ changes, end });
      }),
  };
  const writer = new PatientWriter({ store, clock, counters, log: new MemoryLog() });
  return { writer, writes, clock, counters };
}

const full = new LinkError("Cannot write: no space left on device");

describe("changes", () => {
  test("that come while others are written go together into the next attempt", async () => {
    const { writer, writes, clock } = disk();
    const first = writer.write([{ key: "a", value: "1" }]);
    await clock.settle();
    const others = [
      writer.write([{ key: "a", value: "2" }]),
      writer.write([{ key: "b", value: "1" }]),
    ];
    writes[0]?.end();
    expect(await first).toBe(true);
    await clock.settle();
    expect(writes[1]?.changes).toEqual([
      { key: "a", value: "2" },
      { key: "b", value: "1" },
    ]);
    writes[1]?.end();
    expect(await Promise.all(others)).toEqual([true, true]);
  });

  test("that were refused are written again, but never over newer ones", async () => {
    const { writer, writes, clock, counters } = disk();
    const first = writer.write([
      { key: "a", value: "old" },
      { key: "b", value: "1" },
    ]);
    await clock.settle();
    void writer.write([{ key: "a", value: "new" }]);
    writes[0]?.end(full);
    expect(await first).toBe(false);
    await clock.settle();
    expect(writes[1]?.changes).toEqual([
      { key: "b", value: "1" },
      { key: "a", value: "new" },
    ]);
    writes[1]?.end(full);
    await clock.advance(limits.storeRetryMs);
    expect(writes).toHaveLength(3);
    expect(counters.get("store.writes_failed")).toBe(2);
  });

  test("beyond the limit are dropped, oldest first", async () => {
    const { writer, writes, clock, counters } = disk();
    const changes = Array.from({ length: limits.storeUnwritten + 2 }, (_, n) => ({
      key: `k${n}`,
      value: "1",
    }));
    void writer.write(changes);
    await clock.settle();
    expect(writes[0]?.changes).toEqual(changes.slice(2));
    expect(counters.get("dropped.store_changes")).toBe(2);
  });

  test("lost to a mistake of ours are told, and later ones go on", async () => {
    const { writer, writes, clock } = disk();
    const first = writer.write([{ key: "a", value: "1" }]);
    await clock.settle();
    writes[0]?.end(new InvariantError("broken"));
    await expect(first).rejects.toThrow("broken");
    const second = writer.write([{ key: "b", value: "1" }]);
    await clock.settle();
    writes[1]?.end();
    expect(await second).toBe(true);
  });
});
