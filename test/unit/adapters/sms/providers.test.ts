import { describe, test } from "vitest";
import { SimulatedProviders } from "../../../support/sms-providers.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

const names = ["twilio", "vonage", "smsgate", "africastalking"] as const;

describe.for(names)("over %s", { timeout: 40_000, concurrent: true }, (name) => {
  const arrived = (at: SimulatedProviders, body: string): number =>
    at[name].taken.filter(({ text }) => text === body).length;

  test("a text goes out, in whatever alphabet", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world([name]);
    const body = `Tanki 3 iko chini 🙂 ${name}`;
    await world.send({ body, class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => arrived(at, body)).toBe(1);
    expect(at[name].taken.at(-1)?.to).toBe(world.amina);
  });

  test("one that is throttled, or meets a bad moment, goes out later and once", async ({
    expect,
  }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world([name], { timeScale: 30 });
    at[name].server.faults.push("throttled", "error");
    await world.send({ body: `again ${name}`, class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => arrived(at, `again ${name}`), { timeout: 10_000 }).toBe(1);
  });

  test("a code of which nobody knows whether it left is never sent twice", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world([name], { timeScale: 60 });
    at[name].server.faults.push("reset_after_accept");
    await world.send(
      { body: `code ${name}`, class: "code" },
      /"stage":"(?!queued)|"status":"timeout"/,
    );
    expect(arrived(at, `code ${name}`)).toBe(1);
  });

  test("an account that is not known is said, and the text waits", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world([name]);
    at[name].server.faults.push("unauthorised");
    await world.send({ body: `who ${name}`, class: "alarm" }, /"stage":"queued"/);
    await world.adapterState('"code":"route_refused"', '"state":"attention"', name);
    expect(arrived(at, `who ${name}`)).toBe(0);
  });

  test("an answer that nobody can read is no success", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world([name], { timeScale: 60 });
    at[name].server.faults.push("unreadable");
    await world.send(
      { body: `odd ${name}`, class: "code" },
      /"stage":"(?!queued)|"status":"(?!accepted|queued)/,
    );
    expect(arrived(at, `odd ${name}`)).toBe(1);
  });
});

