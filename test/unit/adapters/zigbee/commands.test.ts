import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cluster } from "../../../../adapters/zigbee/simulator/clusters.ts";
import { datapoint } from "../../../../adapters/zigbee/simulator/kinds/tuya.ts";
import { alarm } from "../../../../adapters/zigbee/simulator/kinds/sensors.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

const light = "90fd9ffffe010204";
const hue = "0017880102030405";
const plug = "0015bc001a000001";
const blind = "90fd9ffffe010205";
const dimmer = "a4c1380102030405";
const box = "a4c1380102030406";
const remote = "90fd9ffffe010203";
const contact = "00124b0022aa0004";
/** Commands of the cluster for window coverings. */
const [stop, goTo] = [2, 5];

let world: ZigbeeWorld;

beforeAll(async () => {
  world = await ZigbeeWorld.open({ commandTimeoutMs: 4_000 });
  await world.adapterState("online");
  await world.join(light, hue, plug, blind, dimmer, box, remote, contact);
}, 60_000);

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => {
  world.subscriber.received.length = 0;
});

describe("a light", () => {
  test("is switched, and confirms it by its report", async () => {
    expect(await world.set(`zigbee-${light}`, { onoff: true })).toMatchObject({
      status: "done",
      confirmed_by: "report",
      values: { onoff: true },
    });
    expect(world.device(light).get(1, cluster.onOff, 0)).toBe(true);
  });

  test("is dimmed in percent", async () => {
    const result = await world.set(`zigbee-${light}`, { brightness: 40 });
    expect(result).toMatchObject({ status: "done", confirmed_by: "report" });
    expect(world.device(light).get(1, cluster.level, 0)).toBe(102);
  });

  test("takes a colour temperature in kelvin", async () => {
    const result = await world.set(`zigbee-${light}`, { color_temperature: 2_500 });
    expect(result).toMatchObject({ status: "done", confirmed_by: "report" });
    expect(world.device(light).get(1, cluster.color, 7)).toBe(400);
  });

  test("takes several wishes at once, over some time", async () => {
    const wishes = { onoff: true, brightness: 80, color_temperature: 4_000, _transition: 0.2 };
    expect(await world.set(`zigbee-${light}`, wishes)).toMatchObject({ status: "done" });
    expect(world.device(light).get(1, cluster.level, 0)).toBe(203);
    expect(world.device(light).get(1, cluster.color, 7)).toBe(250);
  });

  test("can be asked for what it is", async () => {
    world.device(light).set(1, cluster.level, 0, 127);
    await world.subscriber.publish(`koine/1/zigbee-${light}/get`, `{"_id":"g1"}`);
    const result = await world.result(`zigbee-${light}`, "g1", /"status":"(?!accepted)/);
    expect(result).toMatchObject({ status: "done", confirmed_by: "report" });
    await world.value(`zigbee-${light}`, "brightness", 50);
  });

  test("is refused what is beyond its range", async () => {
    const result = await world.set(`zigbee-${light}`, { brightness: 140 });
    expect(result).toMatchObject({ status: "rejected", code: "out_of_range" });
  });
});

test("a plug is switched, and two toggles leave it as it was", async () => {
  expect(await world.set(`zigbee-${plug}`, { onoff: "toggle" })).toMatchObject({ status: "done" });
  expect(await world.set(`zigbee-${plug}`, { onoff: "toggle" })).toMatchObject({ status: "done" });
  expect(world.device(plug).get(1, cluster.onOff, 0)).toBe(false);
});

test("one half of a double switch is switched, the other stays", async () => {
  expect(await world.set(`zigbee-${box}`, { onoff_l2: true })).toMatchObject({ status: "done" });
  expect(world.device(box).get(2, cluster.onOff, 0)).toBe(true);
  expect(world.device(box).get(1, cluster.onOff, 0)).toBe(false);
});

test("a Tuya device is told by its datapoints", async () => {
  const result = await world.set(`zigbee-${dimmer}`, { onoff: true, brightness: 30 });
  expect(result).toMatchObject({ status: "done", confirmed_by: "report" });
  expect(datapoint(world.device(dimmer), 1)).toBe(1);
  expect(datapoint(world.device(dimmer), 2)).toBe(299);
});

describe("a blind", () => {
  test("moves to a position, and is done when it is there", async () => {
    expect(await world.set(`zigbee-${blind}`, { position: 40 })).toMatchObject({
      status: "done",
      values: { position: 40 },
    });
  });

  test("is opened by a word", async () => {
    expect(await world.set(`zigbee-${blind}`, { cover_action: "open" })).toMatchObject({
      status: "done",
    });
    await world.value(`zigbee-${blind}`, "position", 100);
  });
});

describe("a dead device", () => {
  test(
    "fails its command within the deadline, and others keep theirs",
    { timeout: 30_000 },
    async () => {
      world.device(hue).isDead = true;
      const startedAt = performance.now();
      const dead = world.set(`zigbee-${hue}`, { onoff: true });
      const tookMs: number[] = [];
      for (let turn = 0; turn < 10; turn++) {
        const { status, took_ms: ms } = await world.set(`zigbee-${plug}`, {
          onoff: turn % 2 === 0,
        });
        expect(status).toBe("done");
        tookMs.push(Number(ms));
      }
      expect(Math.max(...tookMs)).toBeLessThan(500);
      const { status, code } = await dead;
      expect(performance.now() - startedAt).toBeLessThan(4_500);
      expect([String(status), String(code)].join(" ")).toMatch(
        /^(?:timeout no_answer|failed unreachable)$/,
      );
      world.device(hue).isDead = false;
    },
  );

  test("is obeyed again once it is back", { timeout: 40_000 }, async () => {
    // The radio may still be trying on behalf of the command before.
    await world.subscriber.until(() => world.device(hue).get(11, cluster.onOff, 0) !== undefined);
    let result: Record<string, unknown> = {};
    for (let turn = 0; turn < 8 && result["status"] !== "done"; turn++) {
      result = await world.set(`zigbee-${hue}`, { onoff: true });
    }
    expect(result).toMatchObject({ status: "done" });
  });
});

test("nothing is claimed of what a dead device was not told", { timeout: 40_000 }, async () => {
  world.device(light).isDead = true;
  const wish = { onoff: true, color_temperature: 3_000, power_on_behavior: "on" };
  const result = await world.set(`zigbee-${light}`, wish);
  expect(["failed", "timeout"]).toContain(result["status"]);
  expect(result).not.toHaveProperty("confirmed_by");
  world.device(light).isDead = false;
  let again: Record<string, unknown> = {};
  for (let turn = 0; turn < 8 && again["status"] !== "done"; turn++) {
    again = await world.set(`zigbee-${light}`, { onoff: true });
  }
  expect(again).toMatchObject({ status: "done" });
});

describe("a sleeper", () => {
  test("has its command queued, and takes it when it wakes", { timeout: 30_000 }, async () => {
    const shade = await sleepingBlind();
    const queued = await world.set(`zigbee-${blind}`, { _id: "s1", position: 70 }, /"queued"/);
    expect(queued).toMatchObject({ status: "queued" });
    shade.report(1, cluster.powerConfiguration, [0x21]);
    expect(
      await world.result(`zigbee-${blind}`, "s1", /"status":"(?!accepted|queued)/),
    ).toMatchObject({
      status: "done",
      confirmed_by: "report",
    });
  });

  test("that does not wake in time has its command expire", { timeout: 30_000 }, async () => {
    await sleepingBlind();
    const wish = { _id: "s2", position: 20, _expires: 3 };
    expect(await world.set(`zigbee-${blind}`, wish, /"queued"/)).toMatchObject({
      status: "queued",
    });
    expect(await world.result(`zigbee-${blind}`, "s2", /"expired"/)).toMatchObject({
      status: "expired",
    });
  });

  test("has the newest of two wishes", { timeout: 30_000 }, async () => {
    const shade = await sleepingBlind();
    await world.set(`zigbee-${blind}`, { _id: "s3", position: 10 }, /"queued"/);
    await world.set(`zigbee-${blind}`, { _id: "s4", position: 90 }, /"queued"/);
    expect(await world.result(`zigbee-${blind}`, "s3", /superseded/)).toMatchObject({
      status: "superseded",
    });
    shade.report(1, cluster.powerConfiguration, [0x21]);
    const last = await world.result(`zigbee-${blind}`, "s4", /"status":"(?!accepted|queued)/);
    expect(last).toMatchObject({ status: "done", values: { position: 90 } });
  });

  test("keeps what is queued for it over a restart", { timeout: 40_000 }, async () => {
    const shade = await sleepingBlind();
    await world.set(`zigbee-${blind}`, { _id: "s5", position: 55 }, /"queued"/);
    await world.restart();
    shade.report(1, cluster.powerConfiguration, [0x21]);
    expect(
      await world.result(`zigbee-${blind}`, "s5", /"status":"(?!accepted|queued)/),
    ).toMatchObject({
      status: "done",
    });
  });

  test("that leaves takes all that is queued for it along", { timeout: 40_000 }, async () => {
    const shade = await sleepingBlind();
    await world.set(`zigbee-${blind}`, { position: 35 }, /"queued"/);
    await world.set(`zigbee-${blind}`, { cover_action: "open" }, /"queued"/);
    await world.set(`zigbee-${blind}`, { cover_action: "close" }, /"queued"/);
    const commands: (number | undefined)[] = [];
    shade.leave();
    await world.notice("leave", { ieee: blind });
    shade.onMessage = ({ cluster: of, data: [control = 0, , command] }) => {
      const isCommand = (control & 3) === 1;
      if (of === cluster.windowCovering && isCommand) commands.push(command);
    };
    await world.join(blind);
    shade.report(1, cluster.powerConfiguration, [0x21]);
    // Whatever was queued would be first in its turn.
    const result = await world.set(`zigbee-${blind}`, { cover_action: "stop" });
    expect(result).toMatchObject({ status: "done" });
    // The first may be on the air already; the others were not said yet.
    expect(commands.filter((command) => command !== goTo)).toEqual([stop]);
    shade.onMessage = undefined;
  });

  /** Deep asleep: it does not even look for messages. */
  async function sleepingBlind(): Promise<ReturnType<ZigbeeWorld["device"]>> {
    const shade = world.device(blind);
    await shade.sleepDeeply();
    return shade;
  }
});

describe("a group", () => {
  let id: string;

  test(
    "is a device that reaches all its members with one message",
    { timeout: 30_000 },
    async () => {
      await world.request("group-create", { name: "Living room" });
      id = await groupId("Living room");
      for (const device of [light, hue]) {
        expect(
          await world.request("group-add", { group: id, device: `zigbee-${device}` }),
        ).toMatchObject({ status: "ok" });
      }
      const messages: number[] = [];
      world.device(light).onMessage = ({ group }) => void messages.push(group ?? 0);
      const result = await world.set(id, { onoff: false });
      expect(result).toMatchObject({ status: "done" });
      expect(world.device(light).get(1, cluster.onOff, 0)).toBe(false);
      expect(world.device(hue).get(11, cluster.onOff, 0)).toBe(false);
      expect(messages.filter((group) => group > 0)).toHaveLength(1);
      world.device(light).onMessage = undefined;
    },
  );

  test("is on when one of its members is", async () => {
    await world.set(`zigbee-${light}`, { onoff: true });
    await world.value(id, "onoff", true);
  });

  test("is what is left of it when a member leaves", async () => {
    const membership = { group: id, device: `zigbee-${light}` };
    await world.request("group-leave", membership);
    await world.value(id, "onoff", false);
    world.subscriber.received.length = 0;
    await world.request("group-add", membership);
    await world.value(id, "onoff", true);
  });

  test("is done by report only when every member reported it", { timeout: 30_000 }, async () => {
    expect(await world.set(id, { onoff: true })).toMatchObject({
      status: "done",
      confirmed_by: "report",
    });
    world.device(hue).isDead = true;
    expect(await world.set(id, { onoff: false })).toMatchObject({
      status: "done",
      confirmed_by: "none",
    });
    world.device(hue).isDead = false;
  });

  test("remembers a scene and recalls it", { timeout: 30_000 }, async () => {
    await world.set(`zigbee-${light}`, { onoff: true, brightness: 60 });
    expect(await world.request("scene-store", { target: id, scene: 3 })).toMatchObject({
      status: "ok",
      data: { confirmed_by: "none" },
    });
    await world.set(`zigbee-${light}`, { onoff: false });
    expect(await world.request("scene-recall", { target: id, scene: 3 })).toMatchObject({
      status: "ok",
    });
    await world.subscriber.until(() => world.device(light).get(1, cluster.onOff, 0) === true);
  });

  test("has scenes that a single light of it acknowledges", { timeout: 30_000 }, async () => {
    const scene = { target: `zigbee-${light}`, scene: 4 };
    expect(await world.request("scene-store", scene)).toMatchObject({
      status: "ok",
      data: { confirmed_by: "ack" },
    });
  });

  test("is there after a restart, under its name", async () => {
    await world.restart();
    expect(await world.description(id)).toMatchObject({
      name: "Living room",
      properties: { onoff: {}, brightness: {} },
    });
  });

  test("is gone when it is dissolved", async () => {
    expect(await world.request("group-remove", { group: id })).toMatchObject({ status: "ok" });
    await world.subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${id}/description` && payload === "",
    );
  });

  async function groupId(name: string): Promise<string> {
    const { payload } = await world.subscriber.next(
      ({ topic, payload: text }) =>
        topic.endsWith("/description") && text.includes(`"name":"${name}"`),
    );
    return (JSON.parse(payload) as { id: string }).id;
  }
});

test("a button can be bound to a light, and be let go", async () => {
  const pair = { device: `zigbee-${remote}`, target: `zigbee-${light}`, cluster: "genOnOff" };
  const wake = (): void => world.device(remote).report(1, cluster.powerConfiguration, [0x21]);
  wake();
  expect(await world.request("bind", pair)).toMatchObject({ status: "ok" });
  wake();
  expect(await world.request("unbind", pair)).toMatchObject({ status: "ok" });
});

test("a request to a device that does not answer says so", { timeout: 40_000 }, async () => {
  await world.request("group-create", { name: "Empty room" });
  const { payload } = await world.subscriber.next(({ payload: text }) =>
    text.includes('"name":"Empty room"'),
  );
  const { id: group } = JSON.parse(payload) as { id: string };
  world.device(plug).isDead = true;
  const answer = await world.request("group-add", { group, device: `zigbee-${plug}` });
  expect(answer).toMatchObject({ status: "error", code: "unreachable" });
  await world.device(contact).sleepDeeply();
  const asleep = await world.request("bind", { device: `zigbee-${contact}`, cluster: "genOnOff" });
  expect(asleep).toMatchObject({ status: "error", code: "unreachable" });
  expect(asleep["message"]).toContain("press a button");
  world.device(plug).isDead = false;
});

test("a request for a device that is unknown says so", async () => {
  expect(await world.request("configure", { device: "nobody" })).toMatchObject({
    status: "error",
    code: "unknown_device",
  });
});

test("a request with a wrong parameter says which", async () => {
  const answer = await world.request("permit-join", { time: 1_000 });
  expect(answer).toMatchObject({ status: "error", code: "bad_payload" });
  expect(answer["message"]).toContain("time");
});

test("the network can be drawn", async () => {
  const map = await world.request("map");
  expect(map).toMatchObject({ status: "ok" });
  // The stick, and the eight devices of this house.
  const { nodes, edges } = map["data"] as { nodes: unknown[]; edges: unknown[] };
  expect(nodes).toHaveLength(9);
  expect(edges.length).toBeGreaterThanOrEqual(8);
  const { data } = await world.request("map", { format: "svg" });
  expect(String(data)).toMatch(/^<svg[\s\S]+IKEA LED1732G11[\s\S]+<\/svg>$/);
});

test("a device that reports while nobody waits confirms nothing", async () => {
  alarm(world.device(contact), 1);
  await world.value(`zigbee-${contact}`, "open", true);
});
