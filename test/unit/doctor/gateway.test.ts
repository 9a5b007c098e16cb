import { chmod, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkData } from "../../../src/doctor/checks/data.ts";
import { checkGateway } from "../../../src/doctor/checks/gateway.ts";
import type { Finding } from "../../../src/model/finding.ts";
import { asNobody, codesOf, Machine, troubles } from "../../support/doctor.ts";

/** Something that listens where a gateway does, and answers this to whatever is asked. */
async function answering(directory: string, answer: string): Promise<AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", () => socket.end(`${answer}\n`));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => {
    server.listen(join(directory, "koine.sock"), resolve);
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

const stamp = '"_id":"1","_ts":"2026-11-25T12:00:00.000Z"';

describe("a gateway that answers what nobody expects", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "hello"],
    ["of another version", `{${stamp},"status":"ok","data":{"pid":1}}`],
    [
      "that it refuses",
      `{${stamp},"status":"error","code":"unsupported","message":"no verb info"}`,
    ],
  ])("runs: %s", async (_, answer) => {
    await using machine = await Machine.make();
    await using _server = await answering(machine.root, answer);
    const gateway = await checkGateway(machine.root, machine.surroundings(), "koine run");
    expect(codesOf(gateway.findings)).toEqual(["gateway_unhealthy"]);
    // What it may hold is not tried.
    expect(gateway.mayRun).toBe(true);
    expect(gateway.uses("zigbee")).toBe(true);
  });
});

test("a data directory in which no socket can be is told of as such", async () => {
  await using machine = await Machine.make();
  const directory = join(machine.root, "x".repeat(120));
  const { findings, mayRun } = await checkGateway(directory, machine.surroundings(), "koine run");
  expect(mayRun).toBe(false);
  expect(troubles(findings, "gateway_down")[0]?.why).toContain("choose a shorter data directory");
});

describe("a data directory", () => {
  const data = (path: string): Promise<readonly Finding[]> =>
    asNobody(
      { checkData: "src/doctor/checks/data.js" },
      `checkData(${JSON.stringify(path)}, false, surroundings)`,
    );

  test("that is to be made in a folder of root is made for the user alone", async () => {
    await using machine = await Machine.make();
    await chmod(machine.root, 0o555);
    const path = join(machine.root, "koine/data");
    const [found] = troubles(await data(path), "data_unusable");
    expect(found?.why).toBe(`"${machine.root}": permission denied`);
    expect(found?.next).toContain(`sudo install -d -o nobody -m 700 "${path}", or name another`);
  });

  test("behind a closed folder leaves that folder whose it is", async () => {
    await using machine = await Machine.make();
    await mkdir(join(machine.root, "home/data"), { recursive: true });
    await chmod(machine.root, 0o755);
    await chmod(join(machine.root, "home"), 0);
    const [found] = troubles(await data(join(machine.root, "home/data")), "data_unusable");
    expect(found?.next).toMatch(/^sudo koine doctor, or name another/);
  });

  test("that is a file, or below one, is told of", async () => {
    await using machine = await Machine.make();
    const file = await machine.write("data", "");
    for (const path of [file, join(file, "inside")]) {
      const findings = await checkData(path, false, machine.surroundings());
      const [found] = troubles(findings, "data_unusable");
      expect(found?.why).toBe(`"${file}": is no directory`);
      expect(found?.next).toContain(`ls -l "${file}"`);
    }
  });

  test("of a service is not to be opened for whoever looks", async () => {
    await using machine = await Machine.make();
    const file = await machine.write("data", "");
    expect(codesOf(await checkData(file, true, machine.surroundings()))).toEqual([]);
  });
});
