import { expect, test } from "vitest";
import { Calls } from "../../../src/core/isolation/calls.ts";
import { CommandError } from "../../../src/errors.ts";

test("a question that nobody waits for any more is forgotten, and a late answer is no harm", async () => {
  const calls = new Calls();
  const { call, reply } = calls.ask(() => {});
  calls.giveUp(call, new CommandError("expired", "The command expired"));
  await expect(reply).rejects.toThrow("The command expired");
  expect(calls.waiting).toBe(0);
  calls.answered({ type: "answer", call, value: 1 });
  expect(calls.waiting).toBe(0);
});
