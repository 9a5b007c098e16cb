import { createCipheriv } from "node:crypto";
import { assert, constantFrom, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, type Found } from "../../../../../adapters/ble/decoders/index.ts";
import { advertisementOf, bleCases } from "../../../../support/ble-cases.ts";

const cases = bleCases.filter(({ serviceData }) => {
  const services = Object.keys(serviceData ?? {});
  return services.length === 1 && services[0] === "181a";
});
const key = Buffer.from("b9ea895fac7eea6d30532432a516f3a3", "hex");
const xiaomi = "a4c1388d18b2";

/** Rounded as floating-point numbers are. */
function near(value: number): unknown {
  return expect.closeTo(value, 6);
}

interface Sender {
  readonly address?: string;
  readonly name?: string;
  readonly key?: Buffer;
}

function read(hex: string, { address = xiaomi, name, key: known }: Sender = {}) {
  const serviceData = [{ uuid: "181a", data: Buffer.from(hex, "hex") }];
  const frame = { address, companyData: [], serviceData, serviceUuids: [] };
  return decode(name === undefined ? frame : { ...frame, localName: name }, { key: known });
}

function valuesOf(found: Found | undefined): Record<string, unknown> {
  const entries: [string, unknown][] = (found?.observations ?? []).map(
    ({ facts: { is }, value }) => [is, value],
  );
  return Object.fromEntries<unknown>(entries);
}

/** As the firmware encrypts what it measures. */
function seal(measured: string, counter: number, address = xiaomi): string {
  const length = measured.length / 2 + 5;
  const reversed = Buffer.from(address, "hex").toReversed();
  const nonce = Buffer.from([...reversed, length + 3, 0x16, 0x1a, 0x18, counter]);
  const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 4 });
  cipher.setAAD(Buffer.from([0x11]), { plaintextLength: measured.length / 2 });
  const sealed = cipher.update(Buffer.from(measured, "hex"));
  cipher.final();
  return Buffer.concat([Buffer.from([counter]), sealed, cipher.getAuthTag()]).toString("hex");
}

describe("the firmware of atc1441", () => {
  test("sends the address as it is written", () => {
    const found = read("a4c1388d18b2ffd33e510b7b62");
    expect(found).toMatchObject({
      facts: { model: "ATC_MiThermometer", sleepy: true },
      sequence: { value: 0x62, bits: 8 },
    });
    expect(valuesOf(found)).toEqual({
      temperature: near(-4.5),
      humidity: 62,
      battery: 81,
      battery_voltage: near(2.939),
    });
  });

  test("encrypts half degrees and half percents", () => {
    const found = read(seal("816ee3", 9), { key });
    expect(found).toMatchObject({ isAuthentic: true, sequence: { value: 9, bits: 8 } });
    expect(valuesOf(found)).toEqual({
      temperature: 24.5,
      humidity: 55,
      battery: 99,
      x_pvvx_trigger_output: true,
    });
  });
});

describe("the firmware of pvvx", () => {
  test("sends the address the other way round, with its input and output", () => {
    const found = read("b2188d38c1a42b089011f70a43200f");
    expect(found).toMatchObject({ sequence: { value: 0x20, bits: 8 } });
    expect(valuesOf(found)).toEqual({
      temperature: near(20.91),
      humidity: near(44.96),
      battery_voltage: near(2.807),
      battery: 67,
      input: true,
      x_pvvx_trigger_output: true,
    });
  });

  test("sends no output that it does not control, and none from boards without", () => {
    expect(valuesOf(read("b2188d38c1a42b089011f70a432002"))).not.toHaveProperty(
      "x_pvvx_trigger_output",
    );
    const bare = valuesOf(read("b2188d38c1a42b089011f70a4320"));
    expect(bare).toMatchObject({ battery: 67 });
    expect(bare).not.toHaveProperty("input");
  });

  test.for([
    ["CGG_1233DC", { manufacturer: "Qingping", model: "CGG1" }],
    ["CGDK2_1233DC", { manufacturer: "Qingping", model: "CGDK2" }],
    ["MHO_SAL", { manufacturer: "Miaomiaoce", model: "MHO-C401" }],
    ["LYWSD03MMC", { manufacturer: "Xiaomi", model: "LYWSD03MMC" }],
    ["ATC_8D18B2", { model: "ATC_MiThermometer" }],
  ] as const)("on a board that is called %s", ([name, facts]) => {
    expect(read("b2188d38c1a42b089011f70a43200f", { name })?.facts).toEqual({
      ...facts,
      sleepy: true,
    });
  });

  test("is read where a system hides the address, if the name says what it is", () => {
    const sender = { address: "112233445566", name: "ATC_8D18B2" };
    expect(valuesOf(read("b2188d38c1a42b089011f70a43200f", sender))).toMatchObject({ battery: 67 });
  });
});

