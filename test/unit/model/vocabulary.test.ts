import { expect, test } from "vitest";
import { z } from "zod";
import {
  accesses,
  classSpecOf,
  propertyKinds,
  propertyNames,
  propertyTypes,
  rulesFrom,
  specOf,
  units,
} from "../../../src/model/vocabulary.ts";

const numberShape = {
  range: z.tuple([z.number(), z.number()]).nullable(),
  decimals: z.number().int().min(0).nullable(),
};
const conversion = {
  mul: z.number().optional(),
  add: z.number().optional(),
  not: z.boolean().optional(),
  map: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  recip: z.number().optional(),
  scale: z.array(z.number()).length(4).optional(),
};
const homeAssistant = z.strictObject({
  platform: z.string(),
  attribute: z.string().optional(),
  device_class: z.string().optional(),
  classes: z.array(z.string()).optional(),
  state_class: z.string().optional(),
  entity_category: z.enum(["config", "diagnostic"]).optional(),
});
const row = z.looseObject({
  ...numberShape,
  type: z.enum(propertyTypes),
  unit: z.string().nullable(),
  access: z.enum(accesses),
  kind: z.enum(propertyKinds),
  group: z.string(),
  description: z.string().min(2),
  values: z.array(z.string()).optional(),
  fields: z.record(z.string(), z.object(numberShape)).optional(),
  from: z.record(z.string(), z.array(z.looseObject(conversion))),
  to: z.looseObject({ ha: homeAssistant }),
});

test.each(propertyNames)("the row of %s has the shape the code reads", (name) => {
  const spec = row.parse(specOf(name));
  expect(name).toMatch(/^[a-z][a-z0-9_]{0,47}$/);
  expect([null, ...units]).toContain(spec.unit);
  expect(spec.type === "enum").toBe(spec.values !== undefined);
  const [min = 0, max = 0] = spec.range ?? [];
  expect(min).toBeLessThanOrEqual(max);
});

test("every class needs properties that exist", () => {
  for (const name of ["light", "outlet", "cover", "thermostat", "gateway"] as const) {
    for (const needed of classSpecOf(name).needs) expect(specOf(needed)).toBeDefined();
  }
});

test("names that are inherited by every object are not in the vocabulary", () => {
  expect(specOf("constructor")).toBeUndefined();
  expect(specOf("__proto__")).toBeUndefined();
});

test("a scheme's rules name the property each is for", () => {
  expect(rulesFrom("tasmota")).toContainEqual({ is: "humidity", key: "Humidity" });
  expect(rulesFrom("no such scheme")).toEqual([]);
});