describe("what became of a text", { timeout: 30_000, concurrent: true }, () => {
  test("is asked of Twilio, and told as it is", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { timeScale: 20 });
    expect(await world.send({ body: "one" })).toMatchObject({ stage: "delivered" });
    at.twilio.outcome = { status: "undelivered", error: 30005 };
    const result = await world.send({ body: "two" });
    at.twilio.outcome = { status: "delivered" };
    expect(result).toMatchObject({ status: "failed", stage: "failed" });
  });

  test("is asked of the phone, whose words about numbers are not repeated", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["smsgate"], { timeScale: 20 });
    expect(await world.send({ body: "one" })).toMatchObject({ stage: "delivered" });
    at.smsgate.state = "Failed";
    const result = await world.send({ body: "two" });
    at.smsgate.state = "Delivered";
    expect(result).toMatchObject({ status: "failed" });
  });

  test("is found at Twilio when its answer was lost, and the text is not sent again", async ({
    expect,
  }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { timeScale: 20 });
    at.twilio.server.faults.push("reset_after_accept");
    expect(await world.send({ body: "found", class: "alarm" })).toMatchObject({
      stage: "delivered",
    });
    expect(at.twilio.taken.filter(({ text }) => text === "found")).toHaveLength(1);
  });

  test("that the phone never got is sent once it is known to be absent", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["smsgate"], { timeScale: 20 });
    at.smsgate.server.faults.push("reset");
    expect(await world.send({ body: "absent", class: "alarm" })).toMatchObject({
      stage: "delivered",
    });
    expect(at.smsgate.taken.filter(({ text }) => text === "absent")).toHaveLength(1);
  });

  test("is told by Vonage: out of order, twice, and of each part of a long one", async ({
    expect,
  }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["vonage"], { inbound: "webhook" });
    const url = at.hookUrl("vonage");
    const long = "long ".repeat(60);
    await world.send({ body: long, class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => at.vonage.taken.at(-1)?.text).toBe(long);
    const ids = at.vonage.taken.at(-1)?.id.split(",") ?? [];
    expect(ids).toHaveLength(2);
    const result = world.subscriber.next(({ payload }) => payload.includes('"stage":"delivered"'));
    const tell = (id: string, status: string): Promise<number> =>
      at.vonage.hook(url, at.vonage.sign(at.vonage.report(id, status), "sha256"));
    expect(await tell(ids[0] ?? "", "delivered")).toBe(200);
    expect(await tell(ids[0] ?? "", "delivered")).toBe(200);
    expect(await tell(ids[0] ?? "", "accepted")).toBe(200);
    const early = world.subscriber.received.filter(({ payload }) => payload.includes('delivered"'));
    expect(early.filter(({ topic }) => topic.endsWith("/result"))).toEqual([]);
    expect(await tell(ids[1] ?? "", "delivered")).toBe(200);
    await result;
  });

  test("of a long one is not believed from a word about a part of it", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["smsgate"], { inbound: "webhook" });
    at.smsgate.state = "Sent";
    await world.send({ body: "long ".repeat(80), class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => at.smsgate.taken.length).toBe(1);
    const id = at.smsgate.taken[0]?.id ?? "";
    const told = world.subscriber.next(({ payload }) => payload.includes('"stage":"sent"'));
    const report = at.smsgate.report(id, "sms:delivered");
    expect(await at.smsgate.hook(at.hookUrl("smsgate"), report)).toBe(200);
    await told;
    const results = world.subscriber.received.filter(({ topic }) => topic.endsWith("/result"));
    expect(JSON.stringify(results)).not.toContain("delivered");
  });

  test("is told by Twilio before it is asked", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { inbound: "webhook" });
    await world.send({ body: "soon", class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => at.twilio.taken.at(-1)?.text).toBe("soon");
    const sid = at.twilio.taken.at(-1)?.id ?? "";
    const url = at.hookUrl("twilio");
    const told = world.subscriber.next(({ payload }) => payload.includes('"stage":"delivered"'));
    expect(await at.twilio.hook(url, at.twilio.status(sid, "delivered"))).toBe(200);
    await told;
  });

  test("is told by Africa's Talking", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["africastalking"], { inbound: "webhook" });
    await world.send({ body: "at", class: "alarm" }, /"stage":"sent"/);
    const id = at.africastalking.taken.at(-1)?.id ?? "";
    const told = world.subscriber.next(({ payload }) => payload.includes('"stage":"failed"'));
    const url = at.hookUrl("africastalking/0123456789abcdef");
    const status = await at.africastalking.hook(url, {
      id,
      status: "Failed",
      failureReason: "UserDoesNotExist",
    });
    expect(status).toBe(200);
    await told;
  });
});

describe("a refusal", { timeout: 30_000, concurrent: true }, () => {
  test("of a number that is none fails at once", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"]);
    at.twilio.judge = () => 21211;
    const result = await world.send({ body: "none" });
    at.twilio.judge = () => undefined;
    expect(result).toMatchObject({ status: "failed", stage: "failed" });
  });

  test("by TLS is none of the provider: even a code goes the next way", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    const { smsgate, africastalking } = at.configs();
    // Nobody speaks TLS there.
    const phone = { ...smsgate, url: smsgate.url.replace("http:", "https:") };
    const config = { modems: [], providers: [phone, africastalking] };
    await using world = await SmsWorld.open({ config, timeScale: 60 });
    await world.adapterState('"state":"online"');
    await world.send({ body: "4821", class: "code" }, /"stage":"sent"/);
    expect(at.africastalking.taken.map(({ text }) => text)).toEqual(["4821"]);
    expect(world.broker.counters.get("adapter.sms.messages_unknown")).toBe(0);
  });

  test("of one route alone has the next one take the text", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio", "africastalking"]);
    at.twilio.judge = () => 21610;
    await world.send({ body: "opted out", class: "alarm" }, /"stage":"sent"/);
    at.twilio.judge = () => undefined;
    expect(at.africastalking.taken.at(-1)?.text).toBe("opted out");
  });

  test("without credit has the next one take all texts", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["africastalking", "twilio"]);
    at.africastalking.judge = () => 405;
    await world.send({ body: "no credit", class: "alarm" }, /"stage":"queued"/);
    await world.adapterState('"code":"route_refused"', "africastalking");
    await expect.poll(() => at.twilio.taken.at(-1)?.text).toBe("no credit");
    at.africastalking.judge = () => 101;
  });
});

