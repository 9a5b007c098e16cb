import { describe, test } from "vitest";
import { FarmWorld } from "../../support/farm-world.ts";

const minute = 60_000;
const rules = [{ device: "tank", property: "level", below: 20 }];
const chain = [{ who: ["Amina"] }, { who: ["Joseph"] }];
const low = { alerts: { rules, chain } };

/** What was texted to somebody of alarms. */
function texts(farm: FarmWorld, person: string): string[] {
  return farm.answers.filter(({ to }) => to === `person-${person}`).map(({ body }) => body);
}

describe.concurrent("an alarm", () => {
  test("climbs to the next person after five minutes, also across a crash, until it is taken", async ({
    expect,
  }) => {
    await using farm = await FarmWorld.open(low);
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2_000);
    expect(texts(farm, "amina")).toEqual([
      expect.stringMatching(/^ALARM 1 Tank level LOW 8 % \d\d:\d\d\. Reply OK 1$/),
    ]);
    const toldAt = farm.answers[0]?.atMs ?? 0;
    await farm.pass(2 * minute);
    await farm.crash(10_000);
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2 * minute + 40_000);
    expect(texts(farm, "joseph")).toEqual([]);
    await farm.pass(20_000);
    expect(texts(farm, "joseph")).toHaveLength(1);
    const waitedMs = (farm.answers.at(-1)?.atMs ?? 0) - toldAt;
    expect(Math.abs(waitedMs - 5 * minute)).toBeLessThanOrEqual(5_000);
    expect(await farm.ask("OK 1", { from: "person-joseph" })).toContain("1");
    await farm.pass(20 * minute, 5_000);
    expect(texts(farm, "amina")).toHaveLength(2);
    expect(texts(farm, "amina")[1]).toBe("Alarm 1 taken by Joseph.");
    expect(texts(farm, "joseph")).toHaveLength(2);
  });

  test("is on the bus, with who has taken it, and gone when it is over", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2_000);
    const alerts = () => farm.gateway.of("alert");
    expect(alerts().at(-1)).toMatchObject({
      device: "tank",
      body: { severity: "warning", message: "Tank level LOW 8 %", number: 1, state: "open" },
    });
    expect(await farm.gateway.ask("alert-ack", { alarm: 1, by: "panel" })).toMatchObject({
      status: "ok",
    });
    expect(alerts().at(-1)?.body).toMatchObject({ state: "acknowledged", by: "panel" });
    farm.tank.report(farm.host, { x_farm_level: 60 });
    await farm.pass(3 * minute);
    expect(alerts().at(-1)?.body).toBeUndefined();
    expect(texts(farm, "amina").at(-1)).toMatch(/^Alarm 1 over: Tank level LOW/);
  });

  test("that comes and goes is told once, and then that it does", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    for (let turn = 0; turn < 10; turn++) {
      farm.tank.report(farm.host, { x_farm_level: turn % 2 === 0 ? 15 : 60 });
      await farm.pass(20_000);
    }
    farm.tank.report(farm.host, { x_farm_level: 60 });
    await farm.pass(10_000);
    expect(texts(farm, "amina")).toEqual([
      expect.stringMatching(/^ALARM 1 /),
      expect.stringMatching(/^ALARM: 4 alarms: 1 Tank level LOW 15 % \(4x\)/),
    ]);
  });

  test("that is not critical waits until it is quiet no more", async ({ expect }) => {
    const quiet = { Amina: "00:00-23:59", "*": "00:00-23:59" };
    await using farm = await FarmWorld.open({ alerts: { rules, chain, quiet } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(30 * minute, 5_000);
    expect(farm.answers).toEqual([]);
    farm.gateway.clock.wallMs = new Date(2026, 10, 25, 23, 59, 10).getTime();
    await farm.pass(10_000);
    expect(texts(farm, "amina")).toEqual(["While it was quiet: 1 Tank level LOW 8 %"]);
  });

  test("that is critical is told while it is quiet", async ({ expect }) => {
    const critical = [{ device: "tank", property: "level", below: 20, severity: "critical" }];
    const quiet = { "*": "00:00-23:59" };
    await using farm = await FarmWorld.open({ alerts: { rules: critical, chain, quiet } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2_000);
    expect(texts(farm, "amina")).toHaveLength(1);
  });

  test("whose text fails goes to the next person at once", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    farm.isPhoneDown = true;
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(5_000);
    farm.isPhoneDown = false;
    await farm.pass(30_000);
    expect(texts(farm, "joseph")).toHaveLength(1);
  });

  test("rings in the end", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(12 * minute, 5_000);
    expect(farm.calls.map(({ to }) => to)).toEqual(["person-amina", "person-joseph"]);
  });

  test("is silent while it is muted, and goes on after that", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2_000);
    expect(await farm.ask("MUTE 1 1H")).toMatch(/^Alarm 1 silent until/);
    await farm.pass(50 * minute, 10_000);
    expect(texts(farm, "joseph")).toEqual([]);
    await farm.pass(15 * minute, 10_000);
    expect(texts(farm, "joseph").length).toBeGreaterThan(0);
  });

  test("is not told of what is being mended", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    await farm.gateway.ask("alert-maintenance", { device: "Tank", seconds: 600 });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(9 * minute, 5_000);
    expect(farm.answers).toEqual([]);
    await farm.pass(2 * minute, 5_000);
    expect(texts(farm, "amina")).toHaveLength(1);
  });

  test("that has to last is raised when it did, also across a crash", async ({ expect }) => {
    const lasting = [{ device: "tank", property: "level", below: 20, for: 300 }];
    await using farm = await FarmWorld.open({ alerts: { rules: lasting, chain } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(4 * minute, 5_000);
    await farm.crash(10_000);
    farm.tank.report(farm.host, { x_farm_level: 8 });
    expect(farm.answers).toEqual([]);
    await farm.pass(minute);
    expect(texts(farm, "amina")).toHaveLength(1);
  });
});

