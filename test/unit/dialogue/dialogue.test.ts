import { describe, test } from "vitest";
import { FarmWorld } from "../../support/farm-world.ts";

describe.concurrent("a text", () => {
  test("switches a device, and the answer says what the device reports", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await farm.ask("pump on")).toMatch(/^Pump: ON until \d\d:\d\d\. OFF to stop\.$/);
    expect(farm.pump.value("onoff")).toBe(true);
    expect(await farm.ask("PUMP")).toBe("Pump: ON");
    expect(await farm.ask("off")).toBe("Pump: OFF");
    expect(farm.pump.value("onoff")).toBe(false);
  });

  test("that is misspelt is asked back, and done on 1", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await farm.ask("pmp on")).toBe("Pump ON? Reply 1");
    expect(farm.pump.writes).toEqual([]);
    expect(await farm.ask("1")).toMatch(/^Pump: ON until/);
    expect(await farm.ask("1")).toBe("Pump: ON");
  });

  test("that nobody understands gets one help line, then silence", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await farm.ask("blah blah blah")).toContain("Send ? for a menu");
    await farm.say("more blah for nobody");
    await farm.say("and blah again tomorrow");
    expect(await farm.ask("tank")).toBe("Tank: level 81 %");
    expect(farm.answers).toHaveLength(2);
  });

  test("that opens the gate needs the code that was sent, and nothing else opens it", async ({
    expect,
  }) => {
    await using farm = await FarmWorld.open();
    const asked = await farm.ask("gate open");
    const code = /^Open Gate\? Reply (\d{4}) \(5 min\)\. If this was not you: OFF$/.exec(
      asked,
    )?.[1];
    expect(code).toBeDefined();
    // Somebody who forges the number does not see the code.
    expect(await farm.ask("gate open 123456")).toBe("Wrong code. Tries left: 2");
    expect(await farm.ask("gate open 123457")).toBe("Wrong code. Tries left: 1");
    expect(await farm.ask("gate open 123458")).toContain("Too many wrong codes");
    expect(await farm.ask(code ?? "")).toContain("Too many wrong codes");
    expect(farm.gate.writes).toEqual([]);
  });

  test("with the right code opens the gate, once", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const code = /Reply (\d{4})/.exec(await farm.ask("gate open"))?.[1] ?? "";
    expect(await farm.ask(code)).toBe("Gate: open, 100 %");
    expect(farm.gate.writes).toEqual([["cover_action", "open"]]);
    expect(await farm.ask(code)).toBe("No code is open. Send the command again.");
    expect(farm.gate.writes).toHaveLength(1);
  });
});

const hour = 3_600_000;

describe.concurrent("what was started", () => {
  test("ends after the time that was said, also over a restart", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await farm.ask("PUMP ON 2H")).toMatch(/^Pump: ON until/);
    await farm.pass(hour, 60_000);
    await farm.crash(10_000);
    await farm.pass(hour - 20_000, 60_000);
    expect(farm.pump.value("onoff")).toBe(true);
    await farm.pass(30_000);
    expect(farm.pump.writes).toEqual([
      ["onoff", true],
      ["onoff", false],
    ]);
  });

  test("ends when its time was over while the gateway was away", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 30 min");
    await farm.crash(hour);
    await farm.pass(5_000);
    expect(farm.pump.value("onoff")).toBe(false);
  });

  test("ends in time where the clock went back while the gateway was away", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 1h");
    await farm.pass(10 * 60_000, 30_000);
    await farm.crash(-30 * 60_000);
    await farm.pass(48 * 60_000, 30_000);
    expect(farm.pump.value("onoff")).toBe(true);
    await farm.pass(3 * 60_000, 10_000);
    expect(farm.pump.value("onoff")).toBe(false);
  });

  test("and ended in another way is none of the timer's business any more", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 1h");
    await farm.pass(5_000);
    farm.pump.report(farm.host, { onoff: false });
    await farm.pass(70_000);
    farm.pump.report(farm.host, { onoff: true });
    await farm.pass(hour, 10_000);
    expect(farm.pump.value("onoff")).toBe(true);
  });

  test("and was off for a moment keeps its time", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 1h");
    await farm.pass(5_000);
    farm.pump.report(farm.host, { onoff: false });
    await farm.pass(5_000);
    farm.pump.report(farm.host, { onoff: true });
    await farm.pass(hour, 10_000);
    expect(farm.pump.value("onoff")).toBe(false);
  });

  test("and does not let itself be ended is told, and tried again", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 1 min");
    farm.pump.manner = "refuses";
    await farm.pass(2 * 60_000);
    expect(farm.answers.at(-1)).toMatchObject({
      class: "alarm",
      body: "Pump: time is over, but it does not answer. It may still be ON!",
    });
    farm.pump.manner = "reports";
    await farm.pass(40_000);
    expect(farm.pump.value("onoff")).toBe(false);
    expect(farm.answers.filter(({ class: name }) => name === "alarm")).toHaveLength(1);
  });
});

