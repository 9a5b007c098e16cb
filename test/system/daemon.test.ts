import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { TestClient } from "../support/broker.ts";
import { Koine } from "../support/daemon.ts";
import { plugConfig } from "../support/plug.ts";

const anyPort = "bus: { listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] }\n";

/** What a subscriber last saw of a topic. */
function last({ received }: TestClient, topic: string): string | undefined {
  return received.findLast((message) => message.topic === topic)?.payload;
}

async function plug(client: TestClient): Promise<void> {
  // The adapter may subscribe later than the test connects.
  await client.subscribe("koine/1/bridge/adapter/wifi");
  await client.next(({ payload }) => payload.includes('"online"'));
  await client.publish("tasmota/discovery/024B4F0000AA/config", JSON.stringify(plugConfig));
  await client.publish("tele/plug/STATE", '{"POWER":"OFF"}');
}

const plugId = "wifi-024b4f0000aa";

describe("the demo", () => {
  test("shows live devices, all labelled simulated, within ten seconds, and obeys", async () => {
    await using koine = await Koine.open();
    const startedAt = performance.now();
    const demo = koine.start("demo");
    const subscriber = await koine.subscriber(demo);
    await subscriber.next(({ topic }) => topic === "koine/1/wifi-024b4f000001/value/onoff");
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const index = await subscriber.next(
      ({ topic, payload }) => topic === "koine/1/bridge/devices" && payload.includes("Gate"),
    );
    const devices = JSON.parse(index.payload) as { id: string; simulated?: boolean }[];
    for (const device of devices) {
      expect([device.id, device.simulated]).toEqual([
        device.id,
        /^(?:gateway|host)-/.test(device.id) ? undefined : true,
      ]);
    }

    const set = "koine/1/wifi-024b4f000001/set";
    await subscriber.publish(set, '{"onoff":true,"_id":"t1"}');
    const done = await subscriber.next(({ payload }) => payload.includes('"done"'));
    expect(JSON.parse(done.payload)).toMatchObject({ _id: "t1", confirmed_by: "report" });
    const order = subscriber.received.map(
      ({ topic, payload }) => `${topic.split("/").slice(3).join("/")} ${payload}`,
    );
    const accepted = order.findIndex(
      (line) => line.startsWith("result") && line.includes("accepted"),
    );
    const value = order.indexOf("value/onoff true");
    expect(accepted).toBeGreaterThan(-1);
    expect(value).toBeGreaterThan(accepted);
    expect(order.findIndex((line) => line.includes('"done"'))).toBeGreaterThan(value);

    demo.signal("SIGINT");
    expect(await demo.exit()).toBe(0);
  });

  test("takes the next free port when its own is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.once("error", () => resolve());
      other.listen(1883, "127.0.0.1", () => resolve());
    });
    await using koine = await Koine.open();
    const demo = koine.start("demo");
    const [, port] = await demo.says(/port 1883 is taken, so this is (\d+)/);
    expect(Number(port)).toBeGreaterThan(1883);
    await demo.says(new RegExp(`mosquitto_sub -p ${port} `));
    demo.signal("SIGTERM");
    expect(await demo.exit()).toBe(0);
    other.close();
  });
});

