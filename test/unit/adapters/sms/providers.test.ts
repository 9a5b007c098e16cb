import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AfricasTalkingServer } from "../../../../adapters/sms/simulator/providers/africastalking.ts";
import { SmsGateServer } from "../../../../adapters/sms/simulator/providers/smsgate.ts";
import { TwilioServer } from "../../../../adapters/sms/simulator/providers/twilio.ts";
import { VonageServer } from "../../../../adapters/sms/simulator/providers/vonage.ts";
import { firstFreePort } from "../../../../src/bus/embedded/listener.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

const twilio = new TwilioServer();
const vonage = new VonageServer();
const smsgate = new SmsGateServer();
const africastalking = new AfricasTalkingServer();
const servers = [twilio, vonage, smsgate, africastalking].map(({ server }) => server);
let port = 0;

beforeEach(async () => {
  for (const server of servers) await server.open();
  port = await firstFreePort("127.0.0.1", 18_700);
});

afterEach(async () => {
  for (const server of servers) {
    server.faults.length = 0;
    await server.close();
  }
});

type Inbound = "poll" | "webhook" | "none";

function configs(inbound: Inbound = "none") {
  return {
    twilio: {
      use: "twilio",
      account: twilio.account,
      token: twilio.token,
      from: twilio.number,
      url: twilio.server.url,
      poll_s: 1,
      inbound,
    },
    vonage: {
      use: "vonage",
      api_key: vonage.key,
      secret: vonage.secret,
      from: "Koine",
      signature: { secret: vonage.signatureSecret, method: "sha256" },
      url: vonage.server.url,
      inbound: inbound === "webhook" ? inbound : "none",
    },
    smsgate: {
      use: "smsgate",
      url: smsgate.server.url,
      password: smsgate.password,
      signing_key: smsgate.signingKey,
      poll_s: 1,
      inbound,
    },
    africastalking: {
      use: "africastalking",
      username: africastalking.username,
      api_key: africastalking.key,
      hook_secret: "0123456789abcdef",
      url: africastalking.server.url,
      poll_s: 1,
      inbound,
    },
  } as const;
}

type Name = keyof ReturnType<typeof configs>;

/** A gateway with one provider and no modem. */
async function worldOf(
  name: Name,
  { inbound, timeScale = 1 }: { readonly inbound?: Inbound; readonly timeScale?: number } = {},
): Promise<SmsWorld> {
  const webhooks = { listen: `http://127.0.0.1:${port}` };
  return worldWith({ providers: [configs(inbound)[name]], webhooks }, timeScale);
}

async function worldWith(config: object, timeScale = 1): Promise<SmsWorld> {
  const world = await SmsWorld.open({ config: { modems: [], ...config }, timeScale });
  await world.adapterState('"state":"online"');
  return world;
}

function hookUrl(path: string): string {
  return `http://127.0.0.1:${port}/sms/${path}`;
}

const by = { twilio, vonage, smsgate, africastalking } as const;
const names = ["twilio", "vonage", "smsgate", "africastalking"] as const;

