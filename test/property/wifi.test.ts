import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Scalar } from "../../src/model/scalar.ts";
import { hear } from "../support/hear.ts";
import { wifiCases } from "../support/wifi-cases.ts";

const { states } = wifiCases();
const topics = fc.oneof(
  fc.constantFrom(...states.map(({ topic }) => topic)),
  fc.string(),
  fc
    .array(
      fc.constantFrom("tele", "stat", "SENSOR", "status", "switch:0", "events", "rpc", "", "x"),
      {
        maxLength: 5,
      },
    )
    .map((levels) => levels.join("/")),
);
const payloads = fc.oneof(
  fc.constantFrom(...states.map(({ payload }) => payload)),
  fc.string(),
  fc.json(),
  fc.constantFrom('{"Temperature":1e999}', `{"A":{"Humidity":${"9".repeat(400)}}}`),
  fc
    .tuple(fc.constantFrom(...states.map(({ payload }) => payload)), fc.nat(), fc.string())
    .map(([payload, at, noise]) => {
      const cut = at % (payload.length + 1);
      return payload.slice(0, cut) + noise + payload.slice(cut + noise.length);
    }),
);

/** Whether a value holds a number that JSON cannot carry. */
function isBroken(value: Scalar): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(isBroken);
}

test("no sequence of frames makes a dialect throw, or say what is no value", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(topics, payloads), { maxLength: 4 }), (frames) => {
      const { values, properties } = hear(...frames);
      for (const [name, value] of Object.entries(values)) {
        expect(properties).toHaveProperty([name]);
        expect(isBroken(value)).toBe(false);
      }
    }),
    { numRuns: 3_000 },
  );
});
