import assert from "node:assert/strict";
import { afterEach } from "vitest";
import { violations } from "./violations.ts";

/** Whatever a test is about: nothing on the bus may contradict the published schema. */
afterEach(() => {
  assert.deepEqual(violations.splice(0), []);
});
