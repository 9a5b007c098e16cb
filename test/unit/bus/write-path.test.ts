import {
  array,
  assert,
  boolean,
  constantFrom,
  nat,
  oneof,
  property,
  string,
  uint8Array,
} from "fast-check";
import { generate } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { encodePublish } from "../../../src/bus/embedded/publish-frame.ts";
import { TopicEmitter } from "../../../src/bus/embedded/topic-emitter.ts";
import { WriteBuffer } from "../../../src/bus/embedded/write-buffer.ts";

describe("a frame of PUBLISH", () => {
  test("is what mqtt-packet makes of the same message", () => {
    const topic = string({ minLength: 1, maxLength: 300, unit: "binary" });
    const payload = oneof(uint8Array({ maxLength: 300 }), string());
    assert(
      property(topic, payload, boolean(), constantFrom(0, 1, 2), (name, bytes, retain, qos) => {
        const body = typeof bytes === "string" ? bytes : Buffer.from(bytes);
        const dup = qos > 0 && retain;
        const packet = { cmd: "publish", qos, dup, topic: name, payload: body, retain } as const;
        const frame = { topic: name, payload: body, qos, retain, isAgain: dup, messageId: 770 };
        expect(encodePublish(frame)).toEqual(generate({ ...packet, messageId: 770 }));
      }),
    );
  });

  test.each([120, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])("is, at %i bytes", (size) => {
    const payload = Buffer.alloc(size - 3, "x");
    const packet = {
      cmd: "publish",
      qos: 0,
      dup: false,
      topic: "t",
      payload,
      retain: false,
    } as const;
    expect(
      encodePublish({ topic: "t", payload, qos: 0, retain: false }).equals(generate(packet)),
    ).toBe(true);
  });
});

test("a write buffer gives back what was written, in order", () => {
  const piece = oneof(
    string({ unit: "binary" }),
    uint8Array(),
    nat(9_000).map((n) => "ä".repeat(n)),
  );
  assert(
    property(array(array(piece)), (turns) => {
      const buffer = new WriteBuffer();
      for (const pieces of turns) {
        const bytes = pieces.map((one) => Buffer.from(one));
        for (const one of pieces) buffer.add(typeof one === "string" ? one : Buffer.from(one));
        expect(buffer.size).toBe(Buffer.concat(bytes).length);
        expect(Buffer.concat(buffer.take()).equals(Buffer.concat(bytes))).toBe(true);
      }
    }),
  );
});

describe("a topic emitter", () => {
  test("calls who is subscribed, and back when all have been", () => {
    const emitter = new TopicEmitter();
    const heard: string[] = [];
    const waiting: (() => void)[] = [];
    const listener = (name: string) => (_: object, done: () => void) => {
      heard.push(name);
      waiting.push(done);
    };
    const [one, two] = [listener("one"), listener("two")];
    emitter.on("a/+", one);
    emitter.on("a/#", two);
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    emitter.emit({ topic: "a/b" }, done);
    expect(heard).toEqual(expect.arrayContaining(["one", "two"]));
    waiting[0]?.();
    expect(isDone).toBe(false);
    waiting[1]?.();
    expect(isDone).toBe(true);
    emitter.removeListener("a/+", one);
    emitter.emit({ topic: "a/b" }, done);
    expect(heard).toHaveLength(3);
  });
});
