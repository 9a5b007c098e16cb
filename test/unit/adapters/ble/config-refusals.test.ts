import { describe, expect, test } from "vitest";
import { configSchema } from "../../../../adapters/ble/config.ts";
import { reportsIn } from "../../../../adapters/ble/relay/advertisements.ts";

const address = "a4:c1:38:8d:18:b2";
const point = { is: "x_lamp_level", service: "180f", characteristic: "2a19" };
const pointed = (more: object): object => ({
  devices: [{ address, points: [{ ...point, ...more }] }],
});

describe("a configuration that cannot work is refused, namely", () => {
  test.each<readonly [what: string, config: object, path: string]>([
    [
      "a time for the absence of what is no tag",
      { devices: [{ address, away: 60 }] },
      "devices.0.away",
    ],
    [
      "a strength for what is no tag",
      { devices: [{ address, min_rssi: -70 }] },
      "devices.0.min_rssi",
    ],
    [
      "a connection without a controller",
      { controller: "none", relays: [{}], ...pointed({}) },
      "devices",
    ],
    ["a relay with devices", { relay_to: { topic: "ble/barn" }, ...pointed({}) }, "relay_to"],
    ["a filter with # in its middle", { relays: [{ topics: ["ble/#/x"] }] }, "relays.0.topics.0"],
    ["a port above all ports", { controller: "tcp://barn:99999" }, "controller"],
    ["values times nothing", pointed({ mul: 0 }), "devices.0.points.0.mul"],
    [
      "a device that only tells, and is only visited",
      pointed({ read: false, subscribe: true }),
      "devices.0.connect",
    ],
  ])("%s", (_, config, path) => {
    const { error } = configSchema.safeParse(config);
    expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });
});

test.each([1e9, 21, -128])("a strength of %d dBm is none", (rssi) => {
  const payload = JSON.stringify({ address, rssi, data: "020106" });
  expect(reportsIn(payload, "barn").reports).toMatchObject([{ rssi: undefined }]);
});
