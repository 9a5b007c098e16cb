import { beforeAll, describe, expect, test } from "vitest";
import { Logins, type Attempt } from "../../../src/bus/access/logins.ts";
import { hashPassword, verifyPassword } from "../../../src/bus/access/password.ts";
import type { User } from "../../../src/bus/access/users.ts";
import { Counters } from "../../../src/counters.ts";
import { limits } from "../../../src/limits.ts";
import { TestBroker } from "../../support/broker.ts";
import { MemoryLog } from "../../support/log.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const right: Attempt = { address: "192.0.2.7", name: "anna", password: "correct horse" };
const wrong: Attempt = { ...right, password: "wrong horse" };
const anna: User = { name: "anna", role: "admin" };

describe("a password", () => {
  let kept = "";
  beforeAll(async () => {
    kept = await hashPassword("correct horse");
  });

  test("is kept as a salted hash that says how it was made", async () => {
    expect(kept).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(await hashPassword("correct horse")).not.toBe(kept);
  });

  test("is verified, and no other is", async () => {
    expect(await verifyPassword("correct horse", kept)).toBe(true);
    expect(await verifyPassword("correct horsf", kept)).toBe(false);
    expect(await verifyPassword("", undefined)).toBe(false);
    expect(await verifyPassword("x", "nonsense")).toBe(false);
  });
});

interface World extends AsyncDisposable {
  readonly logins: Logins;
  readonly clock: ManualClock;
  readonly counters: Counters;
  readonly log: MemoryLog;
  readonly broker: TestBroker;
}

async function open(): Promise<World> {
  const broker = await TestBroker.open();
  await broker.users.add(anna, right.password);
  // No test waits for the rest after a wrong password.
  const clock = Object.assign(new ManualClock(), { sleep: async () => {} });
  const [counters, log] = [new Counters(), new MemoryLog()];
  const logins = new Logins({ users: broker.users, clock, counters, log });
  return {
    broker,
    logins,
    clock,
    counters,
    log,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

describe("a login", () => {
  test("is let in with the right password, and by memory after that", async () => {
    await using world = await open();
    expect(await world.logins.check(right)).toEqual(anna);
    expect(await world.logins.check(right)).toEqual(anna);
    expect(await world.logins.check(wrong)).toBe("wrong");
    expect(await world.logins.check({ ...right, name: "nobody" })).toBe("wrong");
  });

  test("is not checked after five failures, for a while, whichever way they came", async () => {
    await using world = await open();
    const { logins, clock, counters, log } = world;
    for (let n = 0; n < limits.loginFailures; n++) expect(await logins.check(wrong)).toBe("wrong");
    expect(await logins.check(right)).toBe("too_often");
    expect(await logins.check({ ...right, address: "192.0.2.8" })).toBe("too_often");
    expect(await logins.check({ ...right, name: "bob" })).toBe("too_often");
    expect(counters.get("refused.logins.wrong")).toBe(limits.loginFailures);
    const lines = log.lines.filter(({ message }) => message === "login failed");
    expect(lines).toHaveLength(limits.loginFailures);
    expect(lines[0]?.fields).toEqual({ audit: true, address: "192.0.2.7", user: "anna" });
    await clock.advance(limits.loginPauseMs);
    expect(await logins.check(right)).toEqual(anna);
  });

  test("of somebody known is let in while others guess at the name", async () => {
    await using world = await open();
    const { logins } = world;
    await logins.check(right);
    for (let n = 0; n < limits.loginFailures; n++) await logins.check(wrong);
    expect(await logins.check(right)).toEqual(anna);
    logins.forget("anna");
    expect(await logins.check(right)).toBe("too_often");
  });

  test("is checked for one user no more often when all come at once", async () => {
    await using world = await open();
    const { logins, counters } = world;
    await Promise.all(Array.from({ length: 20 }, () => logins.check(wrong)));
    expect(counters.get("refused.logins.wrong")).toBeLessThanOrEqual(limits.loginFailures);
  });

  test("waits its turn, and is refused when too many do", async () => {
    await using world = await open();
    const { logins } = world;
    const attempts = Array.from({ length: limits.loginsWaiting + 1 }, (_, n) =>
      logins.check({ ...wrong, name: `user${n}`, address: `198.51.100.${n}` }),
    );
    expect(await attempts.at(-1)).toBe("busy");
    expect(await attempts[0]).toBe("wrong");
    await Promise.all(attempts);
  }, 60_000);
});

describe("users", () => {
  test("are kept, can be changed and removed, and a mistake says what is wrong", async () => {
    await using broker = await TestBroker.open();
    const plug: User = { name: "plug", role: "device", topics: ["barn/#"] };
    await broker.users.add(anna, "correct horse");
    await broker.users.add(plug, "battery staple");
    await expect(broker.users.add(anna, "correct horse")).rejects.toThrow('There is a user "anna"');
    await expect(broker.users.add({ ...plug, name: "admin" }, "correct horse")).rejects.toThrow(
      '"admin" is a role',
    );
    await expect(broker.users.add({ ...anna, name: "a b" }, "correct horse")).rejects.toThrow(
      "A user's name has",
    );
    await expect(broker.users.add({ ...anna, name: "bob" }, "short")).rejects.toThrow(
      "A password has 8 to 128 characters",
    );
    await expect(
      broker.users.add({ ...plug, name: "two", topics: ["a#"] }, "battery staple"),
    ).rejects.toThrow('"a#" is no topic filter');
    await broker.restart();
    expect(broker.users.list()).toEqual([anna, plug]);
    await broker.users.setPassword("plug", "another staple");
    expect(await broker.users.verify("plug", "battery staple")).toBeUndefined();
    expect(await broker.users.verify("plug", "another staple")).toEqual(plug);
    await broker.users.remove("plug");
    await expect(broker.users.remove("plug")).rejects.toThrow('There is no user "plug"');
  });
});
