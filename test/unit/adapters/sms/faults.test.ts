import { describe, test } from "vitest";
import { segment } from "../../../../adapters/sms/pdu/segments.ts";
import { deliverPdu } from "../../../../adapters/sms/simulator/network-pdu.ts";
import type { Verdict } from "../../../../adapters/sms/simulator/network.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

describe("a SIM", { timeout: 30_000, concurrent: true }, () => {
  test("is opened with its PIN", async ({ expect }) => {
    await using world = await SmsWorld.open({
      pin: "4711",
      config: { modems: [{ port: "tcp://127.0.0.1:1", pin: "4711" }] },
    });
    await world.restart({ modems: [{ port: world.line.address, pin: "4711" }] });
    await world.ready();
    expect(await world.send({ body: "ok" })).toMatchObject({ stage: "delivered" });
  });

  test("is never given a wrong PIN a second time, not after a restart either", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ pin: "4711" });
    const tried: string[] = [];
    world.modem.onCommand = (command) => {
      if (command.startsWith("AT+CPIN=")) tried.push(command);
    };
    const modems = [{ port: world.line.address, pin: "1234" }];
    await world.restart({ modems });
    await world.adapterState('"code":"pin_needed"', '"state":"attention"');
    await world.restart({ modems });
    await world.adapterState('"code":"pin_needed"');
    // Another look or two, as the modem is opened again.
    await new Promise((resolve) => {
      setTimeout(resolve, 2_500);
    });
    expect(tried).toHaveLength(1);
    expect(JSON.stringify(world.broker.log)).not.toContain("1234");
  });
});

describe("a text", { timeout: 30_000, concurrent: true }, () => {
  test("is queued while there is no network, and goes out when there is one", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ timeScale: 10 });
    await world.ready();
    world.modem.setRegistered(false);
    await world.adapterState('"code":"searching"');
    expect(await world.send({ body: "later" }, /"stage":"queued"/)).toMatchObject({
      status: "queued",
    });
    world.modem.setRegistered(true);
    await expect.poll(() => world.network.arrived, { timeout: 5_000 }).toHaveLength(1);
  });

  test("that is refused for now is sent again; one that can never arrive fails", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ timeScale: 30 });
    await world.ready();
    let refusals = 0;
    world.network.judge = () => (refusals++ < 2 ? 38 : "accepted");
    expect(await world.send({ body: "again" })).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(1);
    world.network.judge = () => 1;
    expect(await world.send({ body: "never" })).toMatchObject({
      status: "failed",
      code: "device_error",
      stage: "failed",
    });
  });

  test("is not claimed to be delivered when the network gives up", async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    world.network.statusOf = () => 70;
    expect(await world.send({ body: "gone" })).toMatchObject({ status: "failed", stage: "failed" });
  });

  test("without a report was sent, and no more is said", async ({ expect }) => {
    await using world = await SmsWorld.open({ config: { reports: false } });
    await world.ready();
    expect(await world.send({ body: "plain" })).toMatchObject({
      status: "done",
      confirmed_by: "ack",
      stage: "sent",
    });
  });

  test("that the network has although nobody said so is not sent twice", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 40 });
    await world.ready();
    let times = 0;
    world.network.judge = () => {
      times += 1;
      return "accepted_in_silence";
    };
    expect(await world.send({ body: "silence" })).toMatchObject({
      status: "done",
      stage: "delivered",
    });
    expect(times).toBe(1);
    expect(world.network.arrived).toHaveLength(1);
  });

  test("with a code goes out once at most, and what nobody knows is said to be unknown", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ timeScale: 60 });
    await world.ready();
    let times = 0;
    world.network.judge = () => {
      times += 1;
      return "lost";
    };
    expect(await world.send({ body: "4821", class: "code" })).toMatchObject({
      status: "timeout",
      code: "no_answer",
      stage: "unknown",
    });
    expect(times).toBe(1);
  });

  test("that waits is kept over a restart, and still answered", async ({ expect }) => {
    await using world = await SmsWorld.open();
    world.modem.setRegistered(false);
    await world.restart();
    await world.adapterState('"code":"searching"');
    const { _id: id } = await world.send({ body: "kept" }, /"stage":"queued"/);
    await world.stop();
    world.modem.setRegistered(true);
    await world.start();
    expect(await world.result(String(id), /"done"/)).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(1);
  });

  test("that was lost as the gateway stopped is sent again", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 40 });
    await world.ready();
    const id = await stoppedAsItSends(world, "lost");
    await world.start();
    expect(await world.result(id, /"done"/)).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(1);
  });

  test("that the network had as the gateway stopped is not sent again", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 40 });
    await world.ready();
    const id = await stoppedAsItSends(world, "accepted_in_silence");
    expect(world.network.arrived).toHaveLength(1);
    await world.start();
    expect(await world.result(id, /"done"/)).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(1);
  });

  /** The id of a text that the gateway has given to the modem, and stopped before that could answer. */
  async function stoppedAsItSends(world: SmsWorld, verdict: Verdict): Promise<string> {
    const given = new Promise<void>((resolve) => {
      world.network.judge = () => {
        // No report comes before the gateway is back.
        world.modem.setRegistered(false);
        resolve();
        return verdict;
      };
    });
    const { _id: id } = await world.send({ body: "given" }, /"status":"queued"/);
    await given;
    await world.stop();
    world.network.judge = () => "accepted";
    world.modem.setRegistered(true);
    return String(id);
  }
});