describe("the daemon", () => {
  test("starts with nothing, on this machine only, and says how to add a world", async () => {
    await using koine = await Koine.open();
    const running = koine.start("run");
    // Port 1883 may be taken on the machine of the test: then that is what it has to say.
    const taken = running.exit().then(() => running.err);
    const said = await Promise.race([running.says(/source: mqtt:.*/), taken]);
    if (typeof said === "string") {
      expect(said).toBe("Cannot listen on tcp://127.0.0.1:1883: address already in use\n");
      return;
    }
    expect(running.out).toContain("is running, for this machine only");
    expect(running.out).toContain("MQTT    tcp://127.0.0.1:1883  ws://127.0.0.1:9001");
    expect(running.out).toContain("To add a world, write koine.yaml here");
    running.signal("SIGTERM");
    expect(await running.exit()).toBe(0);
  });

  test("stops within five seconds: devices unknown, the bridge offline, exit 0", async () => {
    await using koine = await Koine.open(anyPort);
    const running = koine.start("run");
    const subscriber = await koine.subscriber(running);
    await plug(await koine.client(running));
    await subscriber.next(({ topic }) => topic === `koine/1/${plugId}/value/onoff`);
    await subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${plugId}/availability` && payload === "online",
    );

    const stoppedAt = performance.now();
    running.signal("SIGTERM");
    expect(await running.exit()).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    // The last message of all; what the daemon sent may be read after it has ended.
    await subscriber.next(
      ({ topic, payload }) => topic === "koine/1/bridge/availability" && payload === "offline",
    );
    expect(last(subscriber, `koine/1/${plugId}/availability`)).toBe("unknown");
    expect(last(subscriber, "koine/1/bridge/adapter/wifi")).toContain('"state":"stopped"');
    const state = last(subscriber, `koine/1/${plugId}/state`) ?? "";
    expect(JSON.parse(state)).toMatchObject({ onoff: false, _q: { onoff: "stale" } });
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "has the same ids, names and keys after %s, unknown until heard",
    async (signal) => {
      await using koine = await Koine.open(anyPort);
      const first = koine.start("run");
      const before = await koine.subscriber(first);
      await plug(await koine.client(first));
      const described = await before.next(
        ({ topic, payload }) =>
          topic === `koine/1/${plugId}/description` && payload.includes('"onoff"'),
      );
      const gateway = await before.next(({ topic }) =>
        /^koine\/1\/gateway-[0-9a-f]{8}\//.test(topic),
      );
      first.signal(signal);
      await first.exit();

      const second = koine.start("run");
      const after = await koine.subscriber(second);
      const again = await after.next(({ topic }) => topic === `koine/1/${plugId}/description`);
      expect(JSON.parse(again.payload)).toEqual(JSON.parse(described.payload));
      await after.next(
        ({ topic, payload }) => topic === `koine/1/${plugId}/availability` && payload === "unknown",
      );
      await after.next(({ topic }) =>
        topic.startsWith(gateway.topic.split("/").slice(0, 3).join("/")),
      );
      expect(after.received.some(({ topic }) => topic === `koine/1/${plugId}/state`)).toBe(false);
      await plug(await koine.client(second));
      await after.next(
        ({ topic, payload }) => topic === `koine/1/${plugId}/availability` && payload === "online",
      );
      second.signal("SIGTERM");
      expect(await second.exit()).toBe(0);
    },
  );

  test("keeps what it heard while the disk was full, once that has room again", async () => {
    await using koine = await Koine.open(`${anyPort}adapters: [use: wifi]`);
    const running = koine.start("run", "--time-scale", "60");
    const subscriber = await koine.subscriber(running);
    const device = await koine.client(running);
    const announce = async (n: number): Promise<void> => {
      const config = { t: `d${n}`, ft: "%prefix%/%topic%/", tp: ["cmnd", "stat", "tele"] };
      const topic = `tasmota/discovery/024B4F0000${n}/config`;
      await device.publish(topic, JSON.stringify(config));
      const id = `wifi-024b4f0000${n}`;
      await subscriber.next((message) => message.topic === `koine/1/${id}/description`);
    };
    await announce(10);
    // Room for a part of the next record: a torn log.
    running.limitFiles((await koine.logSize()) + 50);
    for (let n = 11; n < 20; n++) await announce(n);
    expect(running.log().map(({ msg }) => msg)).toContain("changes not written");
    running.limitFiles("unlimited");
    await announce(20);
    running.signal("SIGTERM");
    expect(await running.exit()).toBe(0);
    const again = koine.start("run");
    const later = await koine.subscriber(again);
    const { payload } = await later.next(({ topic }) => topic === "koine/1/bridge/devices");
    const known = (JSON.parse(payload) as { id: string }[]).map(({ id }) => id);
    for (let n = 10; n <= 20; n++) expect(known).toContain(`wifi-024b4f0000${n}`);
    again.signal("SIGTERM");
    expect(await again.exit()).toBe(0);
  });

  test("reports itself as a device", async () => {
    await using koine = await Koine.open(`${anyPort}id: farm\ngateway: { interval: 1 }\n`);
    const running = koine.start("run");
    const subscriber = await koine.subscriber(running);
    const state = await subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/gateway-farm/state" && payload.includes('"mqtt_clients":2'),
    );
    const values = JSON.parse(state.payload) as Record<string, unknown>;
    for (const figure of [
      "uptime",
      "event_loop_delay",
      "memory_rss",
      "heap_used",
      "messages_dropped",
    ]) {
      expect(values[figure]).toEqual(expect.any(Number));
    }
    expect(values["adapter_state_wifi"]).toBe("online");
    running.signal("SIGTERM");
    await running.exit();
  });

  test("lives through garbage, answers what can be answered, and counts it", async () => {
    await using koine = await Koine.open(`${anyPort}id: farm\ngateway: { interval: 1 }\n`);
    const running = koine.start("run");
    const subscriber = await koine.subscriber(running);
    const client = await koine.client(running);
    await plug(client);
    await subscriber.next(({ topic }) => topic === `koine/1/${plugId}/value/onoff`);
    const garbage: [string, string][] = [
      ["tele/plug/SENSOR", '{"DHT11":{"Temperature":nan,"Humidity":55}}'],
      ["tele/plug/SENSOR", '{"Mystery":{"Flux":7}}'],
      ["tele/plug/SENSOR", "\u0000\u0001 garbage"],
      ["tele/plug/STATE", "{".repeat(10_000)],
      ["tele/ü/STATE", "[]"],
      ["koine/1/nonsense", "x"],
      ["koine/1/bridge/state", "x"],
      [`koine/1/${plugId}/state`, '{"onoff":true}'],
      [`koine/1/${plugId}/set`, "not json"],
      [`koine/1/${plugId}/set`, '{"onoff":"maybe","_id":"b1"}'],
      [`koine/1/${plugId}/set`, '{"humidity":5,"_id":"b2"}'],
      [`koine/1/${plugId}/set`, '{"warp":9,"_id":"b3"}'],
      ["koine/1/wifi-nobody/set", '{"onoff":true,"_id":"b4"}'],
    ];
    for (const [topic, payload] of garbage) await client.publish(topic, payload);
    await client.publish(`koine/1/${plugId}/set`, '{"onoff":true,"_id":"b5"}', { retain: true });
    const answers: [string, string][] = [
      ["b1", "bad_type"],
      ["b2", "read_only"],
      ["b3", "unknown_property"],
      ["b4", "unknown_device"],
      ["b5", "retained"],
    ];
    for (const [id, code] of answers) {
      const { payload } = await subscriber.next(
        (message) => message.topic.endsWith("/result") && message.payload.includes(`"${id}"`),
      );
      expect(JSON.parse(payload)).toMatchObject({ status: "rejected", code });
    }
    await subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${plugId}/value/humidity` && payload === "55",
    );
    await subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${plugId}/value/temperature` && payload === "null",
    );
    await subscriber.next(
      ({ topic, payload }) =>
        topic === `koine/1/${plugId}/value/x_tasmota_mystery_flux` && payload === "7",
    );
    await subscriber.next(
      ({ topic, payload }) =>
        topic === "koine/1/gateway-farm/value/messages_malformed" && Number(payload) >= 3,
    );
    expect(last(subscriber, `koine/1/${plugId}/value/onoff`)).toBe("false");
    running.signal("SIGTERM");
    expect(await running.exit()).toBe(0);
  });

  test("makes a silent device stale and offline, at 600 times the speed of life", async () => {
    await using koine = await Koine.open(anyPort);
    const running = koine.start("run", "--time-scale", "600");
    const subscriber = await koine.subscriber(running);
    await plug(await koine.client(running));
    await subscriber.next(({ topic }) => topic === `koine/1/${plugId}/value/onoff`);
    await subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${plugId}/state` && payload.includes('"stale"'),
    );
    await subscriber.next(
      ({ topic, payload }) => topic === `koine/1/${plugId}/availability` && payload === "offline",
    );
    running.signal("SIGTERM");
    expect(await running.exit()).toBe(0);
  });
});

