import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Running } from "../support/daemon.ts";
import { TestClient } from "../support/broker.ts";
import { packInto } from "../support/package.ts";
import { writeTutorial } from "../support/tutorial.ts";
import { connect } from "mqtt";

let folder = "";

/** A stranger's folder: the packed Koine installed, and the files of the tutorial. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "koine-stranger-"));
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: "utf8" });
  await writeFile(join(folder, "package.json"), '{"private":true}');
  run("npm", "install", "--silent", "--no-audit", "--no-fund", packInto(folder));
  writeTutorial(folder);
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...args], { cwd: folder, env: { PATH: process.env["PATH"] } });
}

describe.each(["none", "worker"])(
  "the tutorial in a stranger's folder, isolation %s",
  (isolation) => {
    test("runs, and its lamp can be switched", async () => {
      const box = start(
        "-e",
        'import("./simulator.mjs").then(async ({ startBox }) => console.log((await startBox()).port))',
      );
      const [port] = await new Running(box).says(/^\d+$/m);
      const config = `bus: { listen: [tcp://127.0.0.1:0] }
data: ./data-${isolation}
adapters: [{ use: ./weather-box.mjs, port: ${port}, isolation: ${isolation} }]`;
      await writeFile(join(folder, "koine.yaml"), config);
      const koine = new Running(start("node_modules/koine/dist/src/main.js", "run"));
      const mqtt = connect(await koine.url(), { protocolVersion: 4, reconnectPeriod: 0 });
      const client = new TestClient(mqtt);
      await client.subscribe("koine/1/#");
      await client.next(
        ({ topic, payload }) =>
          topic === "koine/1/weather-box-box1/value/temperature" && payload === "21.5",
      );
      await client.publish("koine/1/weather-box-box1/set", '{"onoff":true,"_id":"t1"}');
      const done = await client.next(({ payload }) => payload.includes('"done"'));
      expect(JSON.parse(done.payload)).toMatchObject({ confirmed_by: "report" });
      await mqtt.endAsync(true);
      koine.signal("SIGTERM");
      expect(await koine.exit()).toBe(0);
      box.kill("SIGKILL");
    });
  },
);

test("the tutorial's own tests pass there", async () => {
  const tests = new Running(start("--test", "weather-box.test.mjs"));
  expect(await tests.exit()).toBe(0);
  expect(tests.out).toMatch(/^# fail 0$|fail 0/m);
});

test.each([
  ["./nowhere.mjs", /"\.\/nowhere\.mjs" cannot be loaded: Cannot find module/],
  ["./simulator.mjs", /exports no adapter kind/],
  ["no-such-package", /unknown kind of adapter "no-such-package"/],
])("an adapter that cannot be used, %s, is named with the reason", async (use, reason) => {
  await writeFile(join(folder, "wrong.yaml"), `adapters: [{ use: ${use} }]`);
  const main = "node_modules/koine/dist/src/main.js";
  const check = new Running(start(main, "config", "check", "-c", "wrong.yaml"));
  expect(await check.exit()).toBe(78);
  expect(check.err).toMatch(reason);
});
