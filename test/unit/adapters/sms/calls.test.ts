import { describe, test } from "vitest";
import { limits } from "../../../../adapters/sms/limits.ts";
import type { Make } from "../../../../adapters/sms/simulator/manners.ts";
import { SmsWorld, type SmsWorldOptions } from "../../../support/sms-world.ts";

const makes: readonly Make[] = ["sim800l", "sim7600", "e3372", "ec25"];

/** Time runs ten times as fast: a phone rings for a few tenths of a second. */
async function ready(options: SmsWorldOptions = {}): Promise<SmsWorld> {
  const world = await SmsWorld.open({ timeScale: 10, ...options });
  await world.ready();
  return world;
}

/** Calls somebody; resolves to the id of the command. */
async function call(world: SmsWorld, seconds: number, person = "person-amina"): Promise<string> {
  const id = `c${Math.random()}`;
  const command = JSON.stringify({ _id: id, call: seconds });
  await world.subscriber.publish(`koine/1/${person}/set`, command);
  return id;
}

const final = /"status":"(?!accepted|queued)/;

/** Calls somebody; resolves to the last word about it. */
async function ring(
  world: SmsWorld,
  seconds: number,
  person = "person-amina",
): Promise<Record<string, unknown>> {
  return world.result(await call(world, seconds, person), final, person);
}

/** What the modem is told from now on. */
function commandsTo({ modem }: SmsWorld): readonly string[] {
  const commands: string[] = [];
  modem.onCommand = (command) => commands.push(command);
  return commands;
}

describe("a phone", { timeout: 30_000, concurrent: true }, () => {
  for (const make of makes) {
    test(`rings for as long as it should, over a modem of the kind ${make}`, async ({ expect }) => {
      await using world = await ready({ make });
      const id = await call(world, 8);
      expect(await world.result(id, /"queued"/)).toMatchObject({ stage: "queued" });
      expect(await world.result(id, final)).toMatchObject({ status: "done", confirmed_by: "ack" });
      const { calls } = world.network;
      expect(calls).toMatchObject([{ to: world.amina }]);
      expect(calls[0]?.rangMs).toBeGreaterThanOrEqual(7_900);
      expect(calls[0]?.rangMs).toBeLessThan(30_000);
    });

    test(`that is answered is hung up, over a modem of the kind ${make}`, async ({ expect }) => {
      await using world = await ready({ make });
      world.network.onRing = () => "answers";
      const result = await ring(world, 60);
      expect(result).toMatchObject({ status: "done", message: "It was answered" });
      expect(Number(result["took_ms"])).toBeLessThan(30_000);
    });
  }

  test("that is busy has been called", async ({ expect }) => {
    await using world = await ready();
    world.network.onRing = () => "busy";
    expect(await ring(world, 60)).toMatchObject({ status: "done", confirmed_by: "ack" });
    expect(world.network.calls[0]?.rangMs).toBeLessThan(30_000);
  });

  test("rings while texts go out and come in", async ({ expect }) => {
    await using world = await ready();
    const id = await call(world, 60);
    await expect.poll(() => world.network.calls).toHaveLength(1);
    world.network.text(world.amina, "in");
    expect(await world.send({ body: "out" })).toMatchObject({ stage: "delivered" });
    expect(await world.hears(1)).toEqual(["in"]);
    expect(world.network.calls[0]?.rangMs).toBeUndefined();
    expect(await world.result(id, final)).toMatchObject({ status: "done" });
  });

  test("rings after the one before, and is not waited for without end", async ({ expect }) => {
    await using world = await ready();
    const ids = [await call(world, 40)];
    for (let turn = 1; turn < limits.calls; turn++) ids.push(await call(world, 1));
    expect(await ring(world, 1)).toMatchObject({ status: "failed", code: "rate_limited" });
    for (const id of ids) expect(await world.result(id, final)).toMatchObject({ status: "done" });
    const { calls } = world.network;
    expect(calls).toHaveLength(limits.calls);
    for (const [index, { atMs }] of calls.entries()) {
      const { atMs: before = 0, rangMs = 0 } = calls[index - 1] ?? {};
      expect(atMs - before).toBeGreaterThanOrEqual(Math.floor(rangMs));
    }
    expect(world.broker.counters.get("adapter.sms.calls_over_limit")).toBe(1);
    expect(world.broker.counters.get("adapter.sms.calls_made")).toBe(limits.calls);
  });

  test("that nobody wants to ring any more does not", async ({ expect }) => {
    await using world = await ready();
    await world.request("add-person", { name: "Chipo", number: "0799 000 111" });
    const first = await call(world, 20);
    await call(world, 20, "person-chipo");
    await world.request("remove-person", { person: "Chipo" });
    expect(await world.result(first, final)).toMatchObject({ status: "done" });
    expect(await ring(world, 1)).toMatchObject({ status: "done" });
    expect(world.network.calls.map(({ to }) => to)).toEqual([world.amina, world.amina]);
  });

  test("rings for 1 to 60 s", async ({ expect }) => {
    await using world = await ready();
    for (const seconds of [0, 61]) {
      expect(await ring(world, seconds)).toMatchObject({
        status: "rejected",
        errors: { call: { code: "out_of_range" } },
      });
    }
    expect(await ring(world, 1)).toMatchObject({ status: "done" });
  });

  test("and a text are two commands", async ({ expect }) => {
    await using world = await ready();
    const command = { _id: "both", call: 5, message: { body: "look" } };
    await world.subscriber.publish("koine/1/person-amina/set", JSON.stringify(command));
    expect(await world.result("both", final)).toMatchObject({ code: "unsupported" });
    expect(world.network.arrived).toEqual([]);
  });

  test("costs nothing", async ({ expect }) => {
    await using world = await ready({ config: { budget: { day: { messages: 1 } } } });
    await ring(world, 1);
    const { data } = await world.request("routes");
    expect(data).toMatchObject({ spent: { day: { messages: 0, money: 0 } } });
  });
});