describe("a provider that takes texts", { timeout: 30_000, concurrent: true }, () => {
  test("is not left alone for that, however many they are", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"]);
    for (let n = 0; n < 12; n++) {
      await world.send({ body: `alarm ${n}`, class: "alarm" }, /"stage":"queued"/);
    }
    await expect.poll(() => at.twilio.taken.length).toBe(12);
    expect(await world.request("routes")).toMatchObject({ data: { routes: [{ resting: false }] } });
  });

  test("but answers what nobody can read has no other one send a code, too", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio", "africastalking"], { timeScale: 60 });
    at.twilio.server.faults.push("unreadable");
    await world.send({ body: "code", class: "code" }, /"stage":"(?!queued)|"status":"timeout"/);
    expect([at.twilio.taken.length, at.africastalking.taken.length]).toEqual([1, 0]);
  });

  test("is never believed to have one text because it has another like it", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { timeScale: 20 });
    const alarm = { body: "the same alarm", class: "alarm" };
    expect(await world.send(alarm)).toMatchObject({ stage: "delivered" });
    at.twilio.server.faults.push("reset");
    const id = "second";
    const command = JSON.stringify({ _id: id, message: alarm });
    await world.subscriber.publish("koine/1/person-amina/set", command);
    // Nobody knows, so it is asked for again and again, and then sent.
    await expect.poll(() => at.twilio.taken.length, { timeout: 60_000 }).toBe(2);
  }, 90_000);
});

