import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Make } from "../../../../adapters/sms/simulator/manners.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

const makes: readonly Make[] = ["sim800l", "sim7600", "e3372", "ec25"];

describe.for(makes)("over a modem of the kind %s", (make) => {
  let world: SmsWorld;

  beforeEach(async () => {
    world = await SmsWorld.open({ make });
    await world.ready();
  }, 30_000);

  afterEach(() => world[Symbol.asyncDispose]());

  test("a text arrives, and is said to be delivered when it is", async () => {
    const result = await world.send({ body: "Tank 3 is LOW: 8 %" });
    expect(result).toMatchObject({ status: "done", confirmed_by: "report", stage: "delivered" });
    expect(world.network.arrived).toEqual([
      { to: world.amina, text: "Tank 3 is LOW: 8 %", parts: 1 },
    ]);
  });

  test("a long text with emoji arrives as one", async () => {
    const body = "Pampu 😀🚰 шлюз ответил 21% ".repeat(6);
    expect(await world.send({ body })).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toEqual([{ to: world.amina, text: body, parts: 3 }]);
  });

  test("a text is heard, whatever its parts' order, and is told to others only that it came", async () => {
    const long = "Je, pampu ya shamba la tatu inafanya kazi? ".repeat(8);
    world.network.text(world.amina, "Habari");
    world.network.text(world.amina, long, { bits: 16, shuffle: (parts) => parts.toReversed() });
    expect(await world.hears(2)).toEqual(["Habari", long]);
    const { payload } = await world.subscriber.next(
      ({ topic, payload: text }) =>
        topic === "koine/1/person-amina/event/text" && text.includes('"chars":6'),
    );
    expect(JSON.parse(payload)).toMatchObject({ action: "received", chars: 6 });
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
  });
});

test.skipIf(!existsSync("/usr/bin/socat"))(
  "over a serial port a text goes out and comes in, also after it was pulled out",
  { timeout: 40_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "koine-pty-"));
    const path = join(folder, "modem");
    await using world = await SmsWorld.open();
    const plug = (): ReturnType<typeof spawn> =>
      spawn("socat", [`pty,link=${path},raw,echo=0`, `tcp:127.0.0.1:${world.line.port}`]);
    // One line has one host.
    await world.stop();
    let bridge = plug();
    try {
      await expect.poll(() => existsSync(path), { timeout: 5_000 }).toBe(true);
      world.subscriber.received.length = 0;
      await world.start({ modems: [{ port: path }] });
      await world.ready();
      expect(await world.send({ body: "out" })).toMatchObject({ stage: "delivered" });
      bridge.kill();
      await world.adapterState('"code":"absent"');
      world.subscriber.received.length = 0;
      world.network.text(world.amina, "in");
      bridge = plug();
      await world.ready();
      expect(await world.hears(1)).toEqual(["in"]);
    } finally {
      bridge.kill();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