describe.concurrent("an answer", () => {
  test("says that nothing was heard yet, and later what was", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.pump.manner = "says nothing";
    expect(await farm.ask("pump on")).toBe("Pump: sent, no answer yet. Will text.");
    farm.pump.report(farm.host, { onoff: true });
    await farm.pass(2_000);
    expect(farm.answers.at(-1)?.body).toMatch(/^Pump: ON until/);
  });

  test("says in the end that nobody knows", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.pump.manner = "says nothing";
    await farm.ask("pump on");
    await farm.pass(11 * 60_000, 10_000);
    expect(farm.answers.at(-1)?.body).toContain("Nobody knows whether it obeyed");
  });

  test("says what the device says, and not what was wished", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.pump.manner = "acknowledges";
    expect(await farm.ask("pump on")).toMatch(/^Pump: ON until/);
    farm.pump.manner = "refuses";
    expect(await farm.ask("pump off")).toBe("Pump: NOT done, refused");
  });

  test("comes in the language of the person, until they want another", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const from = "person-joseph";
    expect(await farm.ask("pampu", { from })).toMatch(/^Pump: IMEZIMWA/);
    expect(await farm.ask("lang en", { from })).toBe("English. Send ? for a menu.");
    expect(await farm.ask("pampu", { from })).toBe("Pump: OFF");
  });

  test("is sent once, whatever crashes, and so is the act", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.say("pump on", { id: "once" });
    await farm.crash();
    await farm.say("pump on", { id: "once" });
    await farm.pass(25_000);
    expect(farm.pump.writes).toEqual([["onoff", true]]);
    expect(farm.answers).toHaveLength(1);
  });

  test("is given only so often", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    for (let turn = 0; turn < 10; turn++) await farm.say(`tank ${"?".repeat(turn % 2)} ${turn}`);
    await farm.pass(5_000);
    expect(farm.answers.length).toBeLessThanOrEqual(6);
    await farm.ask("pump on");
    expect(farm.pump.writes).toEqual([]);
    await farm.say("all off");
    farm.light.report(farm.host, { onoff: true });
    await farm.say("light off");
    expect(farm.light.writes).toEqual([["onoff", false]]);
  });

  test("to its own words is none", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const answer = await farm.ask("tank");
    await farm.say(answer);
    await farm.pass(5_000);
    expect(farm.answers).toHaveLength(1);
  });
});

describe.concurrent("an old text", () => {
  test("is asked back", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await farm.ask("pump on", { ageMs: 25 * 60_000 })).toBe(
      "Your text was 25 min on its way. Pump ON? Reply 1",
    );
    expect(farm.pump.writes).toEqual([]);
    expect(await farm.ask("1")).toMatch(/^Pump: ON/);
  });

  test("that switches off is obeyed all the same", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on");
    expect(await farm.ask("pump off", { ageMs: hour })).toBe("Pump: OFF");
  });

  test("counts as old where no clock can tell", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.gateway.clock.isSynced = false;
    expect(await farm.ask("pump on")).toContain("Reply 1");
  });
});

test("numbers of the menu do what stands behind them", async ({ expect }) => {
  await using farm = await FarmWorld.open();
  const menu = await farm.ask("?");
  expect(menu.split("\n").toSorted()).toEqual(["1 Pump ON", "2 Open Gate", "3 Tank", "4 Light ON"]);
  expect(await farm.ask("4")).toMatch(/^Light: ON/);
});

