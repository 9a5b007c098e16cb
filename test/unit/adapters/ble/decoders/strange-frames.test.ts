import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decoders } from "../../../../../adapters/ble/decoders/families.ts";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";

const companies = [...new Set(decoders.flatMap(({ listensTo }) => listensTo.companies ?? []))];
const services = [...new Set(decoders.flatMap(({ listensTo }) => listensTo.services ?? []))];
const listed = [...new Set(decoders.flatMap(({ listensTo }) => listensTo.serviceUuids ?? []))];

const bytes = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data));
const frames = fc.record({
  address: fc.constant("aabbccddeeff"),
  companyData: fc.array(fc.record({ company: fc.constantFrom(...companies), data: bytes }), {
    maxLength: 2,
  }),
  serviceData: fc.array(fc.record({ uuid: fc.constantFrom(...services), data: bytes }), {
    maxLength: 2,
  }),
  serviceUuids: fc.subarray(listed, { maxLength: 2 }),
});

describe("every family", () => {
  it("takes any bytes, and tells no number that is none", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        for (const { value } of decode(frame)?.observations ?? []) {
          expect(typeof value === "number" && !Number.isFinite(value)).toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
