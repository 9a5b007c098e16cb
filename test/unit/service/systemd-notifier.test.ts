import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Counters } from "../../../src/counters.ts";
import { notifyTarget, SystemdNotifier } from "../../../src/service/systemd-notifier.ts";
import { MemoryLog } from "../../support/log.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const fine = { healthy: true, troubles: [] };
const watchdogMs = 30_000;
let folder = "";
let clock: ManualClock;
let counters: Counters;
let log: MemoryLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "koine-notify-"));
  clock = new ManualClock();
  counters = new Counters();
  log = new MemoryLog();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A program of that name that writes down how it was called. */
async function program(rest = ""): Promise<void> {
  const file = join(folder, "systemd-notify");
  await writeFile(file, `#!/bin/sh\necho "$NOTIFY_SOCKET begin $*" >>${folder}/told\n${rest}\n`);
  await chmod(file, 0o755);
}

async function told(): Promise<readonly string[]> {
  const text = await readFile(join(folder, "told"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

function notifier(path = `${folder}:/usr/bin:/bin`): SystemdNotifier {
  const target = { socket: "/run/there", watchdogMs, path };
  return new SystemdNotifier({ target, clock, counters, log });
}

const soon = { timeout: 10_000, interval: 20 };

describe("what the environment says", () => {
  test.each([
    [{}, undefined],
    [{ NOTIFY_SOCKET: "" }, undefined],
    [{ NOTIFY_SOCKET: "/s" }, { socket: "/s", watchdogMs: undefined }],
    [
      { NOTIFY_SOCKET: "@s", WATCHDOG_USEC: "30000000" },
      { socket: "@s", watchdogMs: 30_000 },
    ],
    [
      { NOTIFY_SOCKET: "/s", WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" },
      { socket: "/s", watchdogMs: 30_000 },
    ],
    [
      { NOTIFY_SOCKET: "/s", WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" },
      { socket: "/s", watchdogMs: undefined },
    ],
    [
      { NOTIFY_SOCKET: "/s", WATCHDOG_USEC: "often" },
      { socket: "/s", watchdogMs: undefined },
    ],
  ])("%j", (env, target) => {
    expect(notifyTarget(env, 42)).toEqual(target && { path: undefined, ...target });
  });
});

describe("systemd", () => {
  test("hears that the daemon runs, that it lives, and that it stops", async () => {
    await program();
    const systemd = notifier();
    systemd.ready("MQTT here");
    await vi.waitFor(async () => expect(await told()).toHaveLength(1), soon);
    systemd.looked(fine);
    await vi.waitFor(async () => expect(await told()).toHaveLength(2), soon);
    systemd.stopping();
    await vi.waitFor(async () => expect(await told()).toHaveLength(3), soon);
    expect(await told()).toEqual([
      "/run/there begin READY=1 STATUS=MQTT here",
      "/run/there begin WATCHDOG=1",
      "/run/there begin STOPPING=1 STATUS=Stopping",
    ]);
    expect(log.lines).toEqual([]);
  });

  test("hears no sign of life of a daemon that is not healthy, but why", async () => {
    await program();
    const systemd = notifier();
    systemd.ready("fine");
    systemd.looked({ healthy: false, troubles: ["the store did not answer"] });
    systemd.looked({ healthy: false, troubles: ["the store did not answer"] });
    await vi.waitFor(
      async () => expect((await told()).join()).toContain("STATUS=the store did not answer"),
      soon,
    );
    systemd.looked(fine);
    await vi.waitFor(async () => expect((await told()).at(-1)).toContain("WATCHDOG=1"), soon);
    expect((await told()).at(-1)).toContain("STATUS=fine");
    expect((await told()).slice(0, -1).join()).not.toContain("WATCHDOG");
  });

  test("hears it no oftener than its watchdog needs", async () => {
    await program();
    const systemd = notifier();
    for (let second = 0; second < 60; second++) {
      systemd.looked(fine);
      await vi.waitFor(
        async () => expect(await told()).toHaveLength(1 + Math.floor(second / 8)),
        soon,
      );
      await clock.advance(1_000);
    }
  });

  test("is told by one process at a time, and of each thing the newest", async () => {
    await program(`sleep 0.3\necho end >>${folder}/told`);
    const systemd = notifier();
    systemd.ready("one");
    for (const trouble of ["two", "three", "four"]) {
      systemd.looked({ healthy: false, troubles: [trouble] });
    }
    systemd.looked(fine);
    await vi.waitFor(async () => expect(await told()).toHaveLength(4), soon);
    expect(await told()).toEqual([
      "/run/there begin READY=1 STATUS=one",
      "end",
      "/run/there begin STATUS=one WATCHDOG=1",
      "end",
    ]);
  });

  test("that cannot be told costs a counter, and one line in the log", async () => {
    const systemd = notifier("/nowhere");
    systemd.ready("one");
    await vi.waitFor(() => expect(counters.get("dropped.service_notices")).toBe(1), soon);
    systemd.looked(fine);
    await vi.waitFor(() => expect(counters.get("dropped.service_notices")).toBe(2), soon);
    expect(log.messages("warn")).toEqual(["systemd cannot be told how the daemon is"]);
    expect(log.lines[0]?.fields["reason"]).toBe(
      '"systemd-notify" failed: no such file or directory',
    );
  });

  test("that does not answer is given up, and told the next thing", async () => {
    await program(`test -e ${folder}/once && exit; touch ${folder}/once; exec sleep 60`);
    const systemd = notifier();
    systemd.ready("one");
    systemd.looked(fine);
    await vi.waitFor(async () => expect(await told()).toHaveLength(2), soon);
    expect(counters.get("dropped.service_notices")).toBe(1);
  });

  test("is not told anything where nobody listens", async () => {
    await program();
    const systemd = new SystemdNotifier({ target: undefined, clock, counters, log });
    systemd.ready("one");
    systemd.looked(fine);
    systemd.stopping();
    expect([...counters.entries()]).toEqual([]);
    expect(await told()).toEqual([]);
  });
});
