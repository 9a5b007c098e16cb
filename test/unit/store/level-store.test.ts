import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, LimitError, LinkError } from "../../../src/errors.ts";
import { limits } from "../../../src/limits.ts";
import { openStore } from "../../../src/store/level-store.ts";
import { namespaced } from "../../../src/store/store.ts";

let parent = "";
let directory = "";

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "koine-store-"));
  directory = join(parent, "data");
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

describe("the store", () => {
  test("gives back what was written, also after it was closed", async () => {
    const { store, repairs } = await openStore(directory, "aside");
    await store.write([
      { key: "device/a", value: "1" },
      { key: "device/b", value: "2" },
      { key: "other/c", value: "3" },
    ]);
    await store.write([{ key: "device/a", value: undefined }]);
    await store.close();
    const again = await openStore(directory, "aside");
    expect(await again.store.entries("device/")).toEqual([["device/b", "2"]]);
    expect(await again.store.get("device/a")).toBeUndefined();
    expect(repairs).toEqual([]);
    await again.store.close();
  });

  test("commits the writes of one turn together, the later one winning", async () => {
    const { store } = await openStore(directory, "aside");
    const order: number[] = [];
    const writes = Array.from({ length: 200 }, (_, n) =>
      store.write([{ key: "k", value: String(n) }]).then(() => order.push(n)),
    );
    await Promise.all(writes);
    expect(await store.get("k")).toBe("199");
    expect(order).toEqual(Array.from({ length: 200 }, (_, n) => n));
    await store.close();
  });

  test("flushes what waits when it is closed", async () => {
    const { store } = await openStore(directory, "aside");
    const writing = store.write([{ key: "last", value: "word" }]);
    await store.close();
    await writing;
    const again = await openStore(directory, "aside");
    expect(await again.store.get("last")).toBe("word");
    await again.store.close();
  });

  test("refuses a write that would wait behind too much", async () => {
    const { store } = await openStore(directory, "aside");
    const value = "x".repeat(limits.storePendingLength / 2 + 1);
    const first = store.write([{ key: "a", value }]);
    await expect(store.write([{ key: "b", value }])).rejects.toThrow(LimitError);
    await first;
    await store.write([{ key: "b", value: "now there is room" }]);
    await store.close();
  });

  test("shows an owner its own part only", async () => {
    const { store } = await openStore(directory, "aside");
    const own = namespaced(store, "adapter/wifi");
    await own.write([{ key: "peer/a", value: "1" }]);
    expect(await own.get("peer/a")).toBe("1");
    expect(await own.entries("peer/")).toEqual([["peer/a", "1"]]);
    expect(await store.entries("")).toContainEqual(["adapter/wifi/peer/a", "1"]);
    await store.close();
  });
});

describe("opening", () => {
  test("names the other process that has the directory", async () => {
    const { store } = await openStore(directory, "aside");
    const second = openStore(directory, "aside");
    await expect(second).rejects.toThrow(LinkError);
    await expect(second).rejects.toThrow("another koine is using it");
    await store.close();
  });

  test("says why a directory cannot be made", async () => {
    await writeFile(directory, "a file is in the way");
    await expect(openStore(join(directory, "deeper"), "aside")).rejects.toThrow(
      /^Cannot create data directory ".*deeper": is not a directory|not a directory/,
    );
  });

  test("says so where nothing can be made, as in /proc", async () => {
    await expect(openStore("/proc/koine/data", "damaged")).rejects.toThrow(
      'Cannot use data directory "/proc/koine/data": no such file or directory',
    );
  });

  test("refuses what a newer Koine wrote", async () => {
    const { store } = await openStore(directory, "aside");
    await store.write([{ key: "meta/format", value: "2" }]);
    await store.close();
    await expect(openStore(directory, "aside")).rejects.toThrow(ConfigError);
  });

  test.each([
    ["a manifest of zeros", "MANIFEST"],
    ["no manifest pointer", "CURRENT"],
  ])("goes on after damage: %s", async (_, name) => {
    const { store } = await openStore(directory, "aside");
    await store.write([{ key: "device/a", value: "1" }]);
    await store.close();
    const file = (await readdir(directory)).find((one) => one.startsWith(name));
    const path = join(directory, file ?? "");
    await writeFile(path, Buffer.alloc((await readFile(path)).length));
    const opened = await openStore(directory, "aside");
    expect(opened.repairs.length).toBeGreaterThan(0);
    await opened.store.write([{ key: "device/b", value: "2" }]);
    expect(await opened.store.get("device/b")).toBe("2");
    await opened.store.close();
  });

  test.each([
    ["a table without content", "ldb", () => Buffer.alloc(0)],
    ["a table of noise", "ldb", (bytes: Buffer) => Buffer.alloc(bytes.length, 0xa5)],
    ["a lost table", "ldb", () => undefined],
    ["a lost manifest", "MANIFEST", () => undefined],
    ["a lost manifest pointer", "CURRENT", () => undefined],
  ] as const)("goes on after damage and says so: %s", async (_, name, damaged) => {
    for (let round = 0; round < 2; round++) {
      const { store } = await openStore(directory, "aside");
      const value = "v".repeat(10_000);
      for (let n = 0; n < 10; n++) await store.write([{ key: `device/${round}${n}`, value }]);
      await store.close();
    }
    const file = (await readdir(directory)).find((one) => one.includes(name));
    const path = join(directory, file ?? "");
    const bytes = damaged(await readFile(path));
    if (bytes) await writeFile(path, bytes);
    else await rm(path);
    const opened = await openStore(directory, "aside");
    expect(opened.repairs.length).toBeGreaterThan(0);
    await opened.store.write([{ key: "device/new", value: "2" }]);
    await opened.store.close();
    const again = await openStore(directory, "aside");
    expect(again.repairs).toEqual([]);
    const kept = await again.store.entries("device/");
    expect(kept.map(([key]) => key)).toContain("device/new");
    if (name !== "ldb") expect(kept).toHaveLength(21);
    await again.store.close();
  });

  test("keeps exactly what was whole before a cut, wherever its log is cut", async () => {
    const { store } = await openStore(directory, "aside");
    const ends: number[] = [];
    for (let n = 0; n < 8; n++) {
      await store.write([{ key: `k/${n}`, value: "v".repeat(n * 5) }]);
      ends.push((await readFile(await newestLog(directory))).length);
    }
    const log = await newestLog(directory);
    const bytes = await readFile(log);
    await store.close();
    for (let cut = 0; cut <= bytes.length; cut++) {
      const copy = `${directory}-cut`;
      await cp(directory, copy, { recursive: true });
      await writeFile(join(copy, basename(log)), bytes.subarray(0, cut));
      const opened = await openStore(copy, "aside");
      const kept = (await opened.store.entries("k/")).map(([key]) => key);
      expect([cut, kept]).toEqual([cut, ends.flatMap((end, n) => (end <= cut ? [`k/${n}`] : []))]);
      await opened.store.close();
      await rm(copy, { recursive: true });
    }
  }, 60_000);
});

async function newestLog(folder: string): Promise<string> {
  const logs = (await readdir(folder)).filter((one) => one.endsWith(".log"));
  return join(folder, logs.toSorted().at(-1) ?? "");
}
