import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandError, ProtocolError } from "../../src/errors.ts";
import {
  parseBareValue,
  parseCommandDocument,
  parseGetDocument,
} from "../../src/model/command-document.ts";
import { descriptionSchema } from "../../src/model/description.ts";
import { isDeviceId, mintId, mintKey, vendorProperty } from "../../src/model/identity.ts";
import { parseDocument } from "../../src/model/parse.ts";
import { pattern } from "../../src/model/pattern.ts";
import type { Scalar } from "../../src/model/scalar.ts";
import { stateSchema } from "../../src/model/state.ts";
import { encodeTopic, parseTopic, type Address } from "../../src/model/topic.ts";
import { canonicalReading, canonicalWish } from "../../src/model/value.ts";
import { propertyNames, specOf } from "../../src/model/vocabulary.ts";

const device = fc.stringMatching(pattern.deviceId).filter((id) => id !== "bridge");
const property = fc.stringMatching(pattern.propertyKey);
const name = fc.stringMatching(pattern.name);

const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("description", "state", "availability", "get", "result", "set"),
    device,
  }),
  fc.record({ kind: fc.constantFrom("value", "set"), device, property }),
  fc.record({ kind: fc.constant("event"), device, name }),
  fc.record({ kind: fc.constant("alert"), device, alert: name }),
  fc.record({ kind: fc.constantFrom("bridge_devices", "bridge_availability") }),
  fc.record({ kind: fc.constant("bridge_adapter"), adapter: name }),
  fc.record({ kind: fc.constant("bridge_event"), name }),
  fc.record({
    kind: fc.constantFrom("bridge_request", "bridge_response"),
    verb: fc.oneof(
      name,
      fc.tuple(name, name).map((names) => names.join("/")),
    ),
  }),
  fc.record({ kind: fc.constant("bridge_seen"), what: name }),
) as fc.Arbitrary<Address>;

/** Runs a parser on anything: it returns, or throws what its documentation says. */
function onlyThrows(kind: new (...args: never[]) => Error, parse: (text: string) => unknown): void {
  const deep = fc
    .tuple(fc.constantFrom("[", '{"a":'), fc.integer({ min: 1, max: 200_000 }))
    .map(([open, depth]) => open.repeat(depth));
  const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" }), deep);
  fc.assert(
    fc.property(text, (any) => {
      try {
        parse(any);
      } catch (error) {
        if (!(error instanceof kind)) throw error;
      }
    }),
    { numRuns: 500 },
  );
}

describe("topics", () => {
  test("every address comes back from its topic", () => {
    fc.assert(
      fc.property(address, (any) => {
        expect({ ...parseTopic("koine", encodeTopic("koine", any)) }).toEqual({ ...any });
      }),
    );
  });

  test("no topic makes the parser throw anything but ProtocolError", () => {
    onlyThrows(ProtocolError, (text) => parseTopic("koine", text));
    onlyThrows(ProtocolError, (text) => parseTopic("koine", `koine/1/${text}`));
  });
});

describe("documents", () => {
  test("no payload makes a parser throw anything but its error", () => {
    onlyThrows(CommandError, parseCommandDocument);
    onlyThrows(CommandError, (text) => parseBareValue("onoff", text));
    onlyThrows(CommandError, parseGetDocument);
    onlyThrows(ProtocolError, (text) => parseDocument(stateSchema, text, "state"));
    onlyThrows(ProtocolError, (text) => parseDocument(descriptionSchema, text, "description"));
  });
});

describe("identity", () => {
  test("every identifier gives a legal id, and the same one again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const id = mintId(["tasmota", value]);
        expect(isDeviceId(id)).toBe(true);
        expect(mintId(["tasmota", value])).toBe(id);
      }),
    );
  });

  test("every vendor name gives a legal property", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(vendorProperty("acme", text)).toMatch(pattern.propertyKey);
      }),
    );
  });

  test("keys are legal and never given twice", () => {
    const part = fc.option(fc.stringMatching(/^[a-z0-9]{1,4}$/), { nil: undefined });
    const properties = fc.array(
      fc.record({ is: fc.constantFrom(...propertyNames), part, optionalPart: fc.boolean() }),
    );
    fc.assert(
      fc.property(properties, (all) => {
        const taken = new Set<string>();
        for (const one of all) {
          const key = mintKey(one, (known) => taken.has(known));
          expect(key).toMatch(pattern.propertyKey);
          expect(taken.has(key)).toBe(false);
          taken.add(key);
        }
      }),
    );
  });
});

describe("values", () => {
  const anyProperty = fc.constantFrom(...propertyNames).map((is) => {
    const spec = specOf(is);
    if (!spec) throw new Error(is);
    return { is, type: spec.type, access: spec.access, values: spec.values && [...spec.values] };
  });
  const anyValue = fc.oneof(fc.double(), fc.jsonValue()) as fc.Arbitrary<Scalar>;

  test("no reading passes that is NaN, out of range or of another type", () => {
    fc.assert(
      fc.property(anyProperty, anyValue, (one, raw) => {
        const value = canonicalReading(one, raw);
        if (typeof value !== "number") return;
        const [min = -Infinity, max = Infinity] = specOf(one.is)?.range ?? [];
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(max);
        expect(canonicalReading(one, value)).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test("no wish makes the check throw anything but CommandError", () => {
    fc.assert(
      fc.property(anyProperty, anyValue, (one, wish) => {
        try {
          canonicalWish(one, wish);
        } catch (error) {
          if (!(error instanceof CommandError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
