import { createCipheriv } from "node:crypto";
import { assert, constantFrom, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import { decodeCase, mistakesIn } from "../../../../support/ble-cases.ts";
import {
  caseOf,
  casesOf,
  found,
  frameOf,
  toldWithByteMore,
  valuesIn,
  wrongInPrefixesOf,
} from "./frames.ts";

const cases = casesOf(/^govee-/);

describe("frames of Govee", () => {
  it.for(cases.map((one) => [one.id, one] as const))(
    "%s cut off tells nothing wrong",
    ([, one]) => {
      expect(wrongInPrefixesOf(one)).toEqual([]);
    },
  );

  it.for(cases.map((one) => [one.id, one] as const))(
    "%s with a byte more is refused",
    ([, one]) => {
      expect(toldWithByteMore(one)).toEqual([]);
    },
  );

  /* The source says 0, or error, where the sender says that there is nothing. */
  it.for([
    "govee-h5055#216",
    "govee-h5075#233",
    "govee-h5108#256",
    "govee-h5178#293",
    "govee-h5181#301",
    "govee-h5181#306",
    "govee-h5182#307",
    "govee-h5182#309",
    "govee-h5183#312",
    "govee-h5184#314",
    "govee-h5184#316",
    "govee-h5185#317",
    "govee-h5185#319",
    "govee-h5185#321",
    "govee-h5198#323",
    "govee-h5198#325",
  ])("%s has null where nothing is measured or set", (id) => {
    const mistakes = mistakesIn(caseOf(id));
    expect(mistakes.filter((one) => !/: null is (no number|not error)$/.test(one))).toEqual([]);
  });
});

describe("thermometers and hygrometers of Govee", () => {
  it.for([
    [0xec88, "00034db26400", "GVH5129_ABCD", "H5129", { temperature: 21.6, humidity: 49.8 }],
    [0xec88, "0081c2896400", "GVH5075_CB9B", "H5075", { temperature: -11.5, humidity: 33.7 }],
    [0xec88, "00034db26400", undefined, "H5072/H5075", { temperature: 21.6, humidity: 49.8 }],
    [0x0001, "01010203d95e", "GVH5104_311C", "H5104", { temperature: 13.2, humidity: 5.7 }],
    [0x0001, "010103b31464", "GV5179_6319", "H5179", { temperature: 24.2, humidity: 45.2 }],
    [0x0001, "010181867cd8", "GVH5106_4E05", "H5106", { temperature: -2.5, humidity: 59.1 }],
    [0x0001, "01010332c0640000", "GV51114D36", "H5111", { temperature: 20.9 }],
    [0x0001, "0101033dee023e00", "GV5140303A", "H5140", { temperature: 21.2, co2: 574 }],
    [0x0001, "010100002af7640003", undefined, "H5178", { temperature: 1, humidity: 99.9 }],
  ] as const)("reads %d %s of %s", ([company, hex, localName, model, expected]) => {
    const decoded = found(company, hex, localName === undefined ? {} : { localName });
    expect(decoded.facts.model).toBe(model);
    expect(valuesIn(decoded)).toMatchObject(expected);
  });

  it("has no humidity of a thermometer without a hygrometer", () => {
    const { observations } = found(0x0001, "01010332c0640000", { localName: "GV51114D36" });
    expect(observations.map(({ facts }) => facts.is)).toEqual(["temperature", "battery"]);
  });

  it("has only what is true of both models that a nameless frame may be of", () => {
    const decoded = found(0x0001, "010103c730640000");
    expect(valuesIn(decoded)).toEqual({ temperature: 24.7, battery: 100 });
  });

  it("refuses a nameless frame that is a battery or a concentration", () => {
    expect(decode(frameOf(0x0001, "0101031abd040000"))).toBeUndefined();
  });

  it.for([
    ["of a stranger", 0x0001, "01010b005864", "RZSS"],
    ["without a name that could be air quality", 0x0001, "010103465464", undefined],
    ["without its mark", 0x0001, "020103465464", "GVH5100_7738"],
    ["under the name of another form", 0xec88, "00034db26400", "GVH5106_ABCD"],
  ] as const)("refuses a frame %s", ([, company, hex, localName]) => {
    expect(decode(frameOf(company, hex, localName ? { localName } : {}))).toBeUndefined();
  });

  it.for([
    ["an error", 0x0001, "0101033dee023e01", "GV5140303A", ["temperature", "humidity", "co2"]],
    ["too hot", 0xec88, "004a00283b00", "GVH5075_2762", ["temperature", "humidity"]],
    ["above 100 %", 0xec88, "00e60911276402", "Govee_H5074_5FF4", ["humidity"]],
  ] as const)("has null for %s", ([, company, hex, localName, names]) => {
    const values = valuesIn(found(company, hex, { localName }));
    for (const name of names) expect(values[name]).toBeNull();
  });

  it("calls a sensor that it does not know unreadable", () => {
    const sensor = found(0x0001, "010107002af7640003", { localName: "B51782BC8" });
    const probe = found(0x0001, "0101034928640099", { localName: "GV5112AC3D" });
    expect([sensor.problem, probe.problem]).toEqual(["unreadable", "unreadable"]);
    expect([...sensor.observations, ...probe.observations]).toEqual([]);
  });

  it("says nobody has a battery on the mains", () => {
    const wired = found(0x8803, "ec0001010111", { localName: "GVH51275E3F" });
    expect(wired.facts.sleepy).toBeUndefined();
    expect(valuesIn(wired)).toEqual({ occupancy: true, motion: true });
  });
});

describe("meat probes of Govee", () => {
  const six = { serviceUuids: ["5550"] };

  it.for([
    [
      "1",
      "a4006401001a00ffff310001ffffffff36000000",
      { "temperature.1": 26, "temperature.2": null },
    ],
    [
      "4",
      "a400644800ffffffff3c00001a00ffff42000000",
      { "temperature.3": null, "temperature.4": 26 },
    ],
    [
      "5",
      "a4006490001a00ffff4d000cffffffff5d000000",
      { "temperature.5": 26, "temperature.6": null },
    ],
  ] as const)("reads the H5055 with probe %s plugged in", ([, hex, expected]) => {
    expect(valuesIn(found(0x858b, hex, six))).toMatchObject({ ...expected, battery: 100 });
  });

  it("reads both alarms of a probe", () => {
    const hex = "5500644c201a00ffffffff2019001400b1000000";
    expect(valuesIn(found(0xaf2f, hex, six))).toMatchObject({
      "x_govee_temperature_alarm.3": null,
      "x_govee_low_temperature_alarm.4": 20,
      "x_govee_temperature_alarm.4": 177,
    });
  });

  it("reads the first pair of the later firmware of the H5055, and no other", () => {
    const hex = "7741000101e403000960ffffffff0dacffffffff";
    expect(valuesIn(found(0x5c0a, hex, six))).toEqual({
      "temperature.1": 24,
      "temperature.2": 35,
      battery: 100,
    });
    const other = found(0x5c0a, hex.replace("e403", "e443"), six);
    expect(other).toMatchObject({ problem: "unreadable", observations: [] });
  });

  it.for([
    ["8151", "6901000101e40186076c201c0000", "H5181", { "temperature.1": 19 }],
    ["8351", "cb01000101e4008f0834ffff0000", "H5183", { "temperature.1": 21 }],
    ["8451", "620100010164028a083413248c08982454", "H5184", { "temperature.4": 22 }],
    ["8551", "0a01000101e4c19609c41bbcffff0a282474ffff", "H5185", { "temperature.2": 26 }],
    [
      "9851",
      "6c01000101a3c10f0bb8ffffffff0960ffffffff",
      "H5198",
      { "temperature.2": 24, battery: 35 },
    ],
  ] as const)("reads the sender of %s", ([service, hex, model, expected]) => {
    const decoded = found(0x1234, hex, { serviceUuids: [service] });
    expect(decoded.facts.model).toBe(model);
    expect(valuesIn(decoded)).toMatchObject(expected);
  });

  it.for([
    ["a pair that does not exist", "8451", "2001000101e4ff860c1cffff860af0ffff"],
    ["a pair that does not exist", "9851", "6c01000101a3d40f0bb8ffffffff0960ffffffff"],
    ["another head", "8251", "6302000101e40101ffff120301ffff0000"],
    ["a fourth pair", "5550", "550064fb201a00ffffb100201900ffffffff0000"],
  ] as const)("calls %s unreadable", ([, service, hex]) => {
    const decoded = found(0x1234, hex, { serviceUuids: [service] });
    expect(decoded).toMatchObject({ problem: "unreadable", observations: [] });
  });
});

function checksum(bytes: Buffer): number {
  let sum = 0x1d0f;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const isOdd = ((sum >> 15) ^ (byte >> bit)) & 1;
      sum = ((sum << 1) ^ (isOdd ? 0x1021 : 0)) & 0xffff;
    }
  }
  return sum;
}

