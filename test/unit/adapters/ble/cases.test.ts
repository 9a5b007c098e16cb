import { describe, expect, it } from "vitest";
import { bleCases, mistakesIn } from "../../../support/ble-cases.ts";

/* KOINE_BLE_FORMATS=govee,inkbird looks at these formats only. */
const wanted = (process.env["KOINE_BLE_FORMATS"] ?? "").split(",");
const cases = bleCases.filter(({ format }) => wanted.some((one) => format.includes(one)));

describe("the collection of real advertisements", () => {
  it.for(cases.map((one) => [one.id, one] as const))("%s means what its source says", ([, one]) => {
    expect(mistakesIn(one)).toEqual([]);
  });
});