describe.concurrent("many alarms at once", () => {
  test("become one digest", async ({ expect }) => {
    const many = Array.from({ length: 8 }, (_, index) => ({
      id: `low-${index}`,
      device: "tank",
      property: "level",
      below: 20 + index,
    }));
    await using farm = await FarmWorld.open({ alerts: { rules: many, chain } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(4 * minute);
    const got = texts(farm, "amina");
    expect(got).toHaveLength(4);
    expect(got.at(-1)).toMatch(/^ALARM: 5 alarms: /);
  });
});

describe.concurrent("a warning by text", () => {
  test("is kept, warns who asked for it, and ends on request", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const from = "person-joseph";
    expect(await farm.ask("WARN TANK BELOW 20", { from })).toContain("Tank < 20");
    await farm.crash();
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2_000);
    expect(texts(farm, "joseph").at(-1)).toContain("Tank");
    expect(texts(farm, "amina")).toEqual([]);
    expect(await farm.ask("ok", { from })).toContain("1");
    expect(await farm.ask("WARN TANK OFF", { from })).toContain("Tank");
    expect(await farm.gateway.ask("alerts")).toMatchObject({ data: [] });
  });
});

describe.concurrent("rules", () => {
  test("notice what rises fast", async ({ expect }) => {
    const fast = [{ device: "tank", property: "level", falls: 30 }];
    await using farm = await FarmWorld.open({ alerts: { rules: fast, chain } });
    for (let turn = 0; turn < 12; turn++) {
      farm.tank.report(farm.host, { x_farm_level: 80 - turn });
      await farm.pass(minute, 5_000);
    }
    expect(texts(farm, "amina")[0]).toContain("changes fast");
  });

  test("notice a device that is gone", async ({ expect }) => {
    const gone = [{ device: "pump", offline: true, for: 60 }];
    await using farm = await FarmWorld.open({ alerts: { rules: gone, chain } });
    farm.host.emit({ type: "availability", ref: farm.pump.ref, value: "offline" });
    await farm.pass(65_000);
    expect(texts(farm, "amina")[0]).toMatch(/^ALARM 1 Pump lost/);
  });

  test("are refused with what is wrong with them", async ({ expect }) => {
    await using farm = await FarmWorld.open();
    const asked = { device: "tank", below: 20, above: 30, property: "level" };
    expect(await farm.gateway.ask("alert-rule", asked)).toMatchObject({
      status: "error",
      code: "bad_payload",
    });
  });
});

