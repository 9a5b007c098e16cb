import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../../adapters/sms/limits.ts";
import { segment } from "../../../../adapters/sms/pdu/segments.ts";
import { Network } from "../../../../adapters/sms/simulator/network.ts";
import { Tower } from "../../../../adapters/sms/simulator/tower.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { TestPhone } from "../../../support/phone.ts";
import { SmsWorld } from "../../../support/sms-world.ts";
import { systemClock } from "../../../../src/clock.ts";

const amina = "+254712345678";
const people = new Map([
  ["Amina", amina],
  ["Joseph", "+254700000002"],
]);

describe("a phone in the network of a gateway's modem", () => {
  let world: SmsWorld;
  let tower: Tower;
  let phone: TestPhone;

  beforeEach(async () => {
    world = await SmsWorld.open();
    tower = new Tower({ clock: systemClock(), network: world.network, people });
    await tower.open();
    await world.ready();
    phone = await TestPhone.open(tower.port);
    phone.say({ phone: "amina" });
    await phone.hears("number");
  });

  afterEach(async () => {
    await tower.close();
    await world[Symbol.asyncDispose]();
  });

  test("is told its number and name, and texts the gateway, which sees an event", async () => {
    expect(phone.heard).toEqual([{ number: world.amina, name: "Amina" }]);
    phone.say({ text: "pump on 🙂" });
    expect(await world.hears(1)).toEqual(["pump on 🙂"]);
    const event = await world.subscriber.next(
      ({ topic }) => topic === "koine/1/person-amina/event/text",
    );
    expect(JSON.parse(event.payload)).toMatchObject({ action: "received" });
  });

  test("calls the gateway, which sees an event", async () => {
    phone.say({ call: true });
    const event = await world.subscriber.next(
      ({ topic }) => topic === "koine/1/person-amina/event/call",
    );
    expect(JSON.parse(event.payload)).toMatchObject({ action: "missed" });
  });

  test("is shown what the gateway sends, and others are not", async () => {
    const other = await TestPhone.open(tower.port);
    other.say({ phone: "+254700000009" });
    expect(await other.hears("number")).toEqual({ number: "+254700000009" });
    const body = "The pump is on. ".repeat(20);
    expect(await world.send({ body })).toMatchObject({ stage: "delivered" });
    expect(await phone.hears("text")).toMatchObject({ text: body, parts: 3 });
    await other.leave();
    expect(other.heard).toHaveLength(1);
  });

  test("is shown what arrived before, with its time", async () => {
    const startedAt = Date.now();
    await world.send({ body: "Tank 3 is low" });
    const second = await TestPhone.open(tower.port);
    second.say({ phone: world.amina });
    const { text, at } = await second.hears("text");
    expect(text).toBe("Tank 3 is low");
    expect(second.heard[0]).toEqual({ number: world.amina, name: "Amina" });
    const ms = Date.parse(String(at));
    expect(ms).toBeGreaterThanOrEqual(startedAt);
    expect(ms).toBeLessThanOrEqual(Date.now());
  });
});

