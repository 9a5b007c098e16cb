import { describe, test } from "vitest";
import { Line } from "../../../../adapters/simulation/line.ts";
import { Modem } from "../../../../adapters/sms/simulator/modem.ts";
import { Network } from "../../../../adapters/sms/simulator/network.ts";
import { SmsGateServer } from "../../../../adapters/sms/simulator/providers/smsgate.ts";
import { VonageServer } from "../../../../adapters/sms/simulator/providers/vonage.ts";
import { systemClock } from "../../../../src/clock.ts";
import { SmsWorld, type SmsWorldOptions } from "../../../support/sms-world.ts";

const bobby = "+447700900123";

/** A gateway with a modem, then a phone in the house, then a provider. */
class House implements AsyncDisposable {
  readonly phone = new SmsGateServer();
  readonly cloud = new VonageServer();
  gateway!: SmsWorld;

  static async open(
    config: object = {},
    options: Omit<SmsWorldOptions, "config"> = {},
  ): Promise<House> {
    const house = new House();
    const { phone, cloud } = house;
    await phone.server.open();
    await cloud.server.open();
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
    house.gateway = await SmsWorld.open({ ...options, config: { providers, people, ...config } });
    await house.gateway.ready();
    return house;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.phone.server.close().catch(() => {});
    await this.cloud.server.close();
  }
}

function queued(one: SmsWorld, body: string, person = "person-amina", name = "alarm") {
  return one.send({ body, class: name }, /"stage":"queued"/, person);
}

