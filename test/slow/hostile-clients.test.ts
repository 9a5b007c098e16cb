import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { describe, expect, test } from "vitest";
import { Koine, type Running } from "../support/daemon.ts";
import {
  connectHeader,
  malformedConnects,
  malformedPackets,
} from "../support/malformed-packets.ts";
import { MemoryWatch } from "../support/memory-watch.ts";
import { RawClient } from "../support/raw-client.ts";

const config =
  "bus: { listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] }\nid: farm\ngateway: { interval: 1 }\n";

const mebibyte = 2 ** 20;

/** How long nothing has to come until nothing more is believed to come, in ms. */
const quietMs = 15_000;

async function portOf(daemon: Running): Promise<number> {
  return Number(new URL(await daemon.url()).port);
}

async function connected(port: number): Promise<RawClient> {
  const client = await RawClient.open(port);
  await client.connect();
  return client;
}

/** Whether the daemon closes a connection in time. */
function isClosedIn(ms: number, { closed }: RawClient): Promise<boolean> {
  return Promise.race([closed.then(() => true), wait(ms, false, { ref: false })]);
}

/** Resolves when the daemon has counted so many dropped messages; to how many. */
async function dropped(koine: Koine, daemon: Running, atLeast: number): Promise<number> {
  const watcher = await koine.subscriber(daemon);
  const topic = "koine/1/gateway-farm/value/messages_dropped";
  const { payload } = await watcher.next(
    (message) => message.topic === topic && Number(message.payload) >= atLeast,
  );
  return Number(payload);
}

describe("a subscriber that stops reading", () => {
  const perSecond = 200;
  const seconds = Number(process.env["KOINE_FLOOD_SECONDS"] ?? 25);
  const payload = Buffer.alloc(4_096, "x");

  /** A stream of QoS 0 messages, ten at a time. */
  async function flood(publisher: RawClient, forSeconds: number): Promise<void> {
    const flags = { qos: 0, retain: false, dup: false } as const;
    const startedAt = performance.now();
    for (let sent = 0; sent < perSecond * forSeconds; sent += 10) {
      await wait(startedAt + (sent * 1_000) / perSecond - performance.now());
      for (let n = 0; n < 10; n++) {
        publisher.send({ cmd: "publish", topic: "flood/x", payload, ...flags });
      }
    }
  }

  test("costs nobody else a message or a second, and what it misses is counted", async () => {
    await using koine = await Koine.open(config);
    const daemon = koine.start("run");
    const port = await portOf(daemon);
    const publisher = await connected(port);
    const healthy = await connected(port);
    const stalled = await connected(port);
    for (const client of [healthy, stalled]) await client.subscribe("flood/#", 0);
    await flood(publisher, 2);
    stalled.socket.pause();
    using memory = new MemoryWatch(daemon);
    const wanted = perSecond * seconds;
    let [lastAt, gapMs, count] = [performance.now(), 0, 0];
    const complete = healthy.messages(quietMs, () => {
      gapMs = Math.max(gapMs, performance.now() - lastAt);
      lastAt = performance.now();
      count += 1;
      return count === wanted;
    });
    await flood(publisher, seconds);
    await complete;
    expect.soft(count).toBe(wanted);
    expect.soft(gapMs).toBeLessThan(1_000);
    expect.soft(memory.growthMib).toBeLessThan(40);
    expect(await dropped(koine, daemon, 1)).toBeGreaterThan(0);
  }, 90_000);
});