describe.concurrent("an alarm is not lost", () => {
  test("when no text can leave for a long time", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    farm.isPhoneDown = true;
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(40 * minute, 5_000);
    farm.isPhoneDown = false;
    await farm.pass(2 * minute, 5_000);
    expect(texts(farm, "amina").length + texts(farm, "joseph").length).toBeGreaterThan(0);
  });

  test("when nobody is called as the chain says", async ({ expect }) => {
    const odd = [{ who: ["Aminah"] }, { who: ["group:familly"] }];
    await using farm = await FarmWorld.open({ alerts: { rules, chain: odd } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(5_000);
    expect(texts(farm, "amina")).toHaveLength(1);
  });

  test("by coming and going: it climbs", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    for (let turn = 0; turn < 6; turn++) {
      farm.tank.report(farm.host, { x_farm_level: 8 });
      await farm.pass(100_000, 5_000);
      farm.tank.report(farm.host, { x_farm_level: 60 });
      await farm.pass(20_000, 5_000);
    }
    expect(texts(farm, "joseph").length).toBeGreaterThan(0);
  });

  test("by slow flapping, which is not told every time", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    for (let turn = 0; turn < 10; turn++) {
      farm.tank.report(farm.host, { x_farm_level: 8 });
      await farm.pass(30_000, 5_000);
      farm.tank.report(farm.host, { x_farm_level: 60 });
      await farm.pass(150_000, 5_000);
    }
    const raised = texts(farm, "amina").filter((text) => text.startsWith("ALARM 1 "));
    expect(raised.length).toBeLessThanOrEqual(3);
  });

  test("among many small ones", async ({ expect }) => {
    const many = Array.from({ length: 120 }, (_, index) => ({
      id: `low-${index}`,
      device: "tank",
      property: "level",
      below: 20 + index / 10,
      severity: "info",
    }));
    const fire = { id: "fire", device: "pump", property: "onoff", is: true, severity: "critical" };
    await using farm = await FarmWorld.open({ alerts: { rules: [...many, fire], chain } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(2_000);
    farm.pump.report(farm.host, { onoff: true });
    await farm.pass(2_000);
    expect(texts(farm, "amina").at(-1)).toMatch(/^ALARM \d+ Pump/);
  });

  test("when the clock is set back by hours", async ({ expect }) => {
    await using farm = await FarmWorld.open(low);
    farm.gateway.clock.wallMs -= 6 * 60 * minute;
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(6 * minute, 5_000);
    expect(texts(farm, "joseph")).toHaveLength(1);
  });

  test("when a person of the chain is there no more", async ({ expect }) => {
    const three = [{ who: ["Grace"] }, { who: ["Amina"] }, { who: ["Joseph"] }];
    await using farm = await FarmWorld.open({ alerts: { rules, chain: three } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(5_000);
    expect(texts(farm, "amina")).toHaveLength(1);
    expect(texts(farm, "joseph")).toEqual([]);
  });
});

describe.concurrent("an alarm ends", () => {
  test("when its device has another name, by which no rule means it", async ({ expect }) => {
    const named = [{ device: "Tank", property: "level", below: 20 }];
    await using farm = await FarmWorld.open({ alerts: { rules: named, chain } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(3 * minute, 5_000);
    expect(await farm.gateway.ask("alerts")).toMatchObject({ data: [{ number: 1 }] });
    await farm.gateway.ask("rename", { device: "tank", name: "Cistern" });
    await farm.pass(5_000);
    expect(await farm.gateway.ask("alerts")).toMatchObject({ data: [] });
  });

  test("with a word to those who were woken, also in quiet hours", async ({ expect }) => {
    const critical = [{ device: "tank", property: "level", below: 20, severity: "critical" }];
    const quiet = { "*": "00:00-23:59" };
    await using farm = await FarmWorld.open({ alerts: { rules: critical, chain, quiet } });
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(5_000);
    farm.tank.report(farm.host, { x_farm_level: 60 });
    await farm.pass(3 * minute, 5_000);
    expect(texts(farm, "amina").at(-1)).toMatch(/^Alarm 1 over/);
  });
});

test("two rules that differ in their limit alone are two", async ({ expect }) => {
  const two = [
    { device: "tank", property: "level", below: 20, severity: "critical" },
    { device: "tank", property: "level", below: -20 },
  ];
  await using farm = await FarmWorld.open({ alerts: { rules: two, chain } });
  farm.tank.report(farm.host, { x_farm_level: 8 });
  await farm.pass(2_000);
  expect(texts(farm, "amina")).toHaveLength(1);
});

describe.concurrent("what was held back while it was quiet", () => {
  const quiet = { "*": "11:00-12:10" };

  test("is told when the phone is there again, and nothing else waits for it", async ({
    expect,
  }) => {
    await using farm = await FarmWorld.open({ alerts: { rules, chain, quiet } });
    farm.gateway.clock.wallMs = new Date(2026, 10, 25, 12, 5).getTime();
    farm.tank.report(farm.host, { x_farm_level: 8 });
    await farm.pass(4 * minute, 5_000);
    farm.isPhoneDown = true;
    await farm.pass(80_000, 1_000);
    farm.isPhoneDown = false;
    await farm.pass(2 * minute, 1_000);
    expect(texts(farm, "amina")[0]).toBe("While it was quiet: 1 Tank level LOW 8 %");
  });

  test("is told though it came and went", async ({ expect }) => {
    await using farm = await FarmWorld.open({ alerts: { rules, chain, quiet } });
    farm.gateway.clock.wallMs = new Date(2026, 10, 25, 11, 5).getTime();
    for (let turn = 0; turn < 8; turn++) {
      farm.tank.report(farm.host, { x_farm_level: 8 });
      await farm.pass(2 * minute, 5_000);
      farm.tank.report(farm.host, { x_farm_level: 60 });
      await farm.pass(3 * minute, 5_000);
    }
    await farm.pass(40 * minute, 10_000);
    expect(texts(farm, "amina")[0]).toMatch(
      /^While it was quiet: 1 Tank level LOW 8 % \(8x\) \(OK\)/,
    );
  });
});

test("a rule that is replaced lets its alarm go, however long the gateway runs", async ({
  expect,
}) => {
  await using farm = await FarmWorld.open({ alerts: { chain } });
  await farm.pass(3 * minute, 10_000);
  const rule = { id: "x", device: "tank", property: "level", below: 20 };
  await farm.gateway.ask("alert-rule", rule);
  farm.tank.report(farm.host, { x_farm_level: 8 });
  await farm.pass(5_000);
  expect(await farm.gateway.ask("alerts")).toMatchObject({ data: [{ alert: "x-x-farm-level" }] });
  await farm.gateway.ask("alert-rule", { id: "x", device: "pump", property: "onoff", is: true });
  await farm.pass(10_000);
  expect(await farm.gateway.ask("alerts")).toMatchObject({ data: [] });
});

test("nothing stays behind on the bus when alerts are switched off", async ({ expect }) => {
  const config: Record<string, unknown> = { alerts: { rules, chain } };
  await using farm = await FarmWorld.open(config);
  farm.tank.report(farm.host, { x_farm_level: 8 });
  await farm.pass(2_000);
  config["alerts"] = { enabled: false };
  await farm.crash();
  expect(farm.gateway.of("alert").at(-1)).toMatchObject({ device: "tank", body: undefined });
});
