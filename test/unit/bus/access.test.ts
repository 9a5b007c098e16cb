import { describe, expect, test } from "vitest";
import { Access, type AccessRule, type Principal } from "../../../src/bus/access/access.ts";

const who = {
  admin: { role: "admin", name: "anna" },
  controller: { role: "controller", name: "bob" },
  reader: { role: "reader", name: "carl" },
  device: { role: "device", name: "plug" },
  local: { role: "local" },
  adapter: { role: "adapter" },
} as const satisfies Record<string, Principal>;
type Who = keyof typeof who;

const device = "wifi-024b4f000001";
const topics = {
  state: `koine/1/${device}/state`,
  value: `koine/1/${device}/value/onoff`,
  description: `koine/1/${device}/description`,
  result: `koine/1/${device}/result`,
  availability: `koine/1/${device}/availability`,
  set: `koine/1/${device}/set`,
  setOne: `koine/1/${device}/set/onoff`,
  get: `koine/1/${device}/get`,
  acknowledge: "koine/1/bridge/request/alert-ack",
  rename: "koine/1/bridge/request/rename",
  unknown: "koine/2/x",
  own: "stat/plug/RESULT",
  ownToo: "plug/events/rpc",
  foreign: "stat/other/RESULT",
  statistics: "$SYS/x/clients",
  reserved: "$share/a/b",
};
type Topic = keyof typeof topics;

const wishes: readonly Topic[] = ["set", "setOne", "get"];
const foreign: readonly Topic[] = ["own", "ownToo", "foreign"];
const facts: readonly Topic[] = ["state", "value", "description", "result", "availability"];
const below: readonly Topic[] = [...facts, ...wishes, "acknowledge", "rename", "unknown"];

/** Everything that is allowed; all else is denied. */
const mayPublish: Readonly<Record<Who, readonly Topic[]>> = {
  admin: [...wishes, "acknowledge", "rename", ...foreign],
  controller: [...wishes, "acknowledge"],
  reader: [],
  device: ["own", "ownToo"],
  local: [...wishes, "acknowledge", ...foreign],
  adapter: foreign,
};
const mayRead: Readonly<Record<Who, readonly Topic[]>> = {
  admin: [...below, ...foreign, "statistics"],
  controller: below,
  reader: below,
  device: ["own", "ownToo"],
  local: [...below, ...foreign],
  adapter: foreign,
};

const everybody = Object.entries(who).map(([name]) => name as Who);
const everything = Object.entries(topics).map(([name]) => name as Topic);
const pairs = everybody.flatMap((name) => everything.map((topic) => [name, topic] as const));

describe("by its role", () => {
  const access = new Access("koine", []);

  test.each(pairs)("%s publishes %s, or not", (name, topic) => {
    const refusal = access.refusalToPublish(who[name], topics[topic]);
    expect(refusal === undefined).toBe(mayPublish[name].includes(topic));
  });

  test.each(pairs)("%s reads %s, or not", (name, topic) => {
    const isAllowed = mayRead[name].includes(topic);
    expect(access.mayRead(who[name], topics[topic])).toBe(isAllowed);
    expect(access.maySubscribe(who[name], topics[topic])).toBe(isAllowed);
  });

  test.each(everybody)("%s cannot forge a fact, and is told which it is", (name) => {
    for (const topic of facts) {
      expect(access.refusalToPublish(who[name], topics[topic])).toBe("forged_fact");
    }
    expect(access.refusalToPublish(who[name], topics.unknown)).toBe("unknown_topic");
    expect(access.refusalToPublish(who[name], topics.statistics)).toBe("reserved_topic");
  });

  test.each([
    ["admin", "#", true],
    ["admin", "$SYS/#", true],
    ["admin", "$share/group/koine/#", false],
    ["controller", "#", true],
    ["controller", "+/1/#", true],
    ["controller", "stat/#", false],
    ["controller", "$SYS/#", false],
    ["reader", "koine/1/+/state", true],
    ["reader", "$SYS/#", false],
    ["device", "#", true],
    ["device", "+/plug/+", true],
    ["device", "koine/#", false],
    ["device", "stat/other/#", false],
    ["local", "#", true],
    ["local", "$SYS/#", false],
    ["local", "a+", false],
  ] as const)("%s may subscribe %s: %s", (name, filter, isAllowed) => {
    expect(access.maySubscribe(who[name], filter)).toBe(isAllowed);
  });

  test("a device has the topics that were given to it, instead of those with its name", () => {
    const given = { ...who.device, topics: ["barn/#"] };
    expect(access.mayRead(given, "barn/x")).toBe(true);
    expect(access.mayRead(given, "stat/plug/RESULT")).toBe(false);
  });
});

describe("a rule", () => {
  const rule = (one: Partial<AccessRule>): AccessRule => ({
    verdict: "deny",
    topic: "test/nosubscribe",
    acts: ["subscribe"],
    ...one,
  });

  test("denies what it covers, and lets a wider filter have the rest", () => {
    const access = new Access("koine", [rule({})]);
    expect(access.maySubscribe(who.local, "test/nosubscribe")).toBe(false);
    expect(access.maySubscribe(who.local, "test/#")).toBe(true);
    expect(access.mayRead(who.local, "test/nosubscribe")).toBe(false);
    expect(access.mayRead(who.local, "test/other")).toBe(true);
    expect(access.refusalToPublish(who.local, "test/nosubscribe")).toBeUndefined();
  });

  test("allows a user or a role what the role does not", () => {
    const one = rule({
      verdict: "allow",
      topic: "stat/#",
      acts: ["publish", "subscribe"],
      who: ["carl"],
    });
    const access = new Access("koine", [one]);
    expect(access.maySubscribe(who.reader, "stat/#")).toBe(true);
    expect(access.maySubscribe(who.reader, "#")).toBe(true);
    expect(access.mayRead(who.reader, "stat/x")).toBe(true);
    expect(access.refusalToPublish(who.reader, "stat/x")).toBeUndefined();
    expect(access.mayRead(who.controller, "stat/x")).toBe(false);
  });

  test("never allows a fact, or a topic that is reserved", () => {
    const access = new Access("koine", [
      rule({ verdict: "allow", topic: "#", acts: ["publish", "subscribe"] }),
      rule({ verdict: "allow", topic: "$SYS/#", acts: ["publish", "subscribe"] }),
    ]);
    expect(access.refusalToPublish(who.admin, topics.state)).toBe("forged_fact");
    expect(access.refusalToPublish(who.admin, topics.statistics)).toBe("reserved_topic");
    expect(access.mayRead(who.reader, topics.statistics)).toBe(false);
  });

  test("that allows a part lets a wider filter have it, though a later one denies the rest", () => {
    const access = new Access("koine", [
      rule({ verdict: "allow", topic: "koine/1/kitchen/#" }),
      rule({ topic: "koine/#" }),
    ]);
    expect(access.maySubscribe(who.reader, "koine/1/#")).toBe(true);
    expect(access.mayRead(who.reader, "koine/1/kitchen/state")).toBe(true);
    expect(access.mayRead(who.reader, "koine/1/hall/state")).toBe(false);
    expect(access.maySubscribe(who.reader, "koine/1/hall/#")).toBe(false);
  });

  test("decides when it is the first that fits", () => {
    const access = new Access("koine", [
      rule({ verdict: "allow", topic: "a/b" }),
      rule({ topic: "a/#" }),
    ]);
    expect(access.mayRead(who.local, "a/b")).toBe(true);
    expect(access.mayRead(who.local, "a/c")).toBe(false);
  });
});