describe("before they have said CONNECT", () => {
  /** How long a silent connection stays open, in ms. */
  async function silence(port: number): Promise<number> {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    const openedAt = performance.now();
    socket.resume();
    await once(socket, "close");
    return performance.now() - openedAt;
  }

  test("1,000 silent connections are closed within six seconds, and keep nobody out", async () => {
    await using koine = await Koine.open(config);
    const daemon = koine.start("run");
    const port = await portOf(daemon);
    let open = 0;
    const silences = Array.from({ length: 1_000 }, async () => {
      open += 1;
      const ms = await silence(port);
      open -= 1;
      return ms;
    });
    const client = await koine.client(daemon);
    await client.subscribe("well/#");
    await client.publish("well/x", "alive");
    await client.count(1);
    expect(open).toBeGreaterThan(900);
    expect(Math.max(...(await Promise.all(silences)))).toBeLessThan(6_000);
    expect(client.mqtt.connected).toBe(true);
  });

  const pushedBytes = 100_000_000;
  const chunk = Buffer.alloc(16_384);
  const starts: readonly Buffer[] = [
    Buffer.alloc(1),
    Buffer.alloc(1, 0xff),
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    // A long PUBLISH, as if it were the second packet.
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x01, 0x61]),
    ...Array.from({ length: 4 }, () => connectHeader(pushedBytes)),
  ];

  /**
   * Sends bytes at no more than 16 MB/s, so that what the system buffers is little, until all are
   * sent or the daemon closes; how many it took.
   */
  async function push(port: number, start: Buffer, bytes: number): Promise<number> {
    const { socket, closed } = await RawClient.open(port);
    socket.write(start);
    for (let taken = 0; taken < bytes; taken += chunk.length) {
      const sent = new Promise<boolean>((resolve) => {
        socket.write(chunk, (error) => resolve(!error));
      });
      if (!(await Promise.race([closed, sent]))) return taken;
      await wait(1);
    }
    socket.destroy();
    return bytes;
  }

  test("eight who push 100 MB are cut off at once and cost no memory", async () => {
    await using koine = await Koine.open(config);
    const daemon = koine.start("run");
    const port = await portOf(daemon);
    // What the first ones make the daemon load is no part of what each costs.
    await Promise.all(starts.map((start) => push(port, start, chunk.length * 8)));
    using memory = new MemoryWatch(daemon);
    const taken = await Promise.all(starts.map((start) => push(port, start, pushedBytes)));
    expect.soft(taken.filter((bytes) => bytes >= 1_000_000)).toEqual([]);
    expect(memory.growthMib).toBeLessThan(8);
  });
});

test("an MQTT 5 client is refused, the log says what to do, and 3.1.1 works on", async () => {
  await using koine = await Koine.open(config);
  const daemon = koine.start("run");
  const url = await daemon.url();
  const refused = connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  await expect(refused).rejects.toThrow(/refused|version/i);
  const told = (): readonly object[] =>
    daemon.log().filter(({ msg }) => String(msg).includes("MQTT 3.1.1"));
  await expect.poll(told).toHaveLength(1);
  const client = await koine.client(daemon);
  await client.subscribe("well/#");
  await client.publish("well/x", "alive");
  expect(await client.count(1)).toMatchObject([{ payload: "alive" }]);
});

describe("what no client may send", () => {
  test.each([
    ...malformedPackets.map((malformed) => ({ ...malformed, isFirst: false })),
    ...malformedConnects.map((malformed) => ({ ...malformed, isFirst: true })),
  ])("$name closes that connection and no other", async ({ bytes, isFirst }) => {
    await using koine = await Koine.open(config);
    const daemon = koine.start("run");
    const bystander = await koine.client(daemon);
    await bystander.subscribe("bad/#");
    await bystander.subscribe("well/#");
    const port = await portOf(daemon);
    const bad = await (isFirst ? RawClient.open(port) : connected(port));
    bad.socket.write(bytes);
    expect(await isClosedIn(3_000, bad)).toBe(true);
    await bystander.publish("well/x", "alive");
    expect(await bystander.count(1)).toMatchObject([{ payload: "alive" }]);
    expect(daemon.child.exitCode).toBeNull();
  });
});

test("a session that is away has 64 MiB kept, the newest, and the rest is counted", async () => {
  const payload = Buffer.alloc(65_536);
  const sent = 9_216;
  await using koine = await Koine.open(config);
  // With a small heap V8 does not put off the collection of what was dropped.
  const daemon = koine.startWith(["--max-old-space-size=256"], "run");
  const port = await portOf(daemon);
  const absent = { clientId: "absent", clean: false };
  const before = await RawClient.open(port);
  await before.connect(absent);
  await before.subscribe("queue/#", 1);
  await before.leave();
  using memory = new MemoryWatch(daemon);
  const publisher = await koine.client(daemon);
  const ended = daemon.exit().then(() => {
    throw new Error(`It did not live through this: ${daemon.err}`);
  });
  for (let n = 0; n < sent; n += 16) {
    const burst = Array.from({ length: 16 }, (_, index) => {
      payload.writeUInt32BE(n + index);
      return publisher.mqtt.publishAsync("queue/x", Buffer.from(payload), { qos: 1 });
    });
    await Promise.race([Promise.all(burst), ended]);
  }
  // Nine times as much was sent as is kept.
  expect.soft(memory.growthMib).toBeLessThan(3 * 64);
  const leastDropped = sent - (64 * mebibyte) / payload.length;
  const missing = await dropped(koine, daemon, leastDropped);
  const after = await RawClient.open(port);
  const numbers: number[] = [];
  const complete = after.messages(quietMs, (message) => {
    const last = Buffer.from(message.payload).readUInt32BE();
    numbers.push(last);
    return last === sent - 1;
  });
  await after.connect(absent);
  await complete;
  expect(numbers).toEqual(Array.from({ length: sent - missing }, (_, n) => missing + n));
});