describe("what cannot work", () => {
  test("of a configuration with five mistakes is all said, with line and column, exit 78", async () => {
    await using koine = await Koine.open(`bus:
  lisen: [tcp://127.0.0.1:1883]
log: { level: loud }
publish: { refresh: often }
adapters:
  - use: wify
  - use: wifi
    name: second
    sorce: own
`);
    for (const command of [["run"], ["config", "check"]]) {
      const { code, err } = await koine.run(...command);
      expect(code).toBe(78);
      expect(err.trim().split("\n")).toEqual([
        'Cannot use the configuration "koine.yaml"',
        "  koine.yaml:2:3 bus.lisen: unknown key; did you mean listen?",
        '  koine.yaml:3:15 log.level: expected one of debug, info, warn, error, got "loud"',
        '  koine.yaml:4:21 publish.refresh: expected number, got "often"',
        '  koine.yaml:6:10 adapters[0].use: unknown kind of adapter "wify", expected wifi, zigbee, ble, sms, a file such as ./my-adapter.mjs or an installed package; did you mean wifi?',
        "  koine.yaml:9:5 adapters[1].sorce: unknown key; did you mean source?",
      ]);
    }
  });

  test("because the port is taken is one clear line, exit 69", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number };
    await using koine = await Koine.open(`bus: { listen: ["tcp://127.0.0.1:${port}"] }\n`);
    const { code, err } = await koine.run("run");
    expect(code).toBe(69);
    expect(err).toBe(`Cannot listen on tcp://127.0.0.1:${port}: address already in use\n`);
    other.close();
  });

  test("because another daemon has the data is said, even when that one hangs, exit 69", async () => {
    await using koine = await Koine.open(anyPort);
    const first = koine.start("run");
    await first.url();
    first.signal("SIGSTOP");
    const { code, err } = await koine.run("run");
    first.signal("SIGCONT");
    expect(code).toBe(69);
    expect(err).toContain("another koine is using it");
    first.signal("SIGTERM");
    await first.exit();
  });
});

test("logs are JSON lines without the secrets of the configuration", async () => {
  await using koine = await Koine.open(`${anyPort}log: { level: debug }
adapters:
  - use: wifi
    source: mqtt://127.0.0.1:1
    username: koine
    password: !secret broker
`);
  await koine.write("secrets.yaml", "broker: hunter22canary\n");
  const running = koine.start("run");
  const subscriber = await koine.subscriber(running);
  await subscriber.next(
    ({ topic, payload }) => topic === "koine/1/bridge/adapter/wifi" && payload.includes("waiting"),
  );
  running.signal("SIGTERM");
  await running.exit();
  expect(running.log()).toContainEqual(
    expect.objectContaining({ level: 40, adapter: "wifi", msg: "link gone" }),
  );
  expect(running.err + running.out).not.toContain("hunter22canary");
  expect(JSON.stringify(subscriber.received)).not.toContain("hunter22canary");
});