describe("a call", { timeout: 30_000, concurrent: true }, () => {
  test.for(["NO CARRIER", "BUSY", "NO DIALTONE", "ERROR", "+CME ERROR: 30"])(
    "that the modem refuses with %s has failed with its words",
    async (words, { expect }) => {
      await using world = await ready();
      world.modem.dialRefusal = words;
      expect(await ring(world, 20)).toMatchObject({
        status: "failed",
        code: "device_error",
        message: `The modem refuses ATD: ${words}`,
      });
      world.modem.dialRefusal = undefined;
      expect(await ring(world, 1)).toMatchObject({ status: "done" });
    },
  );

  test("of which the modem says nothing may have been made, and is hung up", async ({ expect }) => {
    await using world = await ready();
    const commands = commandsTo(world);
    world.modem.dialRefusal = "";
    expect(await ring(world, 20)).toMatchObject({ status: "timeout", code: "no_answer" });
    expect(commands).toContain("AT+CHUP");
    expect(await world.send({ body: "after" })).toMatchObject({ stage: "delivered" });
  });

  test("is hung up in the old way by a modem that knows no other", async ({ expect }) => {
    await using world = await ready();
    world.modem.hasNoChup = true;
    const commands = commandsTo(world);
    expect(await ring(world, 2)).toMatchObject({ status: "done" });
    expect(commands.slice(commands.indexOf("AT+CHUP"))).toContain("ATH");
    expect(world.network.calls[0]?.rangMs).toBeDefined();
  });

  test("fails at once where no modem is ready", async ({ expect }) => {
    await using world = await ready();
    world.modem.setRegistered(false);
    await world.adapterState('"code":"searching"');
    expect(await ring(world, 20)).toMatchObject({ status: "failed", code: "unreachable" });
  });

  test("is made over a modem among the routes of a person", async ({ expect }) => {
    const providers = [{ use: "smsgate", name: "phone", url: "http://127.0.0.1:1", password: "x" }];
    const people = [
      { name: "Amina", number: "+254712345678", routes: ["phone"] },
      { name: "Chipo", number: "+254799000111", routes: ["phone", "modem"] },
    ];
    await using world = await ready({ config: { providers, people } });
    expect(await ring(world, 5)).toMatchObject({ status: "failed", code: "unreachable" });
    expect(await ring(world, 1, "person-chipo")).toMatchObject({ status: "done" });
  });

  test("is offered only where there is a modem", async ({ expect }) => {
    const providers = [{ use: "smsgate", name: "phone", url: "http://127.0.0.1:1", password: "x" }];
    await using world = await SmsWorld.open({ config: { modems: [], providers } });
    const { payload } = await world.subscriber.next(
      ({ topic }) => topic === "koine/1/person-amina/description",
    );
    expect(payload).toContain('"message"');
    expect(payload).not.toContain('"call"');
  });

  test("is never made to a number for emergencies, nor to what is none", async ({ expect }) => {
    await using world = await ready({
      config: { people: [{ name: "Police", number: "112" }] },
    });
    const commands = commandsTo(world);
    expect(await ring(world, 20, "person-police")).toMatchObject({
      status: "failed",
      code: "device_error",
    });
    expect(commands.filter((command) => command.startsWith("ATD"))).toEqual([]);
  });

  test("is hung up when the gateway stops", async ({ expect }) => {
    await using world = await ready();
    const id = await call(world, 60);
    await expect.poll(() => world.network.calls).toHaveLength(1);
    await world.stop();
    expect(world.network.calls[0]?.rangMs).toBeDefined();
    expect(await world.result(id, final)).toMatchObject({ message: "The gateway stopped" });
    await world.start();
  });

  test("that a modem was lost in is hung up when it is there again", async ({ expect }) => {
    await using world = await ready();
    const id = await call(world, 60);
    await expect.poll(() => world.network.calls).toHaveLength(1);
    const commands = commandsTo(world);
    world.line.drop();
    expect(await world.result(id, final)).toMatchObject({ status: "timeout", code: "no_answer" });
    await expect.poll(() => commands, { timeout: 5_000 }).toContain("AT+CHUP");
    await expect.poll(() => world.network.calls[0]?.rangMs).toBeDefined();
  });

  test("that was made as the gateway crashed has a last word, and is not made again", async ({
    expect,
  }) => {
    await using world = await ready();
    const [first, second] = [await call(world, 60), await call(world, 60)];
    await world.result(second, /"queued"/);
    await expect.poll(() => world.network.calls).toHaveLength(1);
    world.broker.store.refuses = true;
    await world.stop();
    world.broker.store.refuses = false;
    world.subscriber.received.length = 0;
    await world.start();
    await world.result(first, /"status":"timeout"/);
    await world.result(second, /"status":"failed"/);
    await world.ready();
    expect(world.network.calls).toHaveLength(1);
  });

  for (const make of makes) {
    test(`to a modem of the kind ${make} is told once, however often it rings`, async ({
      expect,
    }) => {
      await using world = await ready({ make });
      await world.network.call(world.amina, 4);
      await world.network.call(world.amina, 2);
      world.network.text(world.amina, "last");
      await world.hears(1);
      await world.subscriber.next(({ topic }) => topic === "koine/1/person-amina/event/text");
      const told = world.subscriber.received.filter(
        ({ topic }) => topic === "koine/1/person-amina/event/call",
      );
      expect(told.map(({ payload }) => JSON.parse(payload) as unknown)).toMatchObject([
        { action: "missed" },
        { action: "missed" },
      ]);
    });
  }
});

