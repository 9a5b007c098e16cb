import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Writer } from "../../../../adapters/zigbee/simulator/bytes.ts";
import { cluster } from "../../../../adapters/zigbee/simulator/clusters.ts";
import { encodeUnpi } from "../../../../adapters/zigbee/simulator/unpi.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

const sensor = "00124b0022aa0002";
const plug = "0015bc001a000001";

let world: ZigbeeWorld;
let celsius = 20;

beforeAll(async () => {
  world = await ZigbeeWorld.open({ commandTimeoutMs: 12_000 });
  await world.adapterState("online");
  await world.join(sensor, plug);
}, 60_000);

afterAll(() => world[Symbol.asyncDispose]());

/** Something that a message of the application layer is told to the host with. */
function incoming(data: Buffer, length = data.length, of: number = cluster.temperature): Buffer {
  const { address } = world.device(sensor);
  const body = new Writer()
    .u16(0, of, address)
    .u8(1, 1, 0, 168, 0)
    .u32(0)
    .u8(0, length)
    .bytes(data);
  return encodeUnpi({
    type: 2,
    subsystem: 4,
    command: 0x81,
    data: body.u16(address).u8(29).done(),
  });
}

/** A report of an attribute: its type, and the bytes of its value. */
function report(type: number, value: readonly number[]): Buffer {
  return Buffer.from([0x18, 0x33, 0x0a, 0x00, 0x00, type, ...value]);
}

const good = (): Buffer => incoming(report(0x29, [0xd0, 0x07]));
const say = (bytes: Buffer): void => world.house.stick.babble(bytes);
const frame = (subsystem: number, command: number, type = 2, data = Buffer.alloc(0)): Buffer =>
  encodeUnpi({ type, subsystem, command, data });

/** Turns the next answer into something else. */
function spoilOnce(change: NonNullable<ZigbeeWorld["house"]["stick"]["spoil"]>): void {
  const { stick } = world.house;
  stick.spoil = (answer) => {
    stick.spoil = undefined;
    return change(answer);
  };
}

/** Every kind of nonsense a line has been seen to say. */
const kinds: Readonly<Record<string, () => void | Promise<unknown>>> = {
  "a wrong checksum": () => {
    const bytes = good();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x55;
    say(bytes);
  },
  "length 0": () => say(frame(4, 0x81)),
  "length 255": () => say(Buffer.from([0xfe, 0xff, 0x44, 0x81, 0x00, 0x01])),
  "a start byte inside": () => say(incoming(report(0x29, [0xfe, 0xfe]))),
  "a truncated frame": () => say(good().subarray(0, 12)),
  "a doubled frame": () => say(Buffer.concat([good(), good()])),
  "concatenated frames": () => say(Buffer.concat(Array.from({ length: 20 }, good))),
  "one byte per read": () => {
    for (const byte of good()) say(Buffer.from([byte]));
  },
  "an unknown command": () => say(frame(4, 0xee)),
  "an unknown subsystem": () => say(frame(19, 0x01)),
  "a response to nothing": () => say(frame(4, 0x01, 3, Buffer.from([0]))),
  "a wrong response": async () => {
    spoilOnce((answer) => [{ ...answer, command: answer.command ^ 1 }, answer]);
    await world.set(`zigbee-${plug}`, { onoff: "toggle" });
  },
  "a late response": async () => {
    spoilOnce((answer) => {
      setTimeout(() => say(encodeUnpi(answer)), 1_500);
      return [];
    });
    await world.set(`zigbee-${plug}`, { onoff: "toggle" });
  },
  "an answer with an error": async () => {
    spoilOnce((answer) => [{ ...answer, data: Buffer.from([0x11]) }]);
    await world.set(`zigbee-${plug}`, { onoff: "toggle" });
  },
  "application data shorter than it says": () => say(incoming(report(0x29, [1, 2]), 200)),
  "empty application data": () => say(incoming(Buffer.alloc(0))),
  "an unknown cluster": () => say(incoming(report(0x29, [1, 2]), 8, 0xfc99)),
  "half a ZCL header": () => say(incoming(Buffer.from([0x18]))),
  "an attribute type that there is not": () => say(incoming(report(0x77, [1, 2, 3]))),
  "a text longer than its frame": () => say(incoming(report(0x42, [0xf0, 0x41]))),
  "an array of arrays": () => say(incoming(report(0x48, [0x48, 0xff, 0xff, 0x48, 0xff, 0xff]))),
  noise: () => say(Buffer.from(randomBytes(400).map((byte) => (byte === 0xfe ? 0 : byte)))),
  "noise with start bytes": () =>
    say(Buffer.from(randomBytes(400).map((byte) => (byte < 24 ? 0xfe : byte)))),
  "a reset that nobody asked for": async () => {
    world.subscriber.received.length = 0;
    say(frame(1, 0x80, 2, Buffer.from([0, 2, 1, 2, 7, 1])));
    await world.adapterState("waiting");
    await world.adapterState("online");
  },
};

test("there are 24 of them", () => {
  expect(Object.keys(kinds)).toHaveLength(24);
});

describe("a line that says", { timeout: 60_000 }, () => {
  test.each(Object.entries(kinds))("%s goes on", async (_, spoil) => {
    world.subscriber.received.length = 0;
    await spoil();
    celsius += 0.1;
    const value = Math.round(celsius * 100) / 100;
    const isHeard = (): boolean =>
      world.subscriber.received.some(
        ({ topic, payload }) =>
          topic === `koine/1/zigbee-${sensor}/value/temperature` && Number(payload) === value,
      );
    world.device(sensor).set(1, cluster.temperature, 0, Math.round(celsius * 100));
    // What was half said may swallow what comes right behind it, and no more.
    for (let turn = 0; turn < 12 && !isHeard(); turn++) {
      world.device(sensor).report(1, cluster.temperature, [0]);
      await new Promise((resolve) => {
        setTimeout(resolve, 60);
      });
    }
    await world.value(`zigbee-${sensor}`, "temperature", value);
    expect(world.broker.counters.get("adapter.failed")).toBe(0);
  });
});
