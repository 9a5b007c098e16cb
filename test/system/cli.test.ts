import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Koine, type Running } from "../support/daemon.ts";

let koine: Koine;
let demo: Running;
let url = "";

beforeAll(async () => {
  koine = await Koine.open();
  demo = koine.start("demo");
  url = await demo.url();
  const subscriber = await koine.subscriber(demo);
  await subscriber.next(
    ({ topic, payload }) => topic === "koine/1/bridge/devices" && payload.includes("Gate"),
  );
  await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000004/value/onoff");
});

afterAll(async () => {
  demo.signal("SIGTERM");
  await demo.exit();
  await koine[Symbol.asyncDispose]();
});

describe("koine", () => {
  test("devices lists every device", async () => {
    const { code, out } = await koine.run("devices", "--url", url);
    expect(code).toBe(0);
    expect(out).toMatch(/^ID +NAME +CLASS +AVAILABILITY +ADAPTER$/m);
    expect(out).toMatch(/^wifi-024b4f000004 +Pump +outlet +online +wifi +simulated$/m);
    const json = await koine.run("devices", "--json", "--url", url);
    expect(JSON.parse(json.out)).toContainEqual(
      expect.objectContaining({ id: "wifi-024b4f000004", name: "Pump" }),
    );
  });

  test("set waits for the result and prints it", async () => {
    const { code, out } = await koine.run("set", "pump", "onoff=on", "--url", url);
    expect(out).toMatch(
      /^accepted\ndone {2}confirmed by report {2}after \d+ ms {2}{"onoff":true}\n$/,
    );
    expect(code).toBe(0);
  });

  test("set says why a command is refused, exit 1", async () => {
    const rejected = await koine.run("set", "Hall light", "brightness=140", "--url", url);
    expect(rejected.code).toBe(1);
    expect(rejected.out).toContain("brightness takes 0 to 100 %, not 140");
    const unknown = await koine.run("set", "pumpe", "onoff=on", "--url", url);
    expect(unknown).toMatchObject({
      code: 1,
      err: 'There is no device "pumpe"; did you mean "Pump"?\n',
    });
  });

  test("set --dry-run only checks", async () => {
    const passed = await koine.run("set", "pump", "onoff=on", "--dry-run", "--url", url);
    expect(passed).toMatchObject({ code: 0, out: "accepted\n" });
    const wrong = await koine.run("set", "Hall light", "brightness=140", "--dry-run", "--url", url);
    expect(wrong.code).toBe(1);
  });

  test("set can be interrupted, and says when the gateway goes away", async () => {
    await using own = await Koine.open(
      "bus: { listen: [tcp://127.0.0.1:0] }\nadapters: [use: wifi]",
    );
    const daemon = own.start("run");
    const device = await own.client(daemon);
    const subscriber = await own.subscriber(daemon);
    await device.publish("tele/dumb/STATE", '{"POWER":"OFF"}');
    await subscriber.next(({ topic }) => topic.endsWith("/value/onoff"));
    const set = ["set", "tasmota-dumb", "onoff=on", "--url", await daemon.url()];
    const interrupted = own.start(...set);
    await interrupted.says(/accepted/);
    interrupted.signal("SIGINT");
    await interrupted.exit();
    expect(interrupted.child.signalCode).toBe("SIGINT");
    const left = own.start(...set);
    await left.says(/accepted/);
    daemon.signal("SIGKILL");
    expect(await left.exit()).toBe(69);
    expect(left.err).toBe("The gateway closed the connection\n");
  });

  test("get prints values with units, or asks the device", async () => {
    const { code, out } = await koine.run("get", "Greenhouse", "temperature", "--url", url);
    expect(code).toBe(0);
    expect(out).toMatch(/^temperature +\d+(\.\d+)? °C +\d{4}-\d\d-\d\dT\S+Z\n$/);
    const now = await koine.run("get", "pump", "onoff", "--now", "--json", "--url", url);
    expect(now.out).toContain("confirmed by report");
    const unknown = await koine.run("get", "pump", "warp", "--url", url);
    expect(unknown.code).toBe(1);
  });

  test("watch shows what happens until it is stopped", async () => {
    const watching = koine.start("watch", "pump", "--property", "onoff", "--url", url);
    await watching.says(/Pump +onoff +(true|false)/);
    const json = koine.start("watch", "--json", "--url", url);
    await json.says(/^{"time":"[^"]+","device":"[^"]+","name":"[^"]+".*}$/m);
    watching.signal("SIGINT");
    json.signal("SIGTERM");
    expect(await watching.exit()).toBe(0);
    expect(await json.exit()).toBe(0);
  });

  test("map try shows what is made of a message, given or live", async () => {
    const given = await koine.run("map", "try", "tele/x/SENSOR", '{"DHT11":{"Temperature":20.5}}');
    expect(given).toMatchObject({ code: 0 });
    expect(given.out).toMatch(/device tasmota-x\n +temperature +20\.5 °C/);
    const live = await koine.run(
      "map",
      "try",
      "kitchen-node/sensor/temperature/state",
      "--url",
      url,
    );
    expect(live.out).toMatch(/x_esphome_temperature +\d/);
    const mapping = "{topic: 'tank/+', device: 'tank-{1}', property: distance, unit: mm}";
    const own = await koine.run("map", "try", "tank/3", "412", "--mapping", mapping);
    expect(own.out).toMatch(/device tank-3\n +distance +0\.412 m +"412" +mm → m/);
  });

  test("map try exits 1 for what nobody reads, 2 when nothing comes, 78 for a bad mapping", async () => {
    const unread = await koine.run("map", "try", "nobody/knows", "1");
    expect(unread).toMatchObject({ code: 1 });
    expect(unread.out).toContain("no mapping and no dialect reads this topic");
    const silent = await koine.run("map", "try", "nobody/speaks", "--for", "0.1", "--url", url);
    expect(silent).toMatchObject({ code: 2, err: 'Nothing came on "nobody/speaks" in 0.1 s\n' });
    const bad = await koine.run(
      "map",
      "try",
      "a",
      "1",
      "-m",
      "{topic: a, device: a, property: powr}",
    );
    expect(bad.code).toBe(78);
    expect(bad.err).toContain("property: expected a property of the vocabulary");
  });

  test("version and help are there, with examples", async () => {
    expect((await koine.run("version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await koine.run("set", "--help");
    expect(help.code).toBe(0);
    expect(help.out).toContain("Examples:\n  $ koine set pump onoff=on");
    expect((await koine.run("--help")).out).toContain("watch");
  });

  test("without a daemon says so, exit 69", async () => {
    const { code, err } = await koine.run("devices", "--url", "mqtt://127.0.0.1:1");
    expect(code).toBe(69);
    expect(err).toContain('Is "koine run" running?');
  });

  test("used wrongly exits 64 and suggests what was meant", async () => {
    const { code, err } = await koine.run("devcies");
    expect(code).toBe(64);
    expect(err).toContain("Did you mean devices?");
    expect((await koine.run("set", "pump")).code).toBe(64);
    const malformed = await koine.run("set", "pump", "onoff");
    expect(malformed.code).toBe(64);
    expect(malformed.err).toContain("Expected property=value.");
    expect((await koine.run("set", "pump", "onoff=on", "--transition", "soon")).code).toBe(64);
    expect((await koine.run()).code).toBe(64);
  });
});

test("several demos that start at once each find ports of their own", async () => {
  await using place = await Koine.open();
  const demos = [1, 2, 3].map(() => place.start("demo"));
  const urls = await Promise.all(demos.map((one) => one.url()));
  expect(new Set(urls).size).toBe(demos.length);
});
