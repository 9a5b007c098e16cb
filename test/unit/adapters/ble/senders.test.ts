import { expect, test } from "vitest";
import { Sender } from "../../../../adapters/ble/senders.ts";

test("a frame that is remembered keeps no more memory than its bytes", () => {
  const sender = new Sender("a4c1381c0b5a", "public");
  const data = Buffer.from("0201061216fcd2", "hex");
  expect(data.buffer.byteLength).toBeGreaterThan(data.length);
  sender.frame(data, 0);
  expect(sender.frame(data, 1)?.data.buffer.byteLength).toBe(data.length);
});