describe("a frame of somebody else", () => {
  test.for([
    ["another address", "b2188d38c1a52b089011f70a43200f"],
    ["ATC's with another address", "a4c1388d18b3ffd33e510b7b62"],
    ["a longer one", "b2188d38c1a42b089011f70a43200f00"],
    ["none", ""],
  ] as const)("is left alone: %s", ([, hex]) => {
    expect(read(hex)).toBeUndefined();
  });

  test("is left alone that is no more than an address", () => {
    for (const hex of [xiaomi, "b2188d38c1a4", "582d341233dc", "dc3312342d58"]) {
      expect(read(hex, { name: "ATC_8D18B2" })).toBeUndefined();
    }
    expect(valuesOf(read("9c0902116404", { name: "ATC_8D18B2" }))).toMatchObject({ battery: 100 });
  });

  test("is left alone where only an encrypted length fits", () => {
    const stranger = { address: "112233445566" };
    expect(read("11d603fbfa7b6dfb1e26fd", stranger)).toBeUndefined();
    expect(read("11d603fbfa7b6dfb", stranger)).toBeUndefined();
    expect(read("9c0902116404", stranger)).toBeUndefined();
  });
});

test.for([
  ["humidity", "b2188d38c1a42b081227f70a43200f"],
  ["battery", "b2188d38c1a42b089011f70aff200f"],
  ["temperature", "b2188d38c1a400809011f70a43200f"],
  ["humidity of ATC", "a4c1388d18b200e665510b7b62"],
] as const)("an impossible %s makes the frame unreadable", ([, hex]) => {
  expect(read(hex)).toMatchObject({ observations: [], problem: "unreadable" });
});

describe("an encrypted frame", () => {
  const frames = ["11d603fbfa7b6dfb1e26fd", seal("816ee3", 9)];

  test("needs a key, and the right one", () => {
    for (const hex of frames) {
      expect(read(hex)).toMatchObject({ observations: [], problem: "key_needed" });
      const wrong = { observations: [], problem: "key_wrong" };
      expect(read(hex, { key: Buffer.alloc(16, 1) })).toMatchObject(wrong);
      expect(read(hex, { key: key.subarray(1) })).toMatchObject(wrong);
      expect(read(hex, { key, address: "a4c1388d18b3" })).toMatchObject(wrong);
    }
  });

  test("says nothing once a bit of it is another one", () => {
    assert(
      property(constantFrom(...frames), nat(), (hex, bit) => {
        const changed = Buffer.from(hex, "hex");
        const at = bit % (changed.length * 8);
        changed.writeUInt8(changed.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
        const found = read(changed.toString("hex"), { key });
        expect(found).toMatchObject({ observations: [], problem: "key_wrong" });
      }),
      { numRuns: 300 },
    );
  });
});

describe("b-parasite", () => {
  const address = "f0caf0ca0201";
  const frame = "110b0aa1542cbca1fffff0caf0ca02010042";

  test("has 0 to 100 % in 16 bits, and the temperature as its version says", () => {
    expect(valuesOf(read(frame, { address }))).toEqual({
      temperature: near(21.548),
      humidity: near(73.684_291),
      soil_moisture: near(100),
      battery_voltage: near(2.721),
      illuminance: 66,
    });
    const cold = read("20c30b86fe0ca6666b85f0caf0ca0201", { address });
    expect(valuesOf(cold)).toMatchObject({ temperature: -5 });
  });

  test.for([
    ["of another version", "310b0aa1542cbca1fffff0caf0ca02010042"],
    ["that says it has no light sensor", "100b0aa1542cbca1fffff0caf0ca02010042"],
    ["that says it has one", "110b0aa1542cbca1fffff0caf0ca0201"],
    ["with another address", "110b0aa1542cbca1fffff0caf0ca02020042"],
    ["that is too long", `${frame}00`],
  ] as const)("leaves a frame alone %s", ([, hex]) => {
    expect(read(hex, { address })).toBeUndefined();
  });
});

test.for(cases.map((one) => [one.id, one] as const))("%s says nothing cut off", ([, one]) => {
  const whole = advertisementOf(one);
  const options = { key: one.key === undefined ? undefined : Buffer.from(one.key, "hex") };
  for (const { uuid, data } of whole.serviceData) {
    for (let length = 0; length < data.length; length++) {
      const cut = { ...whole, serviceData: [{ uuid, data: data.subarray(0, length) }] };
      const observed = decode(cut, options)?.observations ?? [];
      const told = decode(whole, options)?.observations ?? [];
      expect(told).toEqual(expect.arrayContaining([...observed]));
    }
  }
});
