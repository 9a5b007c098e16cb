import { afterEach, expect, test } from "vitest";
import { spawnChild } from "../../../../src/core/isolation/child.ts";

const node = process.execPath;

afterEach(() => {
  process.execPath = node;
});

test("a process that cannot be started is gone, and the daemon goes on", async () => {
  const uncaught: unknown[] = [];
  const take = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtException", take);
  process.execPath = "/nowhere/node";
  const guest = spawnChild({
    guest: {
      name: "cellar",
      kind: "ble",
      module: import.meta.url,
      config: {},
      directory: "/nowhere",
      timeScale: 1,
      startedAtMs: 0,
      probeMs: 0,
    },
    output: () => {},
  });
  const { message } = await guest.gone;
  guest.post({ type: "abort" });
  guest.kill();
  // What the process module still has to say comes in the turns after that.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.off("uncaughtException", take);
  expect(message).toMatch(/^The adapter's process ended: .*\/nowhere\/node ENOENT$/);
  expect(uncaught).toEqual([]);
});
