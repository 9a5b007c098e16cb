import { createCipheriv } from "node:crypto";
import { assert, constantFrom, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import { bthome } from "../../../../../adapters/ble/decoders/bthome/index.ts";
import { decode, type Found } from "../../../../../adapters/ble/decoders/index.ts";
import { advertisementOf, bleCases } from "../../../../support/ble-cases.ts";

const cases = bleCases.filter(({ format }) => format.startsWith("bthome-"));
const sealedCases = cases.filter(({ key }) => key !== undefined);
const key = Buffer.from("231d39c1d7cc1ab1aee224cd096db932", "hex");
const address = "5448e68f80a5";

interface Rest {
  readonly service?: string;
  readonly name?: string;
  readonly company?: string;
  readonly key?: Buffer;
}

function read(hex: string, { service = "fcd2", name, company, key: known }: Rest = {}) {
  const frame: Advertisement = {
    address,
    ...(name !== undefined && { localName: name }),
    companyData:
      company === undefined ? [] : [{ company: 0x0ba9, data: Buffer.from(company, "hex") }],
    serviceData: [{ uuid: service, data: Buffer.from(hex, "hex") }],
    serviceUuids: [],
  };
  return decode(frame, { key: known });
}

function valuesOf(found: Found | undefined): Record<string, unknown> {
  const entries: [string, unknown][] = (found?.observations ?? []).map(
    ({ facts: { is, part }, value }) => [part === undefined ? is : `${is} ${part}`, value],
  );
  return Object.fromEntries<unknown>(entries);
}

/** A frame of version 2 as a sender encrypts it, counter 7. */
function sealTwo(objects: string, info = 0x41): string {
  const counter = Buffer.from("07000000", "hex");
  const start = Buffer.from(`${address}d2fc${info.toString(16)}`, "hex");
  const cipher = createCipheriv("aes-128-ccm", key, Buffer.concat([start, counter]), {
    authTagLength: 4,
  });
  const sealed = cipher.update(Buffer.from(objects, "hex"));
  cipher.final();
  const parts = [Buffer.from([info]), sealed, counter, cipher.getAuthTag()];
  return Buffer.concat(parts).toString("hex");
}

describe("an object of version 2", () => {
  test.for([
    ["0f01", { input: true }],
    ["1001", { onoff: true }],
    ["1100", { open: false }],
    ["1a01", { open: true }],
    ["1b01", { open: true }],
    ["2d01", { open: true }],
    ["1601", { charging: true }],
    ["1d01", { heat_alarm: true }],
    ["1f00", { locked: true }],
    ["1f01", { locked: false }],
    ["2201", { moving: true }],
    ["2401", { plugged: true }],
    ["2601", { problem: true }],
    ["2701", { running: true }],
    ["2800", { unsafe: true }],
    ["2801", { unsafe: false }],
    ["2901", { smoke: true }],
    ["2f23", { soil_moisture: 35 }],
    ["434e34", { current: 13.39 }],
    ["444e34", { speed: 133.9 }],
    ["4632", { uv_index: 5 }],
    ["478756", { volume: 2215.1 }],
    ["49dc87", { flow_rate: 34.78 }],
    ["4a020c", { voltage: 307.4 }],
    ["4b138a14", { gas_volume: 1346.067 }],
    ["4d12138a14", { energy: 344593.17 }],
    ["4e87562a01", { volume: 19551.879 }],
    ["57ea", { temperature: -22 }],
    ["5aeaea", { count: -5398 }],
    ["5c02fbffff", { power: -12.78 }],
    ["5d02ea", { current: -5.63 }],
    ["630057d0ff", { acceleration: -3.123456 }],
    ["6400", { light_level: "dark" }],
    ["5300", { text: "" }],
  ] as const)("%s means %o", ([object, expected]) => {
    const values = valuesOf(read(`40${object}`));
    for (const [is, value] of Object.entries(expected)) {
      if (typeof value === "number") expect(values[is]).toBeCloseTo(value, 9);
      else expect(values[is]).toBe(value);
    }
    expect(Object.keys(values)).toEqual(Object.keys(expected));
  });

  test("that a switch, lock or valve has cannot be set", () => {
    const facts = read("4010011f01")?.observations.map((one) => one.facts);
    expect(facts).toMatchObject([
      { is: "onoff", access: "r" },
      { is: "locked", access: "r" },
    ]);
  });

  test("out of its range is no value", () => {
    expect(valuesOf(read("4001ff"))).toEqual({ battery: null });
    expect(valuesOf(read("402e65"))).toEqual({ humidity: null });
    expect(valuesOf(read("4003ffff"))).toEqual({ humidity: null });
    expect(valuesOf(read("402102"))).toEqual({ motion: null });
    expect(valuesOf(read("406407"))).toEqual({ light_level: null });
    expect(valuesOf(read("40020080"))).toEqual({ temperature: null });
    expect(valuesOf(read("40530187"))).toEqual({ text: null });
  });

  test("of a kind that is there twice has its number as part", () => {
    expect(valuesOf(read("4002ca0902cf0901335e3f75"))).toEqual({
      "temperature 1": 25.06,
      "temperature 2": 25.11,
      battery: 51,
      wind_direction: 300.15,
    });
  });

  test("names the firmware and the type of the device", () => {
    const found = read("40f00100f100010204");
    expect(found?.facts.firmware).toBe("4.2.1.0");
    expect(valuesOf(found)).toEqual({ x_bthome_device_type: 1 });
    expect(read("40f2000106")?.facts.firmware).toBe("6.1.0");
  });

  test("that nobody knows ends what can be read", () => {
    expect(valuesOf(read("40015dfe5d0903b718"))).toEqual({ battery: 93 });
    expect(read("40feca09")).toMatchObject({ observations: [], problem: "unreadable" });
  });

  test("that is cut off is left out", () => {
    expect(valuesOf(read("4002ca0903bf"))).toEqual({ temperature: 25.06 });
    expect(read("4002ca")).toMatchObject({ observations: [], problem: "unreadable" });
  });
});

describe("an event", () => {
  const press = (action: string, part?: string) => ({
    name: "action",
    action,
    ...(part !== undefined && { part }),
  });

  test.for([
    ["3a01", [press("press")]],
    ["3a02", [press("double_press")]],
    ["3a03", [press("triple_press")]],
    ["3a04", [press("long_press")]],
    ["3a05", [press("long_double_press")]],
    ["3a06", [press("long_triple_press")]],
    ["3a80", [press("hold")]],
    ["3afe", [press("hold")]],
    ["3a003a013a003a04", [press("press", "2"), press("long_press", "4")]],
    ["3c0103", [{ ...press("rotate_left"), steps: 3 }]],
    ["3c020a", [{ ...press("rotate_right"), steps: 10 }]],
    ["3a003c0103", [{ ...press("rotate_left"), steps: 3 }]],
    ["3a09", [{ ...press("other"), data: { code: 9 } }]],
  ] as const)("%s is told", ([objects, events]) => {
    expect(read(`44${objects}`)?.events).toEqual(events);
  });

  test("that did not happen is not told", () => {
    const found = read("440021015e3a003c0000");
    expect(found).toMatchObject({ sequence: { value: 0x21, bits: 8 } });
    expect(found?.events).toBeUndefined();
  });
});

describe("the first byte of version 2", () => {
  test("with another version makes the frame unreadable", () => {
    expect(read("e102000c0404138a01")).toMatchObject({ observations: [], problem: "unreadable" });
    expect(read("00")).toMatchObject({ observations: [], problem: "unreadable" });
    expect(read("")).toMatchObject({ observations: [], problem: "unreadable" });
  });

  test("says that an address comes before the objects", () => {
    expect(valuesOf(read("42b2188d38c1a404138a01"))).toEqual({ pressure: 1008.83 });
    expect(read("42b2188d38")).toMatchObject({ observations: [], problem: "unreadable" });
  });

  test("says that the sender sleeps until something happens", () => {
    expect(read("442101")?.facts.sleepy).toBe(true);
    expect(read("402101")?.facts.sleepy).toBeUndefined();
    expect(read("40015d2101")?.facts.sleepy).toBe(true);
  });
});

describe("version 1", () => {
  const plain = { service: "181c" };

  test("says itself how a number is written", () => {
    expect(valuesOf(read("2302ca090303bf13", plain))).toEqual({
      temperature: 25.06,
      humidity: 50.55,
    });
    expect(valuesOf(read("0302ca09", plain))).toEqual({ temperature: 25.06 });
    expect(valuesOf(read("4306fe70", plain))).toEqual({ weight: 102.24 });
    expect(valuesOf(read("4502000048c2", plain))).toEqual({ temperature: -0.5 });
    expect(valuesOf(read("4902000000000000f03f", plain))).toEqual({ temperature: 0.01 });
    expect(valuesOf(read("43020004", plain))["temperature"]).toBeCloseTo(6.1035e-7, 10);
    expect(valuesOf(read("4302007c", plain))).toEqual({ temperature: null });
    expect(valuesOf(read("4302007e", plain))).toEqual({ temperature: null });
    expect(valuesOf(read("4302ff03", plain))["temperature"]).toBeCloseTo(6.0976e-7, 10);
    expect(valuesOf(read("66536162636465", plain))).toEqual({ text: "abcde" });
  });

  test("passes over an address and over what nobody knows", () => {
    expect(valuesOf(read("86a5808fe6485402b0000404138a01", plain))).toEqual({ pressure: 1008.83 });
  });

  test("tells buttons and dimmers", () => {
    expect(read("033c0103", plain)?.events).toEqual([
      { name: "action", action: "rotate_left", steps: 3 },
    ]);
  });

  test("is refused unless all of it is objects", () => {
    expect(read("0404138a", plain)).toBeUndefined();
    expect(read("0404138a0101", plain)).toBeUndefined();
    expect(read("e404138a01", plain)).toBeUndefined();
    expect(read("02b000", plain)).toBeUndefined();
    expect(read("", plain)).toBeUndefined();
  });
});

describe("a model", () => {
  test("is told by the data of Shelly", () => {
    expect(read("4458ea", { company: "0111000b03000affeeddccbbaa" })?.facts).toEqual({
      manufacturer: "Shelly",
      model: "BLU H&T",
      sleepy: true,
    });
    expect(read("4458ea", { company: "0111000b03" })?.facts.model).toBe("BTHome");
    expect(read("4458ea", { company: "0111000bffff" })?.facts.model).toBe("BTHome");
  });

  test.for([
    ["SBBT-002C", "BLU Button1"],
    ["SBBT-102C", "BLU Button1 ZB"],
    ["SBBT-USEEFF", "BLU RC Button 4"],
    ["SBBT-EU", "BLU Wall Switch 4"],
    ["SBHT-203C", "BLU H&T ZB"],
    ["ATC_8D18B2", "ATC_MiThermometer"],
    ["prst", "b-parasite"],
    ["SBDI-003E", "BLU Distance"],
    ["DIY-sensor", "BTHome"],
  ] as const)("that is called %s is a %s", ([name, model]) => {
    expect(read("40015d", { name })?.facts.model).toBe(model);
  });

  test("of Shelly that is alone in its frame is told, others are not", () => {
    const frame = (data: string): Advertisement => ({
      address,
      companyData: [{ company: 0x0ba9, data: Buffer.from(data, "hex") }],
      serviceData: [],
      serviceUuids: [],
    });
    expect(decode(frame("0101000b02000accbbaaf52e3c"))).toMatchObject({
      facts: { model: "BLU Door/Window" },
      observations: [],
    });
    expect(decode(frame("0105000b18100accbbaaf52e3c"))).toBeUndefined();
    expect(decode(frame("0105000b"))).toBeUndefined();
  });

  test("BLU TRV sends what it aims at, what it measures and what another sensor measures", () => {
    const found = read("404518014511014500ff", { name: "SBTR-001AEU" });
    expect(valuesOf(found)).toEqual({
      target_temperature: 28,
      temperature: 27.3,
      "temperature external": -25.6,
    });
    expect(found?.observations[0]?.facts.access).toBe("r");
  });

  test("WS90 sends wind, gusts, rain and its own supply", () => {
    const name = "SBWS-90CM";
    expect(valuesOf(read("4020014464004478000c860b", { name }))).toEqual({
      rain: true,
      wind_speed: 1,
      wind_gust: 1.2,
      battery_voltage: 2.95,
    });
  });

  test("with a battery of its own sends its voltage", () => {
    expect(valuesOf(read("400cbe0b", { name: "ATC_8D18B2" }))).toEqual({ battery_voltage: 3.006 });
    expect(valuesOf(read("400cbe0b"))).toEqual({ voltage: 3.006 });
  });
});

describe("an encrypted frame", () => {
  test("is authentic, and its counter is its number", () => {
    const found = read(sealTwo("0009015d", 0x45), { key });
    expect(found).toMatchObject({ isAuthentic: true, sequence: { value: 7, bits: 32 } });
    expect(found?.facts.sleepy).toBe(true);
    expect(valuesOf(found)).toEqual({ battery: 93 });
  });

  test("needs a key, and the right one", () => {
    for (const one of sealedCases) {
      const frame = advertisementOf(one);
      expect(decode(frame)).toMatchObject({ observations: [], problem: "key_needed" });
      const wrong = { observations: [], problem: "key_wrong" };
      expect(decode(frame, { key: Buffer.alloc(16, 1) })).toMatchObject(wrong);
      expect(decode(frame, { key: Buffer.alloc(12) })).toMatchObject(wrong);
      expect(decode(frame, { key: Buffer.alloc(0) })).toMatchObject(wrong);
    }
  });

  test("says nothing once a bit of it is another one", () => {
    assert(
      property(constantFrom(...sealedCases), nat(), (one, bit) => {
        const frame = advertisementOf(one);
        const [{ uuid, data } = { uuid: "", data: Buffer.alloc(0) }] = frame.serviceData;
        const from = uuid === "fcd2" ? 1 : 0;
        const at = bit % ((data.length - from) * 8);
        const changed = Buffer.from(data);
        const place = from + (at >> 3);
        changed.writeUInt8(changed.readUInt8(place) ^ (1 << (at & 7)), place);
        const found = decode(
          { ...frame, serviceData: [{ uuid, data: changed }] },
          { key: Buffer.from(one.key ?? "", "hex") },
        );
        expect(found).toMatchObject({ observations: [], problem: "key_wrong" });
        expect(found?.isAuthentic).toBeUndefined();
        expect(found?.events).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test("that is too short for counter, tag and an object is unreadable", () => {
    const short = { observations: [], problem: "unreadable" };
    expect(read("41ba0db07aeef600", { key })).toMatchObject(short);
    expect(read("fba435e4d3c312fb", { key, service: "181e" })).toMatchObject(short);
  });

  test("is authentic, and a plain one of a device whose key is known is not", () => {
    expect(read("4004138a01", { key })?.isAuthentic).toBeUndefined();
    expect(read("0404138a01", { key, service: "181c" })?.isAuthentic).toBeUndefined();
  });
});

describe("a truncated frame", () => {
  test.for(cases.map((one) => [one.id, one] as const))("of %s makes no value up", ([, one]) => {
    const frame = advertisementOf(one);
    const options = { key: one.key === undefined ? undefined : Buffer.from(one.key, "hex") };
    const told = JSON.stringify(decode(frame, options)?.observations.map(plainly));
    for (const { uuid, data } of frame.serviceData) {
      for (let length = 0; length < data.length; length++) {
        const cut = { uuid, data: data.subarray(0, length) };
        const found = bthome.decode({ ...frame, serviceData: [cut] }, options);
        for (const observation of found?.observations ?? []) {
          expect(told).toContain(JSON.stringify(plainly(observation)));
        }
      }
    }
  });

  /** The first of several has no part where it is alone. */
  function plainly({ facts: { is, part = "1" }, value }: Found["observations"][number]) {
    return { is, part, value };
  }
});
