import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ClockSync } from "../../../src/health/clock-sync.ts";
import { hostKind } from "../../../src/health/host.ts";
import { systemClock } from "../../../src/clock.ts";
import { TestGateway } from "../../support/gateway.ts";

test("the machine reports its figures, and what it does not tell is absent", async () => {
  await using gateway = await TestGateway.open();
  const kind = hostKind({
    id: "farm",
    dataDirectory: gateway.directory,
    clockSync: new ClockSync(),
  });
  gateway.core.host({ name: "host", kind: "host", adapter: kind.create({ interval: 10 }) });
  gateway.core.start();
  await gateway.until(() => gateway.state("host-farm") !== undefined);
  const state = gateway.state("host-farm") ?? {};
  expect(state).toMatchObject({
    uptime: expect.any(Number) as number,
    load_average: expect.any(Number) as number,
    memory_available: expect.any(Number) as number,
    disk_free: expect.any(Number) as number,
  });
  expect(Object.values(state)).not.toContain(null);
  const described = Object.keys(gateway.description("host-farm")?.properties ?? {});
  expect(Object.keys(state).filter((key) => !key.startsWith("_"))).toEqual(described);
});

test.each([
  ["yes", true],
  ["no", false],
  ["what?", undefined],
])("a clock of which the system says %s", async (word, isSynced) => {
  const directory = await mkdtemp(join(tmpdir(), "koine-path-"));
  const script = `#!/bin/sh\necho ${word}\n`;
  await writeFile(join(directory, "timedatectl"), script, { mode: 0o755 });
  const { PATH } = process.env;
  process.env["PATH"] = `${directory}:${PATH}`;
  try {
    const sync = new ClockSync();
    const clock = sync.over(systemClock());
    expect(clock.synced()).toBe(true);
    await sync.refresh();
    expect(sync.isSynced).toBe(isSynced);
    expect(clock.synced()).toBe(isSynced !== false);
  } finally {
    process.env["PATH"] = PATH;
    await rm(directory, { recursive: true });
  }
});
