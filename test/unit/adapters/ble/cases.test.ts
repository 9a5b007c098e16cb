import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bleCases, mistakesIn } from "../../../support/ble-cases.ts";

const { cases: disputed } = JSON.parse(
  readFileSync(new URL("../../../fixtures/ble-disputed.json", import.meta.url), "utf8"),
) as { readonly cases: Readonly<Record<string, string>> };

/* KOINE_BLE_FORMATS=govee,inkbird looks at these formats only. */
const wanted = (process.env["KOINE_BLE_FORMATS"] ?? "").split(",");
const cases = bleCases.filter(({ format }) => wanted.some((one) => format.includes(one)));
const agreed = cases.filter(({ id }) => !Object.hasOwn(disputed, id));

describe("the collection of real advertisements", () => {
  it.for(agreed.map((one) => [one.id, one] as const))(
    "%s means what its source says",
    ([, one]) => {
      expect(mistakesIn(one)).toEqual([]);
    },
  );

  it.for(cases.filter((one) => !agreed.includes(one)).map((one) => [one.id, one] as const))(
    "%s is read otherwise, for the reason that is written down",
    ([, one]) => {
      expect(mistakesIn(one)).not.toEqual([]);
    },
  );

  it("agrees with at least nine tenths of its sources", () => {
    // oxlint-disable-next-line eslint/no-console -- a figure to be read
    console.log(`advertisements: ${agreed.length} of ${cases.length} as their source says`);
    expect(agreed.length).toBeGreaterThanOrEqual(0.9 * cases.length);
  });
});
