import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Line } from "../../../../adapters/simulation/line.ts";
import { Modem } from "../../../../adapters/sms/simulator/modem.ts";
import { Network } from "../../../../adapters/sms/simulator/network.ts";
import { SmsGateServer } from "../../../../adapters/sms/simulator/providers/smsgate.ts";
import { VonageServer } from "../../../../adapters/sms/simulator/providers/vonage.ts";
import { systemClock } from "../../../../src/clock.ts";
import { SmsWorld, type SmsWorldOptions } from "../../../support/sms-world.ts";

const phone = new SmsGateServer();
const cloud = new VonageServer();

beforeEach(async () => {
  await phone.server.open();
  await cloud.server.open();
  phone.taken.length = 0;
  cloud.taken.length = 0;
});

afterEach(async () => {
  await phone.server.close();
  await cloud.server.close();
});

const bobby = "+447700900123";

/** A modem, then a phone in the house, then a provider. */
async function world(
  config: object = {},
  options: Omit<SmsWorldOptions, "config"> = {},
): Promise<SmsWorld> {
  const { password } = phone;
  const { key, secret } = cloud;
  const providers = [
    { use: "smsgate", url: phone.server.url, password, inbound: "none", price: 1 },
    { use: "vonage", url: cloud.server.url, api_key: key, secret, from: "Koine", price: 10 },
  ];
  const people = [
    { name: "Amina", number: "0712 345 678" },
    { name: "Bobby", number: bobby },
  ];
  const opened = await SmsWorld.open({ ...options, config: { providers, people, ...config } });
  await opened.ready();
  return opened;
}

function queued(one: SmsWorld, body: string, person = "person-amina", name = "alarm") {
  return one.send({ body, class: name }, /"stage":"queued"/, person);
}

describe("a modem that is dead", { timeout: 30_000 }, () => {
  test("is waited for as long as configured; then the next route has the text", async () => {
    await using one = await world({ routes: { takeover_s: 20 } }, { timeScale: 10 });
    await one.line.close();
    await one.adapterState('"code":"absent"');
    const startedAt = performance.now();
    await queued(one, "the pump stands still");
    await expect.poll(() => phone.taken.length, { timeout: 10_000 }).toBe(1);
    const waitedS = ((performance.now() - startedAt) / 1_000) * 10;
    expect(waitedS).toBeGreaterThan(10);
    expect(waitedS).toBeLessThan(30);
  });

  test("costs nothing when it comes back in time", async () => {
    await using one = await world({ routes: { takeover_s: 60 } }, { timeScale: 10 });
    await one.line.close();
    await one.adapterState('"code":"absent"');
    await queued(one, "a short break");
    await one.line.open();
    await expect.poll(() => one.network.arrived.length, { timeout: 10_000 }).toBe(1);
    expect(phone.taken).toEqual([]);
  });

  test("with a phone that is away, too, has the third route take over", async () => {
    await using one = await world({ routes: { takeover_s: 1 } }, { timeScale: 60 });
    await one.line.close();
    await phone.server.close();
    await one.adapterState('"code":"absent"');
    await queued(one, "third");
    await expect.poll(() => cloud.taken.length, { timeout: 10_000 }).toBe(1);
    await phone.server.open();
  });

  test("in the middle of a text does not have that sent elsewhere while nobody knows", async () => {
    await using one = await world({ routes: { takeover_s: 1 } }, { timeScale: 60 });
    one.network.judge = () => "accepted_in_silence";
    const result = one.send({ body: "a code", class: "code" }, /"stage":"(?!queued)|timeout/);
    await expect.poll(() => one.network.arrived.length).toBe(1);
    await one.line.close();
    await result;
    expect([...phone.taken, ...cloud.taken]).toEqual([]);
  });
});

describe("a route", { timeout: 30_000 }, () => {
  test("is chosen by person, then by country, then by order", async () => {
    await using one = await world({
      routes: { order: ["smsgate"], countries: { "44": ["vonage"], "447": ["modem"] } },
      people: [
        { name: "Amina", number: "0712 345 678" },
        { name: "Bobby", number: bobby },
        { name: "Chipo", number: "+447700900999", routes: ["vonage"] },
      ],
    });
    await queued(one, "by order");
    await expect.poll(() => phone.taken.map(({ text }) => text)).toEqual(["by order"]);
    await one.send({ body: "by country" }, /"stage":"delivered"/, "person-bobby");
    expect(one.network.arrived.map(({ text }) => text)).toEqual(["by country"]);
    await queued(one, "by person", "person-chipo");
    await expect.poll(() => cloud.taken.map(({ text }) => text)).toEqual(["by person"]);
  });

  test("that refuses a text twice leaves it to the next one", async () => {
    await using one = await world({}, { timeScale: 60 });
    one.network.judge = () => 38;
    await queued(one, "no room here");
    await expect.poll(() => phone.taken.length, { timeout: 10_000 }).toBe(1);
    expect(one.network.arrived).toEqual([]);
  });

  test("that has failed several times in a row is left alone", async () => {
    await using one = await world({}, { timeScale: 5 });
    let asked = 0;
    one.network.judge = () => {
      asked += 1;
      return 500;
    };
    for (let n = 0; n < 5; n++) await queued(one, `storm ${n}`);
    await expect.poll(() => asked).toBe(5);
    // The sixth does not ask the modem at all.
    await queued(one, "the sixth");
    await expect.poll(() => phone.taken.map(({ text }) => text)).toContain("the sixth");
    expect(await one.request("routes")).toMatchObject({
      data: { routes: [{ name: "modem", ready: true, resting: true }, {}, {}] },
    });
  });

  test("that hangs holds up nobody else's texts", async () => {
    await using one = await world({ routes: { countries: { "44": ["vonage"] } } });
    cloud.server.faults.push("hang");
    await queued(one, "hangs", "person-bobby");
    await expect.poll(() => cloud.taken.length).toBe(1);
    expect(await one.send({ body: "passes" })).toMatchObject({ stage: "delivered" });
  });
});

test("two modems carry texts at once, and both are heard", { timeout: 30_000 }, async () => {
  const clock = systemClock();
  const network = new Network(clock);
  const second = new Line(() => new Modem({ clock, network, make: "ec25" }), { clock });
  await second.open();
  try {
    await using one = await world();
    const modems = [{ port: one.line.address }, { name: "spare", port: second.address }];
    await one.restart({ modems, routes: { countries: { "44": ["spare"] } } });
    await one.ready();
    await one.subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/modem-spare/value/x_sms_state" && payload === '"ready"',
    );
    await one.send({ body: "spare" }, /"stage":"delivered"/, "person-bobby");
    await one.send({ body: "first" }, /"stage":"delivered"/);
    expect(network.arrived.map(({ text }) => text)).toEqual(["spare"]);
    expect(one.network.arrived.map(({ text }) => text)).toEqual(["first"]);
    network.text(one.amina, "over the spare one");
    expect(await one.hears(1)).toEqual(["over the spare one"]);
  } finally {
    await second.close();
  }
});

