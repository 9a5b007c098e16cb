import { describe, expect, test } from "vitest";
import { parseCommandDocument } from "../../../../src/model/command-document.ts";
import type { Description, Property } from "../../../../src/model/description.ts";
import { canonicalWish } from "../../../../src/model/value.ts";
import {
  accesses,
  classSpecOf,
  type DeviceClass,
  propertyKinds,
  propertyNames,
  propertyTypes,
} from "../../../../src/model/vocabulary.ts";
import table from "../../../../src/model/vocabulary.json" with { type: "json" };
import {
  accessed,
  describedDevice,
  discovered,
  vocabularyProperty,
  wishesOf,
} from "../../../support/home-assistant.ts";
import { problemsOf } from "../../../support/home-assistant-rules.ts";

const deviceClassNames = Object.keys(table.device_classes) as DeviceClass[];

/** Nothing that Home Assistant refuses, and nothing it may wish that Koine would refuse. */
function check(description: Description): number {
  const discovery = discovered(description);
  expect(problemsOf(discovery, `koine/1/${description.id}/`)).toEqual([]);
  const components = Object.values(discovery.components);
  expect(components.flatMap(wishesOf).filter((wish) => !isTaken(wish, description))).toEqual([]);
  return components.length;
}

/** Whether a wish is a command document that the device takes. */
function isTaken(wish: string, { properties }: Description): boolean {
  return Object.entries(parseCommandDocument(wish).values).every(([key, value]) => {
    const property = properties[key];
    if (property?.access.includes("w") !== true) return false;
    canonicalWish(property, value);
    return true;
  });
}

describe.each(propertyNames)("%s is told as Home Assistant demands", (is) => {
  test.each(accesses)("with access %s", (access) => {
    const property = accessed(is, access);
    const isTold = access !== "e" || (property.values?.length ?? 0) > 0;
    const isPlain = property.type !== "object" || access !== "w" || is === "message";
    expect(check(describedDevice({ [is]: property })) > 0).toBe(isTold && isPlain);
  });
});

describe.each(deviceClassNames)("a device of class %s", (name) => {
  const { needs, may } = classSpecOf(name);
  const all = [...needs, ...may].filter((is) => is !== "*");

  test.each([
    ["whatever it has", all],
    ["with what it needs only", needs],
  ])("is told as Home Assistant demands, %s", (_, properties) => {
    const described = properties.map((is) => [is, vocabularyProperty(is)] as const);
    check(describedDevice(Object.fromEntries(described), { classes: [name] }));
  });

  test("is told as Home Assistant demands when it has all of it three times", () => {
    const parts = [undefined, "2", "left_one"] as const;
    const described = parts.flatMap((part) =>
      all.map((is) => [
        part === undefined ? is : `${is}_${part}`,
        vocabularyProperty(is, part === undefined ? {} : { part }),
      ]),
    );
    const properties = Object.fromEntries(described) as Record<string, Property>;
    const three = check(describedDevice(properties, { classes: [name] }));
    const one = describedDevice(Object.fromEntries(all.map((is) => [is, vocabularyProperty(is)])), {
      classes: [name],
    });
    expect(three).toBe(3 * check(one));
  });
});

describe.each(propertyTypes)("a property of a vendor's own, of type %s,", (type) => {
  test.each(accesses)("is told as Home Assistant demands with access %s", (access) => {
    for (const kind of propertyKinds) {
      for (const more of [{}, { unit: "furlong", values: ["a b", 'c"d', "none"] }]) {
        check(
          describedDevice({ x_acme_thing: { is: "x_acme_thing", type, access, kind, ...more } }),
        );
      }
    }
  });
});