describe("a tower", () => {
  let clock: ManualClock;
  let network: Network;
  let tower: Tower;

  beforeEach(async () => {
    clock = new ManualClock();
    network = new Network(clock);
    tower = new Tower({ clock, network, people });
    await tower.open();
  });

  afterEach(() => tower.close());

  async function phoneOf(person: string): Promise<TestPhone> {
    const phone = await TestPhone.open(tower.port);
    phone.say({ phone: person });
    await phone.hears("number");
    return phone;
  }

  test("names the people it knows to whoever asks for somebody else", async () => {
    const phone = await TestPhone.open(tower.port);
    phone.say({ phone: "Bob" });
    const { error } = await phone.hears("error");
    expect(error).toMatch(
      /^Nobody is called "Bob"; names known are Amina, Joseph, or say a number/,
    );
    phone.say({ phone: "JOSEPH" });
    expect(await phone.hears("number")).toEqual({ number: "+254700000002", name: "Joseph" });
  });

  test.each([
    ["no JSON", "pump on", /^Cannot read that line/],
    ["no document it knows", '{"txt":"pump on"}', /^Expected \{"phone":"Amina"\}/],
    ["a document with more in it", '{"text":"pump on","to":"+1"}', /^Expected/],
    ["deep nesting", "[".repeat(2_000), /^Cannot read that line: Nested/],
    ["an empty text", '{"text":""}', /^There is no text/],
    ["a text that is too long", `{"text":"${"a".repeat(1_601)}"}`, /at most 1600 characters/],
    ["another phone", '{"phone":"Joseph"}', /^This is the phone of \+254712345678/],
  ])("answers %s with an error, and goes on", async (_, line, words) => {
    const phone = await phoneOf("Amina");
    phone.write(`${line}\r\n\n`);
    expect((await phone.hears("error"))["error"]).toMatch(words);
    phone.say({ text: "pump on" });
    await expect.poll(() => network.waiting).toBe(1);
  });

  test("takes a line in pieces, and several at once", async () => {
    const phone = await phoneOf("Amina");
    phone.write('{"text":"pu');
    phone.write('mp on"}\n{"text":"and"}\n{"text":"off"}\n');
    await expect.poll(() => network.waiting).toBe(3);
  });

  test("takes no text before it knows whose it is", async () => {
    const phone = await TestPhone.open(tower.port);
    phone.say({ text: "pump on" });
    expect(await phone.hears("error")).toEqual({ error: "Say first whose phone this is" });
    expect(network.waiting).toBe(0);
  });

  test("hangs up on a line that is too long, also before it has ended", async () => {
    const phone = await phoneOf("Amina");
    phone.write("a".repeat(limits.phoneLineLength + 1));
    expect((await phone.hears("error"))["error"]).toMatch(/^A line has at most/);
    await phone.closed;
  });

  test("hangs up on whoever says many lines that nobody can read", async () => {
    const phone = await phoneOf("Amina");
    phone.write("nonsense\n".repeat(limits.phoneBadLines + 5));
    await phone.closed;
    const errors = phone.heard.slice(1);
    expect(errors).toHaveLength(limits.phoneBadLines);
    expect(errors.at(-1)?.["error"]).toMatch(/that was the last of/);
  });

  test("hangs up on whoever does not say whose phone it is", async () => {
    const phone = await TestPhone.open(tower.port);
    phone.write(" ");
    await expect.poll(() => clock.waiting).toBe(1);
    await clock.advance(limits.phoneNameMs);
    await phone.closed;
    expect(phone.heard).toEqual([{ error: "Nobody said whose phone this is" }]);
  });

  test("refuses a phone more than it has room for, until one leaves", async () => {
    const phones = await Promise.all(Array.from({ length: limits.phones }, () => phoneOf("Amina")));
    const late = await TestPhone.open(tower.port);
    late.say({ phone: "Joseph" });
    await late.closed;
    expect(late.heard).toEqual([{ error: `There are ${limits.phones} phones already` }]);
    await phones[0]?.leave();
    const next = await phoneOf("Joseph");
    expect(next.heard).toEqual([{ number: "+254700000002", name: "Joseph" }]);
  });

  test("refuses texts when too many wait for the modem", async () => {
    const phone = await phoneOf("Amina");
    for (let count = 0; count <= limits.phoneTexts; count++) phone.say({ text: `text ${count}` });
    expect((await phone.hears("error"))["error"]).toMatch(/^The modem has no room/);
    expect(network.waiting).toBe(limits.phoneTexts);
  });

  test("shows the latest of many texts that arrived before", async () => {
    const address = { text: amina, isName: false };
    for (let count = 0; count < limits.phoneTextsKept + 10; count++) {
      const [body] = segment(`text ${count}`);
      if (!body) throw new Error("Every text has a part");
      const coding = { protocol: 0, scheme: 0, wantsReport: false };
      network.submit({ type: "submit", reference: 0, address, body, ...coding }, 0);
    }
    const phone = await phoneOf("Amina");
    await expect.poll(() => phone.heard).toHaveLength(1 + limits.phoneTextsShown);
    expect(phone.heard.at(-1)?.["text"]).toBe(`text ${limits.phoneTextsKept + 9}`);
  });

  test("says that its port is taken", async () => {
    const { port } = tower;
    await expect(new Tower({ clock, network, people }).open(port)).rejects.toThrow(
      `Cannot open the simulated network at 127.0.0.1:${port}: address already in use`,
    );
  });
});