describe("a budget", { timeout: 30_000 }, () => {
  test("keeps a fifth for alarms, and holds under a storm of them", async () => {
    await using one = await world({ providers: [], budget: { day: { messages: 10 } } });
    for (let n = 0; n < 12; n++) await queued(one, `report ${n}`, "person-amina", "report");
    await expect.poll(() => one.network.arrived.length).toBe(8);
    await one.subscriber.next(({ topic }) => topic === "koine/1/bridge/event/sms_budget");
    for (let n = 0; n < 20; n++) await queued(one, `alarm ${n}`);
    await expect.poll(() => one.network.arrived.length).toBe(10);
    await one.subscriber.next(
      ({ topic, payload }) => topic.endsWith("/value/sms_credit_ok") && payload === "true",
    );
    await one.send({ body: "one more" }, /The budget of the day is spent/);
    const texts = one.network.arrived.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith("report"))).toHaveLength(8);
    expect(texts.filter((text) => text.startsWith("alarm"))).toHaveLength(2);
    expect(await one.request("routes")).toMatchObject({
      data: { spent: { day: { messages: 10 } } },
    });
    // Not after a restart either.
    await one.restart({ providers: [], budget: { day: { messages: 10 } } });
    await one.ready();
    await queued(one, "after the restart");
    expect(one.network.arrived).toHaveLength(10);
  });

  test("counts each message of a long text, in money, and gives back what was refused", async () => {
    const budget = { day: { money: 35 }, currency: "KES" };
    await using one = await world({ budget, routes: { order: ["vonage"] } });
    cloud.judge = () => "6";
    expect(await one.send({ body: "refused", class: "alarm" })).toMatchObject({ status: "failed" });
    cloud.judge = () => "0";
    await queued(one, "x".repeat(400));
    await expect.poll(() => cloud.taken.length).toBe(1);
    await one.send({ body: "too dear", class: "alarm" }, /The budget of the day is spent/);
    expect(await one.request("routes")).toMatchObject({
      data: { spent: { day: { messages: 3, money: 30 } } },
    });
  });

  test("is one person's, too", async () => {
    await using one = await world({ providers: [], budget: { person: 2 } });
    for (let n = 0; n < 2; n++) await queued(one, `alarm ${n}`);
    await one.send({ body: "third", class: "alarm" }, /The budget of the person is spent/);
    expect(await one.send({ body: "hers" }, /"stage":"delivered"/, "person-bobby")).toMatchObject({
      stage: "delivered",
    });
  });
});

test(
  "people are added and forgotten, and a restart changes nothing",
  { timeout: 30_000 },
  async () => {
    await using one = await world({ providers: [] });
    const chipo = { name: "Chipo", number: "0799 000 111", language: "sn" };
    expect(await one.request("add-person", chipo)).toMatchObject({
      data: { person: "person-chipo" },
    });
    expect(await one.request("add-person", chipo)).toMatchObject({ code: "bad_payload" });
    await one.restart({ providers: [] });
    await one.ready();
    await one.send({ body: "karibu" }, /"stage":"delivered"/, "person-chipo");
    one.network.text("+254799000111", "asante");
    expect(await one.hears(1)).toEqual(["asante"]);
    await one.request("remove-person", { person: "person-chipo" });
    expect(await one.request("remove-person", { person: "person-bobby" })).toMatchObject({
      code: "unknown_device",
    });
    one.network.text("+254799000111", "again");
    await expect.poll(() => one.broker.counters.get("adapter.sms.texts_of_strangers")).toBe(1);
  },
);