describe("a modem", { timeout: 30_000, concurrent: true }, () => {
  test("that is pulled out and put in again works within seconds", async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    for (let turn = 0; turn < 3; turn++) {
      await world.line.close();
      await world.adapterState('"code":"absent"');
      world.subscriber.received.length = 0;
      world.network.text(world.amina, `while away ${turn}`);
      world.modem.powerOn();
      await world.line.open();
      await world.ready();
    }
    expect(await world.hears(3)).toEqual(["while away 0", "while away 1", "while away 2"]);
    expect(await world.send({ body: "back" })).toMatchObject({ stage: "delivered" });
  });

  test("with a full store is emptied in order, whatever waits at the network", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ make: "sim800l" });
    const texts = Array.from({ length: 215 }, (_, index) => `text ${index}`);
    for (const text of texts) world.network.text(world.amina, text);
    expect(world.network.waiting).toBe(200);
    expect(await world.hears(215)).toEqual(texts);
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
  });

  test("that talks in the middle of everything, byte by byte, is understood", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open({ make: "e3372", cable: { pieceBytes: 1 } });
    const chatter = ["^RSSI:18", "+CREG: 1", '^HCSQ:"LTE",50,44,116,20', "RING", "+CUSD: 2"];
    world.modem.disturb = () => chatter[Math.floor(Math.random() * chatter.length)];
    await world.ready();
    const texts = Array.from({ length: 20 }, (_, index) => `in ${index}`);
    const sending = Promise.all(texts.map((_, index) => world.send({ body: `out ${index}` })));
    for (const text of texts) world.network.text(world.amina, text);
    expect(await world.hears(20)).toEqual(texts);
    for (const result of await sending) expect(result).toMatchObject({ stage: "delivered" });
    expect(world.network.arrived).toHaveLength(20);
  });

  test("that hangs is opened again", async ({ expect }) => {
    await using world = await SmsWorld.open({ timeScale: 20 });
    await world.ready();
    world.modem.isMute = true;
    await world.adapterState('"code":"absent"');
    world.subscriber.received.length = 0;
    world.modem.isMute = false;
    await world.ready();
    expect(await world.send({ body: "again" })).toMatchObject({ stage: "delivered" });
  });

  test("with something in its store that cannot be read keeps it for a person, and goes on", async ({
    expect,
  }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    world.modem.take("07912160130350F7040C91");
    world.network.text(world.amina, "after");
    expect(await world.hears(1)).toEqual(["after"]);
    expect(world.broker.counters.get("adapter.sms.messages_odd")).toBe(1);
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
  });

  test("that gives a message twice has it told once", async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    const body = { alphabet: "gsm7", header: {}, units: Uint8Array.from([0x41, 0x42]) } as const;
    const sentAt = { ms: Date.UTC(2026, 0, 2, 3, 4, 5), zoneMinutes: 180 };
    const pdu = deliverPdu({ text: world.amina, isName: false }, sentAt, body);
    world.modem.take(pdu);
    await world.hears(1);
    world.modem.take(pdu);
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
    await world.restart();
    world.modem.take(pdu);
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
    expect(world.heard.map(({ body: said }) => said)).toEqual(["AB"]);
    expect(world.broker.counters.get("adapter.sms.texts_repeated")).toBe(2);
  });
});

test(
  "a long text is put together over a restart",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    const text = "Pampu ya shamba la tatu 😀 ".repeat(8);
    const sentAt = { ms: Date.UTC(2026, 0, 2, 3, 4, 5), zoneMinutes: 180 };
    const from = { text: world.amina, isName: false };
    const pdus = segment(text, 9).map((body) => deliverPdu(from, sentAt, body));
    const [last = "", ...others] = pdus.toReversed();
    for (const pdu of others) world.modem.take(pdu);
    await expect.poll(() => world.modem.stored, { timeout: 5_000 }).toEqual([]);
    await world.restart();
    world.modem.take(last);
    expect(await world.hears(1)).toEqual([text]);
  },
);

test(
  "neither number nor text of a person is in a log or on a topic",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    const canary = "CANARY-7261";
    world.network.text(world.amina, `in ${canary}`);
    await world.hears(1);
    await world.send({ body: `out ${canary}` });
    // What a client publishes itself is its own.
    const received = world.subscriber.received.filter(({ topic }) => !topic.endsWith("/set"));
    const told = JSON.stringify(received) + JSON.stringify(world.broker.log);
    expect(told).not.toContain(canary);
    expect(told).not.toContain("712345678");
    expect(told).toContain("+254…678");
  },
);

test(
  "a stranger's text is no event, and a name is nobody's",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    await using world = await SmsWorld.open();
    await world.ready();
    world.network.text("+4915112345678", "who am I");
    world.network.text("Amina", "me too");
    world.network.text(world.amina, "me");
    expect(await world.hears(1)).toEqual(["me"]);
    expect(world.broker.counters.get("adapter.sms.texts_of_strangers")).toBe(2);
  },
);

test(
  "a person who is silent for hours is not said to be gone",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    // Eight hours; no modem keeps up with such a clock, and none is needed.
    await using world = await SmsWorld.open({ timeScale: 3_600 });
    await new Promise((resolve) => {
      setTimeout(resolve, 8_000);
    });
    const said = world.subscriber.received
      .filter(({ topic }) => topic === "koine/1/person-amina/availability")
      .map(({ payload }) => payload);
    expect(said.at(-1)).toBe("online");
    expect(said).not.toContain("offline");
  },
);

test("a missed call of a person is an event", { timeout: 30_000, concurrent: true }, async () => {
  await using world = await SmsWorld.open();
  await world.ready();
  void world.network.call(world.amina);
  await world.subscriber.next(({ topic }) => topic === "koine/1/person-amina/event/call");
});
