import { afterEach, beforeEach, expect, test } from "vitest";
import { SmsWorld } from "../../../support/sms-world.ts";

let world: SmsWorld;

beforeEach(async () => {
  world = await SmsWorld.open();
  await world.ready();
});

afterEach(() => world[Symbol.asyncDispose]());

test("people are listed with masked numbers", async () => {
  expect(await world.request("people")).toMatchObject({
    status: "ok",
    data: [{ name: "Amina", number: "+254…678", language: "sw", groups: [] }],
  });
});

test("somebody is added with a language, and a number as it is dialled at home", async () => {
  const chipo = { name: "Chipo", number: "0799 000 111", language: "sn", groups: ["farm"] };
  expect(await world.request("add-person", chipo)).toMatchObject({
    status: "ok",
    data: { person: "person-chipo" },
  });
  expect(await world.request("people")).toMatchObject({
    data: [{}, { name: "Chipo", number: "+254…111", language: "sn", groups: ["farm"] }],
  });
  await world.send({ body: "mhoro" }, /"stage":"delivered"/, "person-chipo");
  expect(world.network.arrived).toMatchObject([{ to: "+254799000111" }]);
  await world.subscriber.next(
    ({ topic, payload }) =>
      topic === "koine/1/person-chipo/value/x_sms_language" && payload === '"sn"',
  );
  await world.request("remove-person", { person: "Chipo" });
  expect(await world.request("people")).toMatchObject({ data: [{ name: "Amina" }] });
  for (const wrong of [{ language: "Shona!" }, { number: "07-none" }]) {
    const answer = await world.request("add-person", { ...chipo, ...wrong });
    expect(answer).toMatchObject({ status: "error", code: "bad_payload" });
  }
});

test("the inbox has the newest texts, strangers' too", async () => {
  world.network.text(world.amina, "one");
  world.network.text("+4915112345678", "two");
  await world.hears(1);
  await expect.poll(() => world.modem.stored).toEqual([]);
  expect(await world.request("inbox", { count: 5 })).toMatchObject({
    data: [
      { from: "+491…678", body: "two", whole: true },
      { from: "Amina", body: "one", whole: true },
    ],
  });
});

test("a text can be sent by the owner, and a test too", async () => {
  const sent = await world.request("send", { person: "Amina", body: "hello", class: "alarm" });
  expect(sent).toMatchObject({ status: "ok", data: { status: "queued" } });
  await world.request("test", { person: "person-amina" });
  await expect
    .poll(() => world.network.arrived.map(({ text }) => text))
    .toEqual(["hello", "Koine test: this text has arrived."]);
  expect(await world.request("send", { person: "nobody", body: "x" })).toMatchObject({
    status: "error",
    code: "unknown_device",
  });
});

test("what was given up is kept with its reason, and can be sent once more", async () => {
  world.network.judge = () => 1;
  await world.send({ body: "never" });
  const { data } = await world.request("dead");
  expect(data).toMatchObject([
    {
      to: "Amina",
      body: "never",
      class: "answer",
      status: "failed",
      reason: "The network refuses it (1)",
    },
  ]);
  world.network.judge = () => "accepted";
  const [{ key }] = data as [{ key: string }];
  expect(await world.request("requeue", { key })).toMatchObject({ status: "ok" });
  await expect.poll(() => world.network.arrived).toHaveLength(1);
  expect(await world.request("dead")).toMatchObject({ data: [] });
  expect(await world.request("requeue", { key })).toMatchObject({ code: "bad_payload" });
});

test("the outbox shows what waits", async () => {
  world.network.judge = () => 38;
  await world.send({ body: "waits" }, /"stage":"queued"/);
  await expect
    .poll(() => world.request("outbox"))
    .toMatchObject({ data: [{ to: "Amina", body: "waits", attempts: 1, parts: ["waiting"] }] });
});

test("what people write is answered to the owner alone, not over MQTT", async () => {
  for (const verb of ["inbox", "outbox", "dead", "send", "balance"]) {
    const answer = await world.core.requests.ask(`sms/${verb}`, "{}", "bus");
    expect(answer).toMatchObject({ status: "error", code: "unsupported" });
  }
});

test("the balance is what the network says", async () => {
  expect(await world.request("balance", { code: "*144#" })).toMatchObject({
    data: { said: "Balance: 12.50 KES" },
  });
  expect(await world.request("balance", { code: "rm -rf" })).toMatchObject({ code: "bad_payload" });
});
