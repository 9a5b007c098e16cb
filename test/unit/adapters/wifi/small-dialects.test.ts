import { describe, expect, test } from "vitest";
import { espurna } from "../../../../adapters/wifi/dialects/espurna.ts";
import { wled } from "../../../../adapters/wifi/dialects/wled/index.ts";
import { rootedPeer } from "../../../../adapters/wifi/named-peer.ts";
import type { Scalar } from "../../../../src/model/scalar.ts";
import { hear } from "../../../support/hear.ts";

const caller = { name: "koine", number: () => 1, asked: () => undefined };

function command(set: Readonly<Record<string, Scalar>>): Parameters<typeof wled.encode>[0] {
  const writes = Object.entries(set).map(([is, value]) => ({ is, value }));
  return { type: "set", id: "1", ref: [], writes, timeoutMs: 1 };
}

describe("OpenEVSE", () => {
  const topic = "openevse/announce/12ad";
  const id = { id: "c44f330dxxad", name: "openevse-12ad" };
  const will = { state: "disconnected", ...id };

  test("is gone when its last will says so, which does not name its topics", () => {
    const announced = { state: "connected", ...id, mqtt: "home/charger" };
    const { events } = hear([topic, announced], [topic, will]);
    expect(events.at(-1)).toMatchObject({
      type: "availability",
      ref: [["id", "openevse-home-charger"]],
      value: "offline",
    });
  });

  test("is not another charger that announces itself below its topic", () => {
    const other = { state: "connected", ...id, mqtt: "openevse-12ad" };
    const { events } = hear(["openevse/amp", "6000"], [topic, will], [topic, other], [topic, will]);
    const said = events.filter(({ type }) => type === "availability");
    expect(said).toMatchObject([{ value: "online" }, { value: "offline" }]);
    expect(JSON.stringify(said[1])).toContain("openevse-12ad");
  });
});

describe("ESPurna", () => {
  test.each([
    ["rgb", "255,128,0"],
    ["rgb", "#FF8000"],
    ["hex", "#FF8000"],
  ])("has its colour in %s as %s", (topic, payload) => {
    const { values } = hear([`ESPURNA-A1B2C3/${topic}`, payload]);
    expect(JSON.stringify(values["color"])).toMatch(/^\{"h":30\.1\d*,"s":100\}$/);
  });

  test("takes a colour where it reports channels", () => {
    const peer = rootedPeer({ make: "espurna", name: "E", root: "E" });
    expect(espurna.encode(command({ color: { h: 0, s: 100 } }), peer, caller).requests).toEqual([
      { topic: "E/rgb/set", payload: "#FF0000" },
    ]);
  });

  test("is a light, or a fan with stages", () => {
    const { values, properties } = hear(["ESPURNA-A/light", "1"], ["ESPURNA-A/speed", "low"]);
    expect(values).toEqual({ "onoff/light": true, fan_mode: "low" });
    expect(properties["onoff/light"]).toMatchObject({ optionalPart: true });
  });
});

describe("WLED", () => {
  const peer = rootedPeer({ make: "wled", name: "a1", root: "wled/a1" });

  test("that is to be off stays off when a brightness is set with it", () => {
    const { requests, expectations } = wled.encode(
      command({ onoff: false, brightness: 40 }),
      peer,
      caller,
    );
    expect(requests).toEqual([{ topic: "wled/a1/api", payload: '{"on":false,"bri":102}' }]);
    expect(expectations[1]?.anyOf[1]).toMatchObject({ is: "onoff" });
  });

  test("shines with the least it can rather than not", () => {
    expect(wled.encode(command({ brightness: 0.1 }), peer, caller).requests).toEqual([
      { topic: "wled/a1", payload: "1" },
    ]);
  });

  test("has no white left when it had some and tells of none", () => {
    const after = hear(["wled/a1/c", "#80FF8000"], ["wled/a1/c", "#FF8000"]);
    expect(after.values["x_wled_white"]).toBe(0);
    expect(hear(["wled/a1/c", "#FF8000"]).values).not.toHaveProperty("x_wled_white");
    const document = (wv: number): unknown =>
      hear(["wled/a1/v", `<vs><ac>9</ac><wv>${wv}</wv><cl>1</cl><cl>2</cl><cl>3</cl></vs>`]).values[
        "x_wled_white"
      ];
    expect([document(0), document(-1)]).toEqual([0, undefined]);
  });
});