describe.for(names)("over %s", { timeout: 40_000 }, (name) => {
  const { server } = by[name];
  const texts = (): readonly string[] => by[name].taken.map(({ text }) => text);
  const arrived = (body: string): number => texts().filter((text) => text === body).length;

  test("a text goes out, in whatever alphabet", async () => {
    await using world = await worldOf(name);
    const body = `Tanki 3 iko chini 🙂 ${name}`;
    await world.send({ body, class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => arrived(body)).toBe(1);
    expect(by[name].taken.at(-1)?.to).toBe(world.amina);
  });

  test("one that is throttled, or meets a bad moment, goes out later and once", async () => {
    await using world = await worldOf(name, { timeScale: 30 });
    server.faults.push("throttled", "error");
    await world.send({ body: `again ${name}`, class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => arrived(`again ${name}`), { timeout: 10_000 }).toBe(1);
  });

  test("a code of which nobody knows whether it left is never sent twice", async () => {
    await using world = await worldOf(name, { timeScale: 60 });
    server.faults.push("reset_after_accept");
    await world.send(
      { body: `code ${name}`, class: "code" },
      /"stage":"(?!queued)|"status":"timeout"/,
    );
    expect(arrived(`code ${name}`)).toBe(1);
  });

  test("an account that is not known is said, and the text waits", async () => {
    await using world = await worldOf(name);
    server.faults.push("unauthorised");
    await world.send({ body: `who ${name}`, class: "alarm" }, /"stage":"queued"/);
    await world.adapterState('"code":"route_refused"', '"state":"attention"', name);
    expect(arrived(`who ${name}`)).toBe(0);
  });

  test("an answer that nobody can read is no success", async () => {
    await using world = await worldOf(name, { timeScale: 60 });
    server.faults.push("unreadable");
    await world.send(
      { body: `odd ${name}`, class: "code" },
      /"stage":"(?!queued)|"status":"(?!accepted|queued)/,
    );
    expect(arrived(`odd ${name}`)).toBe(1);
  });
});

describe("what became of a text", { timeout: 30_000 }, () => {
  test("is asked of Twilio, and told as it is", async () => {
    await using world = await worldOf("twilio", { timeScale: 20 });
    expect(await world.send({ body: "one" })).toMatchObject({ stage: "delivered" });
    twilio.outcome = { status: "undelivered", error: 30005 };
    const result = await world.send({ body: "two" });
    twilio.outcome = { status: "delivered" };
    expect(result).toMatchObject({ status: "failed", stage: "failed" });
  });

  test("is asked of the phone, whose words about numbers are not repeated", async () => {
    await using world = await worldOf("smsgate", { timeScale: 20 });
    expect(await world.send({ body: "one" })).toMatchObject({ stage: "delivered" });
    smsgate.state = "Failed";
    const result = await world.send({ body: "two" });
    smsgate.state = "Delivered";
    expect(result).toMatchObject({ status: "failed" });
  });

  test("is found at Twilio when its answer was lost, and the text is not sent again", async () => {
    await using world = await worldOf("twilio", { timeScale: 20 });
    twilio.server.faults.push("reset_after_accept");
    expect(await world.send({ body: "found", class: "alarm" })).toMatchObject({
      stage: "delivered",
    });
    expect(twilio.taken.filter(({ text }) => text === "found")).toHaveLength(1);
  });

  test("that the phone never got is sent once it is known to be absent", async () => {
    await using world = await worldOf("smsgate", { timeScale: 20 });
    smsgate.server.faults.push("reset");
    expect(await world.send({ body: "absent", class: "alarm" })).toMatchObject({
      stage: "delivered",
    });
    expect(smsgate.taken.filter(({ text }) => text === "absent")).toHaveLength(1);
  });

  test("is told by Vonage: out of order, twice, and of each part of a long one", async () => {
    await using world = await worldOf("vonage", { inbound: "webhook" });
    const url = hookUrl("vonage");
    const long = "long ".repeat(60);
    await world.send({ body: long, class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => vonage.taken.at(-1)?.text).toBe(long);
    const ids = vonage.taken.at(-1)?.id.split(",") ?? [];
    expect(ids).toHaveLength(2);
    const result = world.subscriber.next(({ payload }) => payload.includes('"stage":"delivered"'));
    const tell = (id: string, status: string): Promise<number> =>
      vonage.hook(url, vonage.sign(vonage.report(id, status), "sha256"));
    expect(await tell(ids[0] ?? "", "delivered")).toBe(200);
    expect(await tell(ids[0] ?? "", "delivered")).toBe(200);
    expect(await tell(ids[0] ?? "", "accepted")).toBe(200);
    const early = world.subscriber.received.filter(({ payload }) => payload.includes('delivered"'));
    expect(early.filter(({ topic }) => topic.endsWith("/result"))).toEqual([]);
    expect(await tell(ids[1] ?? "", "delivered")).toBe(200);
    await result;
  });

  test("is told by Twilio before it is asked", async () => {
    await using world = await worldOf("twilio", { inbound: "webhook" });
    await world.send({ body: "soon", class: "alarm" }, /"stage":"queued"/);
    await expect.poll(() => twilio.taken.at(-1)?.text).toBe("soon");
    const sid = twilio.taken.at(-1)?.id ?? "";
    const url = hookUrl("twilio");
    const told = world.subscriber.next(({ payload }) => payload.includes('"stage":"delivered"'));
    expect(await twilio.hook(url, twilio.status(sid, "delivered"))).toBe(200);
    await told;
  });

  test("is told by Africa's Talking", async () => {
    await using world = await worldOf("africastalking", { inbound: "webhook" });
    await world.send({ body: "at", class: "alarm" }, /"stage":"sent"/);
    const id = africastalking.taken.at(-1)?.id ?? "";
    const told = world.subscriber.next(({ payload }) => payload.includes('"stage":"failed"'));
    const url = hookUrl("africastalking/0123456789abcdef");
    const status = await africastalking.hook(url, {
      id,
      status: "Failed",
      failureReason: "UserDoesNotExist",
    });
    expect(status).toBe(200);
    await told;
  });
});

describe("a refusal", { timeout: 30_000 }, () => {
  test("of a number that is none fails at once", async () => {
    await using world = await worldOf("twilio");
    twilio.judge = () => 21211;
    const result = await world.send({ body: "none" });
    twilio.judge = () => undefined;
    expect(result).toMatchObject({ status: "failed", stage: "failed" });
  });

  test("of one route alone has the next one take the text", async () => {
    const { twilio: first, africastalking: second } = configs();
    await using world = await worldWith({ providers: [first, second] });
    twilio.judge = () => 21610;
    await world.send({ body: "opted out", class: "alarm" }, /"stage":"sent"/);
    twilio.judge = () => undefined;
    expect(africastalking.taken.at(-1)?.text).toBe("opted out");
  });

  test("without credit has the next one take all texts", async () => {
    const { africastalking: first, twilio: second } = configs();
    await using world = await worldWith({ providers: [first, second] });
    africastalking.judge = () => 405;
    await world.send({ body: "no credit", class: "alarm" }, /"stage":"queued"/);
    await world.adapterState('"code":"route_refused"', "africastalking");
    await expect.poll(() => twilio.taken.at(-1)?.text).toBe("no credit");
    africastalking.judge = () => 101;
  });
});

describe("texts that come", { timeout: 30_000 }, () => {
  test.for(["twilio", "smsgate", "africastalking"] as const)(
    "over %s are asked for, and told once, after a restart, too",
    async (name) => {
      await using world = await worldOf(name, { inbound: "poll" });
      const { amina } = world;
      by[name].text(amina, "Habari 🙂");
      expect(await world.hears(1)).toEqual(["Habari 🙂"]);
      await world.restart();
      by[name].text(amina, "Tena");
      expect(await world.hears(2)).toEqual(["Habari 🙂", "Tena"]);
    },
  );

  test("over Twilio are believed with its signature alone, and told once", async () => {
    await using world = await worldOf("twilio", { inbound: "webhook" });
    const url = hookUrl("twilio");
    const form = twilio.arrival(world.amina, "pump & gate = on");
    const forged = twilio.arrival(world.amina, "forged");
    expect(await twilio.hook(url, forged, twilio.sign(url, form))).toBe(401);
    expect(await twilio.hook(url, forged, "")).toBe(401);
    expect(await twilio.hook(url, form)).toBe(200);
    // Replayed, and sent again by Twilio itself.
    expect(await twilio.hook(url, form)).toBe(200);
    expect(await world.hears(1)).toEqual(["pump & gate = on"]);
    expect(world.broker.counters.get("adapter.sms.texts_repeated")).toBe(1);
    expect(world.broker.counters.get("adapter.sms.hooks_refused")).toBe(2);
  });

  test.for(["form", "json", "query"] as const)(
    "over Vonage as %s are believed with a fresh signature alone",
    async (how) => {
      await using world = await worldOf("vonage", { inbound: "webhook" });
      const url = hookUrl("vonage");
      const said = vonage.arrival(world.amina, "a=b&c");
      const signed = vonage.sign(said, "sha256");
      expect(await vonage.hook(url, { ...signed, text: "forged" }, how)).toBe(401);
      expect(await vonage.hook(url, vonage.sign(said, "md5hash"), how)).toBe(401);
      const old = vonage.sign(said, "sha256", new Date().getTime() - 600_000);
      expect(await vonage.hook(url, old, how)).toBe(401);
      expect(await vonage.hook(url, signed, how)).toBe(200);
      expect(await vonage.hook(url, signed, how)).toBe(200);
      expect(await world.hears(1)).toEqual(["a=b&c"]);
    },
  );

  test("over Vonage in parts, in any order, are one text", async () => {
    await using world = await worldOf("vonage", { inbound: "webhook" });
    const url = hookUrl("vonage");
    for (const number of [3, 1, 2]) {
      const part = { ref: "7", total: 3, number };
      const said = vonage.arrival(world.amina, `part ${number}. `, part);
      expect(await vonage.hook(url, vonage.sign(said, "sha256"))).toBe(200);
    }
    expect(await world.hears(1)).toEqual(["part 1. part 2. part 3. "]);
  });

  test("over the phone are believed with a fresh signature alone", async () => {
    await using world = await worldOf("smsgate", { inbound: "webhook" });
    const url = hookUrl("smsgate");
    const said = smsgate.arrival(world.amina, "hi");
    const now = new Date().getTime();
    expect(await smsgate.hook(url, said, now, "another key")).toBe(401);
    expect(await smsgate.hook(url, said, now - 600_000)).toBe(401);
    expect(await smsgate.hook(url, said)).toBe(200);
    expect(await smsgate.hook(url, said)).toBe(200);
    expect(await world.hears(1)).toEqual(["hi"]);
  });

  test("over Africa's Talking are believed below the secret path alone", async () => {
    await using world = await worldOf("africastalking", { inbound: "webhook" });
    const said = {
      id: "ATXid_1",
      from: world.amina,
      to: "28901",
      text: "hi",
      date: "2025-11-17 14:20:30",
    };
    expect(await africastalking.hook(hookUrl("africastalking"), said)).toBe(401);
    expect(await africastalking.hook(hookUrl("africastalking/guess"), said)).toBe(401);
    expect(await africastalking.hook(hookUrl("africastalking/0123456789abcdef"), said)).toBe(200);
    expect(await world.hears(1)).toEqual(["hi"]);
  });

  test("are refused where they are too large, nobody's, or no request for it", async () => {
    await using world = await worldOf("twilio", { inbound: "webhook" });
    const large = new URLSearchParams({ Body: "x".repeat(100_000) });
    expect(await twilio.hook(hookUrl("twilio"), large)).toBe(413);
    expect((await fetch(hookUrl("nobody"), { method: "POST" })).status).toBe(404);
    expect((await fetch(hookUrl("twilio"), { method: "DELETE" })).status).toBe(405);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect(world.heard).toEqual([]);
  });
});

test(
  "no secret, number or text of a provider is in a log or on the bus",
  { timeout: 30_000 },
  async () => {
    await using world = await worldOf("twilio", { inbound: "poll", timeScale: 10 });
    twilio.server.faults.push("error", "reset_after_accept");
    await world.send({ body: "canary-out", class: "alarm" });
    twilio.text(world.amina, "canary-in");
    await world.hears(1);
    await twilio.server.close();
    await world.send({ body: "canary-late", class: "alarm" }, /"stage":"queued"/);
    const shown = JSON.stringify([world.broker.log, world.subscriber.received]);
    for (const secret of ["canary-", twilio.token, world.amina, "712345678", twilio.number]) {
      expect(shown.replaceAll(/"topic":"koine\/1\/person-amina\/set"[^}]*\}/g, "")).not.toContain(
        secret,
      );
    }
    await twilio.server.open();
  },
);