describe("texts that come", { timeout: 30_000, concurrent: true }, () => {
  test.for(["twilio", "smsgate", "africastalking"] as const)(
    "over %s are asked for, and told once, after a restart, too",
    async (name, { expect }) => {
      await using at = await SimulatedProviders.open();
      await using world = await at.world([name], { inbound: "poll" });
      const { amina } = world;
      at[name].text(amina, "Habari 🙂");
      expect(await world.hears(1)).toEqual(["Habari 🙂"]);
      await world.restart();
      at[name].text(amina, "Tena");
      expect(await world.hears(2)).toEqual(["Habari 🙂", "Tena"]);
    },
  );

  test("over Twilio are all fetched, however many pages they are on", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    at.twilio.pageMost = 5;
    await using world = await at.world(["twilio"], { inbound: "poll" });
    for (let n = 0; n < 130; n++) at.twilio.text(world.amina, `text ${n}`);
    expect((await world.hears(130)).toSorted()).toEqual(
      Array.from({ length: 130 }, (_, n) => `text ${n}`).toSorted(),
    );
  });

  test("are heard beside what cannot be read, and that is counted", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    at.smsgate.confuse();
    await using world = await at.world(["smsgate"], { inbound: "poll" });
    at.smsgate.text(world.amina, "good");
    expect(await world.hears(1)).toEqual(["good"]);
    expect(world.broker.counters.get("adapter.sms.arrivals_odd")).toBeGreaterThan(0);
  });

  test("over Twilio may come by GET, too", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { inbound: "webhook" });
    const url = at.hookUrl("twilio");
    expect(await at.twilio.hookByGet(url, at.twilio.arrival(world.amina, "by GET"))).toBe(200);
    expect(await at.twilio.hookByGet(url, new URLSearchParams({ From: "+1" }))).toBe(400);
    expect(await world.hears(1)).toEqual(["by GET"]);
  });

  test("are not taken by webhook where they are asked for", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["smsgate"], { inbound: "poll" });
    const said = at.smsgate.arrival(world.amina, "told");
    expect(await at.smsgate.hook(at.hookUrl("smsgate"), said)).toBe(200);
    at.smsgate.text(world.amina, "asked");
    expect(await world.hears(1)).toEqual(["asked"]);
    expect(world.broker.counters.get("adapter.sms.hooks_unwanted")).toBe(1);
  });

  test("over Twilio are believed with its signature alone, and told once", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { inbound: "webhook" });
    const url = at.hookUrl("twilio");
    const form = at.twilio.arrival(world.amina, "pump & gate = on");
    const forged = at.twilio.arrival(world.amina, "forged");
    expect(await at.twilio.hook(url, forged, at.twilio.sign(url, form))).toBe(401);
    expect(await at.twilio.hook(url, forged, "")).toBe(401);
    expect(await at.twilio.hook(url, form)).toBe(200);
    // Replayed, and sent again by Twilio itself.
    expect(await at.twilio.hook(url, form)).toBe(200);
    expect(await world.hears(1)).toEqual(["pump & gate = on"]);
    expect(world.broker.counters.get("adapter.sms.texts_repeated")).toBe(1);
    expect(world.broker.counters.get("adapter.sms.hooks_refused")).toBe(2);
  });

  test.for(["form", "json", "query"] as const)(
    "over Vonage as %s are believed with a fresh signature alone",
    async (how, { expect }) => {
      await using at = await SimulatedProviders.open();
      await using world = await at.world(["vonage"], { inbound: "webhook" });
      const url = at.hookUrl("vonage");
      const said = at.vonage.arrival(world.amina, "a=b&c");
      const signed = at.vonage.sign(said, "sha256");
      expect(await at.vonage.hook(url, { ...signed, text: "forged" }, how)).toBe(401);
      expect(await at.vonage.hook(url, at.vonage.sign(said, "md5hash"), how)).toBe(401);
      const old = at.vonage.sign(said, "sha256", new Date().getTime() - 600_000);
      expect(await at.vonage.hook(url, old, how)).toBe(401);
      expect(await at.vonage.hook(url, signed, how)).toBe(200);
      expect(await at.vonage.hook(url, signed, how)).toBe(200);
      expect(await world.hears(1)).toEqual(["a=b&c"]);
    },
  );

  test("over Vonage in parts, in any order, are one text", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["vonage"], { inbound: "webhook" });
    const url = at.hookUrl("vonage");
    for (const number of [3, 1, 2]) {
      const part = { ref: "7", total: 3, number };
      const said = at.vonage.arrival(world.amina, `part ${number}. `, part);
      expect(await at.vonage.hook(url, at.vonage.sign(said, "sha256"))).toBe(200);
    }
    expect(await world.hears(1)).toEqual(["part 1. part 2. part 3. "]);
  });

  test("over the phone are believed with a fresh signature alone", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["smsgate"], { inbound: "webhook" });
    const url = at.hookUrl("smsgate");
    const said = at.smsgate.arrival(world.amina, "hi");
    const now = new Date().getTime();
    expect(await at.smsgate.hook(url, said, now, "another key")).toBe(401);
    expect(await at.smsgate.hook(url, said, now - 600_000)).toBe(401);
    expect(await at.smsgate.hook(url, said)).toBe(200);
    expect(await at.smsgate.hook(url, said)).toBe(200);
    expect(await world.hears(1)).toEqual(["hi"]);
  });

  test("over Africa's Talking are believed below the secret path alone", async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["africastalking"], { inbound: "webhook" });
    const said = {
      id: "ATXid_1",
      from: world.amina,
      to: "28901",
      text: "hi",
      date: "2025-11-17 14:20:30",
    };
    expect(await at.africastalking.hook(at.hookUrl("africastalking"), said)).toBe(401);
    expect(await at.africastalking.hook(at.hookUrl("africastalking/guess"), said)).toBe(401);
    expect(await at.africastalking.hook(at.hookUrl("africastalking/0123456789abcdef"), said)).toBe(
      200,
    );
    expect(await world.hears(1)).toEqual(["hi"]);
  });

  test("are refused where they are too large, nobody's, or no request for it", async ({
    expect,
  }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { inbound: "webhook" });
    const large = new URLSearchParams({ Body: "x".repeat(100_000) });
    expect(await at.twilio.hook(at.hookUrl("twilio"), large)).toBe(413);
    expect((await fetch(at.hookUrl("nobody"), { method: "POST" })).status).toBe(404);
    expect((await fetch(at.hookUrl("twilio"), { method: "DELETE" })).status).toBe(405);
    expect((await fetch(new URL("/", at.hookUrl("")))).status).toBe(404);
    expect(world.heard).toEqual([]);
  });
});

test(
  "no secret, number or text of a provider is in a log or on the bus",
  { timeout: 30_000, concurrent: true },
  async ({ expect }) => {
    await using at = await SimulatedProviders.open();
    await using world = await at.world(["twilio"], { inbound: "poll", timeScale: 10 });
    at.twilio.server.faults.push("error", "reset_after_accept");
    await world.send({ body: "canary-out", class: "alarm" });
    at.twilio.text(world.amina, "canary-in");
    await world.hears(1);
    await at.twilio.server.close();
    await world.send({ body: "canary-late", class: "alarm" }, /"stage":"queued"/);
    const shown = JSON.stringify([world.broker.log, world.subscriber.received]);
    for (const secret of ["canary-", at.twilio.token, world.amina, "712345678", at.twilio.number]) {
      expect(shown.replaceAll(/"topic":"koine\/1\/person-amina\/set"[^}]*\}/g, "")).not.toContain(
        secret,
      );
    }
    await at.twilio.server.open();
  },
);