/** What a sensor sends with this in its block. */
function sealed(block: string, timeMs = 0x0024aaea): string {
  const time = Buffer.alloc(4);
  time.writeUInt32BE(timeMs);
  const key = Buffer.concat([time, Buffer.alloc(12)]).toReversed();
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const open = Buffer.from(block.padEnd(32, "0"), "hex").toReversed();
  const closed = Buffer.from(cipher.update(open).toReversed());
  const sum = Buffer.alloc(2);
  sum.writeUInt16BE(checksum(closed));
  return Buffer.concat([Buffer.from("f30a", "hex"), time, closed, sum]).toString("hex");
}

describe("veiled sensors and buttons of Govee", () => {
  it("is sealed by the test as by a sensor", () => {
    expect(sealed("01050802640000")).toBe("f30a0024aaeaa5631b810899e1c4e1409883fe225935c464");
  });

  it.for([
    ["a door that opens", "01050202640200", { open: true }],
    ["a door that closes", "01050202640100", { open: false }],
    ["somebody on the pad", "010e0d02640100", { presence: true }],
    ["nobody on the pad", "010e0d02640000", { presence: false }],
    ["movement", "01040302640100", { motion: true }],
    ["a shock", "01030902640100", { vibration: true }],
  ] as const)("reads %s", ([, block, expected]) => {
    const decoded = found(0xef88, sealed(block));
    expect(valuesIn(decoded)).toEqual({ ...expected, battery: 100 });
  });

  it.for([
    ["the only button", "01050802640000", {}],
    ["the second of two", "01010b02640100", { part: "2" }],
    ["the last of six", "01010a02640500", { part: "6" }],
    ["the button of the pad", "010e0d02641000", {}],
  ] as const)("hears %s", ([, block, part]) => {
    const { events } = found(0xef88, sealed(block));
    expect(events).toEqual([{ name: "action", action: "press", ...part }]);
  });

  it("lets movement and shocks pass, of which no end is sent", () => {
    expect(found(0xef88, sealed("01040302640100")).passing).toEqual([
      { is: "motion", afterS: 180 },
    ]);
    expect(found(0xef88, sealed("01030902640100")).passing).toEqual([
      { is: "vibration", afterS: 180 },
    ]);
  });

  it("numbers a message by the time of the sender", () => {
    const { sequence, isAuthentic } = found(0xef88, sealed("01050802640000", 25_730));
    expect(sequence).toEqual({ value: 25_730, bits: 32 });
    expect(isAuthentic).toBeUndefined();
  });

  it.for([
    ["a seventh button", "01010a02640600"],
    ["a third state of a door", "01050202640300"],
    ["movement of another kind", "01040302640700"],
    ["a pad of another kind", "010e0d02640200"],
  ] as const)("calls %s unreadable", ([, block]) => {
    const decoded = found(0xef88, sealed(block));
    expect(decoded).toMatchObject({ problem: "unreadable", observations: [] });
    expect(decoded.events).toBeUndefined();
  });

  it("refuses a sender of no known model", () => {
    expect(decode(frameOf(0xef88, sealed("01056302640000")))).toBeUndefined();
  });

  it("refuses a frame of which any bit of time, block or checksum is another", () => {
    const frames = cases
      .flatMap(({ manufacturerData = {} }) => Object.entries(manufacturerData))
      .filter(([company]) => company === "ef88")
      .map(([, hex]) => hex);
    assert(
      property(constantFrom(...frames), integer({ min: 16, max: 191 }), (hex, bit) => {
        const bytes = Buffer.from(hex, "hex");
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decode(frameOf(0xef88, bytes.toString("hex")))).toBeUndefined();
      }),
    );
  });

  it("reads the same with and without the name", () => {
    const { events } = decodeCase(caseOf("govee-h5122#268")) ?? {};
    expect(events).toEqual([{ name: "action", action: "press" }]);
  });
});
