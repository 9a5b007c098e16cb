import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { Line } from "../../../../adapters/simulation/line.ts";
import { limits } from "../../../../adapters/sms/limits.ts";
import { segment } from "../../../../adapters/sms/pdu/segments.ts";
import { deliverPdu } from "../../../../adapters/sms/simulator/network-pdu.ts";
import { Modem } from "../../../../adapters/sms/simulator/modem.ts";
import { Network } from "../../../../adapters/sms/simulator/network.ts";
import { systemClock } from "../../../../src/clock.ts";
import { limits as coreLimits } from "../../../../src/limits.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

describe("a text on its way", { timeout: 60_000, concurrent: true }, () => {
  test("is not sent twice because somebody hangs up meanwhile", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 10 });
    await world.ready();
    world.network.judge = () => {
      world.modem.say("NO CARRIER");
      return "accepted";
    };
    expect(await world.send({ body: "once", class: "code" })).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(1);
  });

  test("is not said to be sent because of a word that is not about it", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 10 });
    await world.ready();
    world.modem.onCommand = (command) => {
      if (!command.startsWith("AT+CMGS")) return;
      world.modem.onCommand = undefined;
      world.modem.say("OK");
    };
    expect(await world.send({ body: "not yet", class: "alarm" })).toMatchObject({
      stage: "delivered",
    });
    expect(world.network.arrived.map(({ text }) => text)).toEqual(["not yet"]);
  });

  test("that is lost is not said to have arrived because another one did", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 60 });
    await world.ready();
    let turn = 0;
    world.network.judge = () => (turn++ === 0 ? "lost" : "accepted_in_silence");
    const [lost, other] = await Promise.all([
      world.send({ body: "lost", class: "code" }),
      world.send({ body: "other", class: "code" }),
    ]);
    expect(world.network.arrived.map(({ text }) => text)).toEqual(["other"]);
    expect(lost).not.toMatchObject({ stage: "delivered" });
    expect(other["status"]).toMatch(/done|timeout/);
  });

  test("whose report waits in the modem is not sent again when that is back", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ timeScale: 10 });
    await world.ready();
    world.network.judge = () => {
      void world.line.close();
      return "accepted";
    };
    const result = world.send({ body: "in between", class: "alarm" });
    await world.adapterState('"code":"absent"');
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000);
    });
    world.network.judge = () => "accepted";
    await world.line.open();
    expect(await result).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(1);
  });
});

test("a text is told once, whatever networks and modems add to it", async ({ expect }) => {
  await using world = await SmsWorld.open();
  await world.ready();
  const from = { text: world.amina, isName: false };
  const at = { ms: 1_700_000_000_000, zoneMinutes: 0 };
  const [body] = segment("PUMP ON");
  const pdu = body ? deliverPdu(from, at, body) : "";
  // By another message centre, and in other letters.
  for (const one of [pdu, `07911326040000F0${pdu.slice(2)}`, pdu.toLowerCase()]) {
    world.modem.take(one);
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
  }
  expect(world.heard.map(({ body: said }) => said)).toEqual(["PUMP ON"]);
});

test(
  "texts are read in whatever memory they come into",
  { timeout: 30_000 },
  async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    const from = { text: world.amina, isName: false };
    const bodies = Array.from({ length: 12 }, (_, n) => `text ${n}`);
    for (const [n, text] of bodies.entries()) {
      const [body] = segment(text);
      const at = { ms: 1_700_000_000_000 + n * 1_000, zoneMinutes: 0 };
      const pdu = body ? deliverPdu(from, at, body) : "";
      // Now in one, now in the other, while both are being read.
      if (n % 2 === 0) world.modem.takeSpare(pdu);
      else world.modem.take(pdu);
    }
    expect((await world.hears(12)).toSorted()).toEqual(bodies.toSorted());
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
  },
);

describe("what is kept", { timeout: 30_000, concurrent: true }, () => {
  test("of two texts that were given up, one before a restart, is both", async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    world.network.judge = () => 1;
    await world.send({ body: "first" });
    await world.restart();
    await world.ready();
    await world.send({ body: "second" });
    const { data } = await world.request("dead");
    expect(data).toMatchObject([{ body: "first" }, { body: "second" }]);
  });

  test("has room in the store, if everything is full", ({ expect }) => {
    const { outbox, seen, partsKept, textsKept, oddKept, deadKept, peopleAdded, budgetDays } =
      limits;
    const all = [outbox, seen, partsKept, textsKept, oddKept, deadKept, peopleAdded, budgetDays];
    const sum = all.reduce((total, one) => total + one, 0);
    expect(sum).toBeLessThan(coreLimits.adapterStoreEntries * 0.9);
  });
});

test(
  "a wrong PIN is tried once, whatever another modem's is",
  { timeout: 40_000 },
  async ({ expect }) => {
    const clock = systemClock();
    const network = new Network(clock);
    const other = new Modem({ clock, network, make: "ec25", pin: "2222" });
    const line = new Line(() => other, { clock });
    await line.open();
    try {
      await using world = await SmsWorld.open({ pin: "4711", timeScale: 10 });
      const tried: string[] = [];
      world.modem.onCommand = (command) => {
        if (command.startsWith("AT+CPIN=")) tried.push(command);
      };
      const modems = [
        { port: world.line.address, pin: "1111" },
        { name: "other", port: line.address, pin: "2222" },
      ];
      await world.restart({ modems });
      await world.subscriber.next(
        ({ topic, payload }) =>
          topic === "koine/1/modem-other/value/x_sms_state" && payload === '"ready"',
      );
      await new Promise((resolve) => {
        setTimeout(resolve, 3_000);
      });
      expect(tried).toHaveLength(1);
    } finally {
      await line.close();
    }
  },
);

test("a person whose name has no Latin letters has no number in a topic", async ({ expect }) => {
  await using world = await SmsWorld.open({
    config: { people: [{ name: "अमीना", number: "0712345678" }] },
  });
  await world.ready();
  const { topic } = await world.subscriber.next(
    ({ topic: one, payload }) => one.endsWith("/description") && payload.includes("अमीना"),
  );
  expect(topic).toMatch(/^koine\/1\/person-[0-9a-f]{8}\/description$/);
  expect(JSON.stringify(world.subscriber.received)).not.toContain("712345678");
});

test.skipIf(!existsSync("/usr/bin/socat"))(
  "a modem at a serial port that was mute works when it speaks again",
  { timeout: 60_000 },
  async ({ expect }) => {
    const folder = await mkdtemp(join(tmpdir(), "koine-pty-"));
    const path = join(folder, "modem");
    await using world = await SmsWorld.open({ timeScale: 10 });
    await world.stop();
    const bridge = spawn("socat", [
      `pty,link=${path},raw,echo=0`,
      `tcp:127.0.0.1:${world.line.port}`,
    ]);
    try {
      await expect.poll(() => existsSync(path), { timeout: 5_000 }).toBe(true);
      world.subscriber.received.length = 0;
      world.modem.isMute = true;
      await world.start({ modems: [{ port: path }] });
      await world.adapterState('"code":"absent"');
      // It is tried some more times meanwhile.
      await new Promise((resolve) => {
        setTimeout(resolve, 3_000);
      });
      world.modem.isMute = false;
      await world.ready();
      expect(await world.send({ body: "spoken" })).toMatchObject({ stage: "delivered" });
    } finally {
      bridge.kill();
      await rm(folder, { recursive: true, force: true });
    }
  },
);
