import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { memoryPair } from "../../../src/bus/embedded/memory-pair.ts";

describe("a connection in memory", () => {
  test("carries everything both ways, in order, and its end", async () => {
    const [one, other] = memoryPair();
    for (let n = 0; n < 200; n++) one.write(`${n};`);
    one.end();
    let heard = "";
    other.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
    });
    await once(other, "end");
    expect(heard).toBe(Array.from({ length: 200 }, (_, n) => `${n};`).join(""));
    other.end("bye");
    expect((await one.toArray()).join("")).toBe("bye");
  });

  test("gives a reader that reads again at once nothing new", async () => {
    const [one, other] = memoryPair();
    one.write("first");
    one.write("second");
    await once(other, "readable");
    expect(String(other.read())).toBe("first");
    expect(other.read()).toBeNull();
    await once(other, "readable");
    expect(String(other.read())).toBe("second");
  });

  test("ends at both ends when one is destroyed", async () => {
    const [one, other] = memoryPair();
    one.on("error", () => {});
    one.destroy(new Error("cut"));
    await once(other, "close");
    expect(other.destroyed).toBe(true);
  });

  test("makes a writer wait for its reader", async () => {
    const [one, other] = memoryPair();
    let isWritten = false;
    one.write("x".repeat(100_000));
    one.write("y", () => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    other.resume();
    await once(one, "drain");
    await new Promise(setImmediate);
    expect(isWritten).toBe(true);
  });
});