describe("a modem that is dead", { timeout: 30_000, concurrent: true }, () => {
  test("is waited for as long as configured; then the next route has the text", async ({
    expect,
  }) => {
    await using house = await House.open({ routes: { takeover_s: 20 } }, { timeScale: 10 });
    const { gateway: one } = house;
    await one.line.close();
    await one.adapterState('"code":"absent"');
    const startedAt = performance.now();
    await queued(one, "the pump stands still");
    await expect.poll(() => house.phone.taken.length, { timeout: 10_000 }).toBe(1);
    const waitedS = ((performance.now() - startedAt) / 1_000) * 10;
    expect(waitedS).toBeGreaterThan(10);
    expect(waitedS).toBeLessThan(30);
  });

  test("costs nothing when it comes back in time", async ({ expect }) => {
    await using house = await House.open({ routes: { takeover_s: 60 } }, { timeScale: 10 });
    const { gateway: one } = house;
    await one.line.close();
    await one.adapterState('"code":"absent"');
    await queued(one, "a short break");
    await one.line.open();
    await expect.poll(() => one.network.arrived.length, { timeout: 10_000 }).toBe(1);
    expect(house.phone.taken).toEqual([]);
  });

  test("with a phone that is away, too, has the third route take over", async ({ expect }) => {
    await using house = await House.open({ routes: { takeover_s: 1 } }, { timeScale: 60 });
    const { gateway: one } = house;
    await one.line.close();
    await house.phone.server.close();
    await one.adapterState('"code":"absent"');
    await queued(one, "third");
    await expect.poll(() => house.cloud.taken.length, { timeout: 10_000 }).toBe(1);
    await house.phone.server.open();
  });

  test("in the middle of a text does not have that sent elsewhere while nobody knows", async ({
    expect,
  }) => {
    await using house = await House.open({ routes: { takeover_s: 60 } }, { timeScale: 100 });
    const { gateway: one } = house;
    one.network.judge = () => "accepted_in_silence";
    const result = one.send({ body: "a code", class: "code" }, /"stage":"(?!queued)|timeout/);
    await expect.poll(() => one.network.arrived.length, { timeout: 10_000 }).toBe(1);
    await one.line.close();
    await result;
    expect([...house.phone.taken, ...house.cloud.taken]).toEqual([]);
  });
});

describe("a route", { timeout: 30_000, concurrent: true }, () => {
  test("is chosen by person, then by country, then by order", async ({ expect }) => {
    await using house = await House.open({
      routes: { order: ["smsgate"], countries: { "44": ["vonage"], "447": ["modem"] } },
      people: [
        { name: "Amina", number: "0712 345 678" },
        { name: "Bobby", number: bobby },
        { name: "Chipo", number: "+447700900999", routes: ["vonage"] },
      ],
    });
    const { gateway: one } = house;
    await queued(one, "by order");
    await expect.poll(() => house.phone.taken.map(({ text }) => text)).toEqual(["by order"]);
    await one.send({ body: "by country" }, /"stage":"delivered"/, "person-bobby");
    expect(one.network.arrived.map(({ text }) => text)).toEqual(["by country"]);
    await queued(one, "by person", "person-chipo");
    await expect.poll(() => house.cloud.taken.map(({ text }) => text)).toEqual(["by person"]);
  });

  test("that refuses a text twice leaves it to the next one", async ({ expect }) => {
    await using house = await House.open({}, { timeScale: 60 });
    const { gateway: one } = house;
    one.network.judge = () => 38;
    await queued(one, "no room here");
    await expect.poll(() => house.phone.taken.length, { timeout: 10_000 }).toBe(1);
    expect(one.network.arrived).toEqual([]);
  });

  test("that has failed several times in a row is left alone", async ({ expect }) => {
    await using house = await House.open({}, { timeScale: 5 });
    const { gateway: one } = house;
    let asked = 0;
    one.network.judge = () => {
      asked += 1;
      return 500;
    };
    for (let n = 0; n < 5; n++) await queued(one, `storm ${n}`);
    await expect.poll(() => asked).toBe(5);
    // The sixth does not ask the modem at all.
    await queued(one, "the sixth");
    await expect.poll(() => house.phone.taken.map(({ text }) => text)).toContain("the sixth");
    expect(await one.request("routes")).toMatchObject({
      data: { routes: [{ name: "modem", ready: true, resting: true }, {}, {}] },
    });
  });

  test("that hangs holds up nobody else's texts", async ({ expect }) => {
    await using house = await House.open({ routes: { countries: { "44": ["vonage"] } } });
    const { gateway: one } = house;
    house.cloud.server.faults.push("hang");
    await queued(one, "hangs", "person-bobby");
    await expect.poll(() => house.cloud.taken.length).toBe(1);
    expect(await one.send({ body: "passes" })).toMatchObject({ stage: "delivered" });
  });
});

test(
  "two modems carry texts at once, and both are heard",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    const clock = systemClock();
    const network = new Network(clock);
    const second = new Line(() => new Modem({ clock, network, make: "ec25" }), { clock });
    await second.open();
    try {
      await using house = await House.open();
      const { gateway: one } = house;
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
  },
);

describe("a budget", { timeout: 30_000, concurrent: true }, () => {
  test("keeps a fifth for alarms, and holds under a storm of them", async ({ expect }) => {
    await using house = await House.open({ providers: [], budget: { day: { messages: 10 } } });
    const { gateway: one } = house;
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

  test("counts each message of a long text, in money, and gives back what was refused", async ({
    expect,
  }) => {
    const budget = { day: { money: 35 }, currency: "KES" };
    await using house = await House.open({ budget, routes: { order: ["vonage"] } });
    const { gateway: one } = house;
    house.cloud.judge = () => "6";
    expect(await one.send({ body: "refused", class: "alarm" })).toMatchObject({ status: "failed" });
    house.cloud.judge = () => "0";
    await queued(one, "x".repeat(400));
    await expect.poll(() => house.cloud.taken.length).toBe(1);
    await one.send({ body: "too dear", class: "alarm" }, /The budget of the day is spent/);
    expect(await one.request("routes")).toMatchObject({
      data: { spent: { day: { messages: 3, money: 30 } } },
    });
  });

  test("is one person's, too", async ({ expect }) => {
    await using house = await House.open({ providers: [], budget: { person: 2 } });
    const { gateway: one } = house;
    for (let n = 0; n < 2; n++) await queued(one, `alarm ${n}`);
    await one.send({ body: "third", class: "alarm" }, /The budget of the person is spent/);
    expect(await one.send({ body: "hers" }, /"stage":"delivered"/, "person-bobby")).toMatchObject({
      stage: "delivered",
    });
  });
});

test(
  "people are added and forgotten, and a restart changes nothing",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    await using house = await House.open({ providers: [] });
    const { gateway: one } = house;
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