test("all off leaves alone what moves, and says what it could not reach", async ({ expect }) => {
  await using farm = await FarmWorld.open();
  farm.pump.report(farm.host, { onoff: true });
  farm.light.report(farm.host, { onoff: true });
  farm.gate.report(farm.host, { position: 100, cover_state: "open" });
  farm.light.manner = "refuses";
  await farm.pass(1_000);
  expect(await farm.ask("ALL OFF")).toBe("OFF: 1 of 2. NOT: Light");
  expect(farm.gate.writes).toEqual([]);
});

describe.concurrent("off", () => {
  test("is obeyed though it is what was answered before", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    for (const text of ["pump on", "pump off", "pump on", "pump off"]) await farm.ask(text);
    expect(farm.pump.writes.at(-1)).toEqual(["onoff", false]);
    expect(farm.pump.writes).toHaveLength(4);
  });

  test("of everything reaches what was told on a moment ago, and has not said so", async ({
    expect,
  }) => {
    await using farm = await FarmWorld.open();
    farm.pump.manner = "says nothing";
    await farm.ask("pump on");
    await farm.say("all off");
    expect(farm.pump.writes).toEqual([
      ["onoff", true],
      ["onoff", false],
    ]);
  });

  test("stops what the person has started, whatever waits for a code", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on");
    await farm.ask("gate open");
    await farm.ask("OFF");
    expect(farm.pump.value("onoff")).toBe(false);
  });
});

describe.concurrent("a disk that is full", () => {
  test("has nothing started, now or later, and everything switched off", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.gateway.diskRefuses = true;
    expect(await farm.ask("pump on")).toContain("NOT done");
    expect(await farm.ask("pump off")).toBe("Pump: OFF");
    farm.gateway.diskRefuses = false;
    await farm.pass(120_000, 10_000);
    await farm.crash();
    await farm.pass(30_000, 5_000);
    expect(farm.pump.writes.filter(([, value]) => value === true)).toEqual([]);
  });
});

describe.concurrent("OK", () => {
  test("starts nothing that was asked back", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await farm.ask("pmp on")).toBe("Pump ON? Reply 1");
    expect(await farm.ask("OK")).toBe("Pump ON? Reply 1");
    expect(farm.pump.writes).toEqual([]);
  });
});

describe.concurrent("an answer that cannot leave", () => {
  test("leaves when it can", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.isPhoneDown = true;
    await farm.say("tank");
    await farm.pass(60_000, 5_000);
    farm.isPhoneDown = false;
    await farm.pass(60_000, 5_000);
    expect(farm.answers.map(({ body }) => body)).toEqual(["Tank: level 81 %"]);
  });
});

describe.concurrent("a question", () => {
  const ask = (farm: FarmWorld, more: object) =>
    farm.gateway.ask("ask", { person: "Amina", question: "Water at the gate?", id: "q1", ...more });
  const result = (farm: FarmWorld) =>
    farm.gateway.results("person-amina").find(({ _id: id }) => id === "q1");

  test("is answered with a number, which the bus is told", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    expect(await ask(farm, { expect: "number" })).toMatchObject({
      data: { asked: ["person-amina"] },
    });
    expect(farm.answers[0]?.body).toBe("Water at the gate?");
    expect(await farm.ask("about 42 cm")).toBe("Noted: 42");
    expect(result(farm)).toMatchObject({ status: "done", answer: 42 });
  });

  test("is answered with one of its options, across a crash", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await ask(farm, { options: ["open", "closed"] });
    expect(farm.answers[0]?.body).toBe("Water at the gate? 1 open, 2 closed");
    await farm.crash();
    expect(await farm.ask("2")).toBe("Noted: closed");
    expect(result(farm)).toMatchObject({ answer: "closed" });
  });

  test("does not swallow what switches, or takes an alarm", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await ask(farm, { expect: "text" });
    expect(await farm.ask("pump on")).toMatch(/^Pump: ON/);
    expect(await farm.ask("pmp off")).toBe("Pump OFF? Reply 1");
    expect(await farm.ask("OK 12")).toBe("No such alarm is open.");
    expect(await farm.ask("it is broken")).toBe("Noted: it is broken");
  });

  test("of a code cannot be guessed", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await ask(farm, { expect: "code" });
    const code = /\d{4}$/.exec(farm.answers[0]?.body ?? "")?.[0] ?? "";
    for (let turn = 1; turn <= 3; turn++) {
      await farm.say(String((Number(code) + turn) % 10_000).padStart(4, "0"));
    }
    await farm.say(code);
    expect(result(farm)).toMatchObject({ status: "failed" });
  });

  test("that nobody answers expires", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await ask(farm, { timeout: 60 });
    await farm.pass(70_000, 5_000);
    expect(result(farm)).toMatchObject({ status: "expired" });
  });
});