describe("a text of a stranger", { timeout: 30_000, concurrent: true }, () => {
  test("is told without its words, with a number that nobody can call", async ({ expect }) => {
    await using world = await ready();
    world.network.text("+4915112345678", "secret");
    world.network.text("M-PESA", "secret");
    const told = async (word: string): Promise<unknown> => {
      const { payload } = await world.subscriber.next(
        ({ topic, payload: text }) =>
          topic === "koine/1/bridge/event/stranger_text" && text.includes(word),
      );
      return JSON.parse(payload);
    };
    expect(await told("number")).toMatchObject({ adapter: "sms", number: "+491…678" });
    expect(await told("sender")).toMatchObject({ adapter: "sms", sender: "M-PESA" });
    const all = JSON.stringify(world.subscriber.received);
    expect(all).not.toContain("secret");
    expect(all).not.toContain("15112345678");
  });

  test("is told so often in an hour, and counted beyond", async ({ expect }) => {
    await using world = await ready();
    const most = limits.strangersToldAnHour;
    for (let turn = 0; turn < most + 3; turn++) {
      world.network.text(`+49151000000${10 + turn}`, "hello");
    }
    const { counters } = world.broker;
    const untold = (): number => counters.get("adapter.sms.strangers_untold");
    await expect.poll(untold, { timeout: 10_000 }).toBe(3);
    expect(counters.get("adapter.sms.texts_of_strangers")).toBe(most + 3);
    const told = (): number =>
      world.subscriber.received.filter(({ topic }) => topic.endsWith("/event/stranger_text"))
        .length;
    await expect.poll(told).toBe(most);
  });
});
