import { describe, expect, it } from "vitest";
import { casesOf, found, read, values, wrongWhenCut } from "./sent-frames.ts";

const apple = 0x004c;

describe("sensors in tanks and kegs that are cut off", () => {
  it.for(casesOf(/^(?:mopeka|theengs:M1017|kegtron|tilt)$/))("say nothing wrong: %s", ([, one]) => {
    expect(wrongWhenCut(one)).toEqual([]);
  });
});

describe("Mopeka's sensors", () => {
  const nordic = 0x0059;
  const serviceUuids = ["fee5"];

  it("go by the liquid that their model is made for", () => {
    const distance = (model: string) =>
      read({ serviceUuids, company: [nordic, `${model}7043b6c3e0f509fae3`] })["distance"];
    expect(distance("03")).toBeCloseTo(0.3418, 3);
    expect(distance("05")).toBeCloseTo(0.7112, 3);
    expect(distance("04")).toBeCloseTo(0.165, 3);
    expect(distance("0a")).toBe(distance("12"));
  });

  it("know no distance without an echo that is good enough", () => {
    const result = read({ serviceUuids, company: [nordic, "0872460010e0f509f0d8"] });
    expect(result).toMatchObject({ distance: null, x_mopeka_reading_quality: 0 });
  });

  it("tell that the button is held, beside the temperature", () => {
    const result = read({ serviceUuids, company: [nordic, "0870c3b6c3e0f509fae3"] });
    expect(result).toMatchObject({ x_mopeka_button: true, temperature: 27 });
  });

  it("are told from others with the same radio", () => {
    const company = [nordic, "087043b6c3e0f509fae3"] as const;
    expect(found({ company })).toBeUndefined();
    expect(found({ company, serviceUuids: ["180f"] })).toBeUndefined();
    expect(found({ company, serviceUuids: ["180f"], address: "c9f332e0f509" })).toBeDefined();
    expect(found({ company: [nordic, "070043b6c3e0f509fae3"], serviceUuids })).toBeUndefined();
    expect(found({ company: [nordic, "087043b6c3e0f509fae300"], serviceUuids })).toBeUndefined();
  });
});

describe("Mopeka's first sensors", () => {
  const frame = (echoes: string, kind = "02") =>
    found({ serviceUuids: ["ada0"], company: [0x000d, `00${kind}c026${echoes}00000000`] });
  const silence = "0000000000";

  it("send the echoes, of which the first counts", () => {
    // After ten ticks and thirty, as loud as 8 and 4.
    const packed = Buffer.alloc(5);
    packed.writeUIntLE(9 + 8 * 32 + 19 * 32 ** 2 + 4 * 32 ** 3, 0, 5);
    const result = values(frame(packed.toString("hex") + silence + silence));
    expect(result["temperature"]).toBeCloseTo(23.1005, 3);
    expect(result["battery_voltage"]).toBe(3);
    expect(result["distance"]).toBeCloseTo((10 * 922.4997) / 100_000, 3);
  });

  it("hear nothing in silence", () => {
    expect(values(frame(silence + silence + silence))["distance"]).toBeNull();
  });

  it("have kinds, of which others are none", () => {
    expect(frame(silence + silence + silence, "13")?.facts.model).toBe("Check XL");
    expect(frame(silence + silence + silence, "0a")).toBeUndefined();
  });
});

describe("Kegtron's meters", () => {
  const keg = (hex: string) => found({ company: [0xffff, hex] });
  const rest = "00".repeat(15);

  it("have one port without a part", () => {
    const result = keg(`49ef138802e2014b65672031${rest}`);
    expect(result?.facts.model).toBe("KT-100");
    expect(values(result)).toEqual({
      x_kegtron_keg_size: 18.927,
      x_kegtron_volume_start: 5,
      volume: 0.738,
      x_kegtron_port_state: "configured",
      x_kegtron_port_name: "Keg 1",
    });
  });

  it("have the first of two ports with its part", () => {
    const result = values(keg(`49ef138802e2400000000000${rest}`));
    expect(result).toMatchObject({
      "volume/1": 0.738,
      "x_kegtron_port_state/1": "unconfigured",
      "x_kegtron_port_name/1": "",
    });
  });

  it.for(["11", "43", "81"])("are no strangers with other flags: %s", (port) => {
    expect(keg(`49ef138802e2${port}4b65672031${rest}`)).toBeUndefined();
  });

  it("have a name that is a text", () => {
    expect(keg(`49ef138802e2014bff010031${rest}`)).toBeUndefined();
  });
});

describe("Tilt hydrometers", () => {
  const tilt = (numbers: string, color = "40") =>
    found({ company: [apple, `0215a495bb${color}c5b14b44b5121370f02d74de${numbers}`] });

  it("say degrees Fahrenheit and gravity, and how old the battery is", () => {
    const result = tilt("004403f80c");
    expect(result?.facts.model).toBe("Tilt Purple");
    expect(values(result)).toEqual({
      temperature: 20,
      x_tilt_specific_gravity: 1.016,
      x_tilt_color: "purple",
      x_tilt_battery_age: 12,
    });
  });

  it("may state a power, which is no age", () => {
    const result = values(tilt("004403f8c5"));
    expect(result).toMatchObject({ x_tilt_measured_power: -59 });
    expect(result).not.toHaveProperty("x_tilt_battery_age");
  });

  it("say the version of their firmware when they wake", () => {
    expect(tilt("03e703ee00")).toMatchObject({ facts: { firmware: "1006" }, observations: [] });
  });

  it("are iBeacons like others with another colour or an impossible gravity", () => {
    expect(tilt("004403f8c5", "90")?.decoder.family).toBe("ibeacon");
    expect(tilt("00440001c5")?.decoder.family).toBe("ibeacon");
  });
});