describe.concurrent("people", () => {
  test("are added by an owner, with a code that names the number", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const asked = await farm.ask("ADD 0712345678 Juma");
    expect(asked).toContain("Add JUMA 0712345678? Reply");
    expect(farm.added).toEqual([]);
    expect(await farm.ask(/\d{4} /.exec(asked.slice(20))?.[0] ?? "")).toBe("JUMA added.");
    expect(farm.added).toEqual([{ name: "JUMA", number: "0712345678" }]);
  });

  test("are not added by anybody else", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const from = "person-joseph";
    await farm.ask("lang en", { from });
    expect(await farm.ask("ADD 0712345678 Juma", { from })).toBe("You may not do that with ADD.");
  });

  test("that nobody knows are told to the owners once a day, and never answered", async ({
    expect,
  }) => {
    await using farm = await FarmWorld.open();
    for (const number of ["+254…678", "+254…679", "+254…678"]) {
      farm.host.emit({ type: "notice", name: "stranger_text", data: { number } });
    }
    await farm.pass(23 * hour, 600_000);
    expect(farm.answers).toEqual([]);
    await farm.pass(2 * hour, 600_000);
    expect(farm.answers).toEqual([
      expect.objectContaining({
        to: "person-amina",
        body: "3 texts of unknown numbers since yesterday: +254...678, +254...679",
      }),
    ]);
  });

  test("with a printed list need no second text, and each of its codes works once", async ({
    expect,
  }) => {
    await using farm = await FarmWorld.open();
    const { data } = await farm.gateway.core.requests.ask(
      "people-codes",
      JSON.stringify({ person: "Amina" }),
      "control",
    );
    const [first = "", second = ""] = (data as { codes: string[] }).codes;
    expect(await farm.ask(`gate open ${first}`)).toBe("Gate: open, 100 %");
    expect(await farm.ask(`gate open ${first}`)).toContain("Wrong code");
    expect(await farm.ask(`pump on ${second}`)).toMatch(/^Pump: ON/);
    expect(await farm.ask(`gate open ${second}`)).toContain("Wrong code");
  });
});

describe.concurrent("a time limit", () => {
  test("holds until the device has said that it is off", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 1h");
    farm.pump.manner = "refuses";
    expect(await farm.ask("pump off")).toContain("NOT done");
    farm.pump.manner = "reports";
    await farm.pass(hour, 10_000);
    expect(farm.pump.value("onoff")).toBe(false);
  });

  test("is there still when a longer one cannot be kept", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump on 1h");
    farm.gateway.diskRefuses = true;
    expect(await farm.ask("turn pump on 2h")).toContain("NOT done");
    farm.gateway.diskRefuses = false;
    await farm.pass(hour, 10_000);
    expect(farm.pump.value("onoff")).toBe(false);
  });
});

describe.concurrent("where no clock can be believed", () => {
  test("a number confirms what was asked back", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    farm.gateway.clock.isSynced = false;
    await farm.ask("pump on");
    expect(await farm.ask("1")).toMatch(/^Pump: ON/);
  });

  test("a text from the future does not make every later one old", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    await farm.ask("pump off", { ageMs: -5 * hour });
    await farm.pass(20 * 60_000, 60_000);
    expect(await farm.ask("pump on")).toMatch(/^Pump: ON/);
  });
});

test("a question's own words are its answer, but for off", async ({ expect }) => {
  await using farm = await FarmWorld.open();
  const asked = { person: "Amina", question: "Well?", id: "q1", options: ["OK", "sick"] };
  await farm.gateway.ask("ask", asked);
  expect(await farm.ask("OK")).toBe("Noted: OK");
});
