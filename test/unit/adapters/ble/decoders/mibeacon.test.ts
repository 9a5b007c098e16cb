import { createCipheriv } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mibeacon } from "../../../../../adapters/ble/decoders/mibeacon/index.ts";
import type { Decoded } from "../../../../../adapters/ble/decoders/decoder.ts";
import { advertisementOf, bleCases, type BleCase } from "../../../../support/ble-cases.ts";

const address = "a4c138010203";
const key = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const reversed = Buffer.from(Buffer.from(address, "hex").toReversed());

function decode(
  data: Buffer,
  options: { readonly key?: Buffer; readonly address?: string } = {},
): Decoded | undefined {
  return mibeacon.decode(
    {
      address: options.address ?? address,
      companyData: [],
      serviceUuids: [],
      serviceData: [{ uuid: "fe95", data }],
    },
    { key: options.key },
  );
}

/** A frame of version 5 without encryption. */
function plain(product: number, objects: string, control = 0x5040): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(control, 0);
  head.writeUInt16LE(product, 2);
  head.writeUInt8(7, 4);
  return Buffer.concat([head, Buffer.from(objects, "hex")]);
}

/** The same objects, encrypted as version 5 does. */
function sealed(product: number, objects: string, control = 0x5048): Buffer {
  const head = plain(product, "", control);
  const count = Buffer.from("010203", "hex");
  const nonce = Buffer.concat([reversed, head.subarray(2), count]);
  const text = Buffer.from(objects, "hex");
  const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 4 });
  cipher.setAAD(Buffer.from([0x11]), { plaintextLength: text.length });
  const secret = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([head, secret, count, cipher.getAuthTag()]);
}

/** Readings and events in a few words: `open=true`, `press on left`. */
function words(decoded: Decoded | undefined): readonly string[] {
  const { observations = [], events = [] } = decoded ?? {};
  return [
    ...observations.map(({ facts: { is, part }, value }) => {
      const shown = JSON.stringify(typeof value === "number" ? Number(value.toFixed(3)) : value);
      return `${is}${part === undefined ? "" : `.${part}`}=${shown.replaceAll('"', "")}`;
    }),
    ...events.map(({ action, part, steps }) =>
      [
        action,
        ...(part === undefined ? [] : ["on", part]),
        ...(steps ? [`${steps} steps`] : []),
      ].join(" "),
    ),
  ];
}

const product = {
  unknown: 0xfff0,
  YLKG07YL: 0x03b6,
  XMMF01JQD: 0x04e1,
  YLYK01YL: 0x0153,
  fanRemote: 0x068e,
  bathRemote: 0x03bf,
  YLAI003: 0x07bf,
  K9B1: 0x1568,
  K9B2: 0x1569,
  K9B3: 0x0dfd,
  K9BB: 0x1c10,
  KS1: 0x3a61,
  XMWXKG01YL: 0x1949,
  display: 0x64c5,
  DSLC08: 0x0380,
  ZNMS17LM: 0x069f,
  LYWSDCGQ: 0x01aa,
  LYWSD03MMC: 0x055b,
  MJYD02YL: 0x07f6,
  HHCCJCY01: 0x0098,
  kettle: 0x0113,
  W505: 0x0391,
  toothbrush: 0x0806,
  SJWS01LM: 0x0863,
  SJWS02LM: 0x6375,
  XMOSB01XS: 0x4683,
  ES3: 0x50fb,
  S200: 0x45c9,
  S400: 0x4b05,
  bed: 0x20db,
  band: 0x59fa,
  MS1BB: 0x1889,
  magnet: 0x78d1,
} as const;

const described: readonly (readonly [object: string, name: keyof typeof product, says: string])[] =
  [
    ["03000101", "LYWSDCGQ", "motion=true"],
    [
      "0600050000000003",
      "ZNMS17LM",
      "x_xiaomi_fingerprint_matches=false, x_xiaomi_fingerprint_result=low_quality, x_xiaomi_key_id=administrator, other on fingerprint",
    ],
    ["07000100", "ZNMS17LM", "open=true, x_xiaomi_door_stuck=false"],
    ["07000103", "ZNMS17LM", "open=false, other on knock"],
    ["07000104", "ZNMS17LM", "open=true, tamper=true"],
    ["08000101", "ZNMS17LM", "x_xiaomi_armed=true, arm_away"],
    ["080005007c442f61", "ZNMS17LM", "x_xiaomi_armed=false, disarm"],
    [
      "08000101",
      "DSLC08",
      "x_xiaomi_armed=true, locked=true, x_xiaomi_lock_method=manual, arm_away, other on lock",
    ],
    ["0900020100", "XMMF01JQD", "shake"],
    ["0a0002750d", "W505", "temperature=34.45"],
    ["0a00020000", "W505", "temperature=null"],
    [
      "0b000920020001807c442f61",
      "ZNMS17LM",
      "locked=false, x_xiaomi_lock_action=unlock_outside_the_door, x_xiaomi_lock_method=biometrics, x_xiaomi_key_id=2, other on lock",
    ],
    [
      "0b0009a5000000007c442f61",
      "ZNMS17LM",
      "locked=true, x_xiaomi_lock_action=lock_inside_the_door, x_xiaomi_lock_method=manual, x_xiaomi_key_id=administrator, other on lock",
    ],
    [
      "0b0009a6000000007c442f61",
      "ZNMS17LM",
      "x_xiaomi_childlock=true, x_xiaomi_lock_action=turn_on_child_lock, x_xiaomi_lock_method=manual, x_xiaomi_key_id=administrator, other on lock",
    ],
    [
      "0b0009ff0300dec07c442f61",
      "ZNMS17LM",
      "x_xiaomi_lock_action=abnormal, x_xiaomi_lock_method=abnormal, other on lock, other on error",
    ],
    ["0c000101", "unknown", "water_leak=true"],
    ["0d000102", "unknown", "smoke=false, problem=true"],
    ["0e000101", "unknown", "gas_alarm=true, problem=false"],
    ["0f0003640000", "MJYD02YL", "motion=true, light_detected=true"],
    ["0f0003000200", "unknown", "motion=true, illuminance=512"],
    ["1000020146", "toothbrush", "running=false, x_xiaomi_score=70"],
    ["11000102", "unknown", "press on bell"],
    ["120003e80300", "unknown", "weight=1"],
    ["011003000002", "YLAI003", "long_press"],
    ["011003000003", "YLAI003", "triple_press"],
    ["011003020000", "unknown", "press on 2"],
    ["011003050002", "YLYK01YL", "long_press on minus"],
    ["011003010000", "YLYK01YL", "onoff=false, press on off"],
    ["011003020000", "fanRemote", "press on wind_speed"],
    ["011003080002", "bathRemote", "long_press on heat"],
    ["011003000003", "YLKG07YL", "press"],
    ["011003010203", "YLKG07YL", "long_press"],
    ["01100300fe04", "YLKG07YL", "rotate_left 2 steps"],
    ["011003030004", "YLKG07YL", "rotate_right on pressed 3 steps"],
    ["011003fd0004", "YLKG07YL", "rotate_left on pressed 3 steps"],
    ["011003000000", "XMMF01JQD", "rotate_right"],
    ["011003000001", "K9B1", "long_press"],
    ["011003010002", "K9B2", "double_press on right"],
    ["011003050000", "K9B3", "press on left, press on right"],
    ["0410029cff", "LYWSDCGQ", "temperature=-10"],
    ["051002015f", "kettle", "onoff=true, temperature=95"],
    ["061002e803", "LYWSD03MMC", "humidity=100"],
    ["061002e903", "LYWSD03MMC", "humidity=null"],
    ["071003640000", "MJYD02YL", "light_detected=true"],
    ["071003640000", "HHCCJCY01", "illuminance=100"],
    ["08100165", "HHCCJCY01", "soil_moisture=null"],
    ["09100264 00", "HHCCJCY01", "conductivity=100"],
    ["0a100164", "HHCCJCY01", "battery=100, battery_voltage=3.1"],
    ["0a100164", "toothbrush", "battery=100"],
    ["0d1004fb00f401", "LYWSDCGQ", "temperature=25.1, humidity=50"],
    ["0e100109", "ZNMS17LM", "locked=true, x_xiaomi_childlock=true"],
    ["0f1001ff", "unknown", "open=null"],
    ["1010021000", "unknown", "formaldehyde=160"],
    ["1d10021000", "unknown", "formaldehyde=16"],
    ["12100100", "unknown", "onoff=false"],
    ["13100163", "unknown", "x_xiaomi_consumable=99"],
    ["14100101", "SJWS01LM", "water_leak=true"],
    ["15100100", "unknown", "smoke=false, problem=false"],
    ["16100101", "unknown", "gas_alarm=true"],
    ["17100478000000", "unknown", "motion=false, x_xiaomi_no_motion_time=120"],
    ["18100101", "unknown", "light_detected=true"],
    ["19100102", "unknown", "open=true, x_xiaomi_door_left_open=true"],
    ["1a1002f401", "unknown", "weight=0.5"],
    ["1b100101", "unknown", "motion=false"],
    ["1b100478000000", "unknown", "motion=false"],
    ["033006 00 2b5d9d64 05", "toothbrush", "running=true, x_xiaomi_score=5"],
    ["01200410270100", "unknown", "x_xiaomi_steps=10000, x_xiaomi_asleep=true"],
    ["01480400004841", "ES3", "temperature=12.5"],
    ["014804000000c0", "ES3", "temperature=-2"],
    ["0148040000c07f", "ES3", "temperature=null"],
    ["06480101", "SJWS02LM", "water_leak.bottom=true"],
    ["7b480101", "SJWS02LM", "water_leak.top=true"],
    ["684a0103", "SJWS02LM", "water_leak.top=false"],
    ["0c480100", "magnet", "open=true"],
    ["1848021e00", "MS1BB", "motion=true, x_xiaomi_no_motion_time=30"],
    ["4e480102", "XMOSB01XS", "occupancy=false"],
    ["4e480102", "ES3", "occupancy=true"],
    ["51480105", "ES3", "x_xiaomi_duration_detected=5"],
    ["5248040a000000", "ES3", "x_xiaomi_duration_cleared=10"],
    ["4f480102", "ES3", "occupancy=false, x_xiaomi_no_motion_time=120"],
    ["014a0101", "MS1BB", "battery_low=true"],
    ["0f4a0101", "MS1BB", "open=true, tamper=true"],
    ["0c4a00", "MS1BB", "press"],
    ["0c4e0103", "XMWXKG01YL", "press on left, press on right"],
    ["0d4e0102", "XMWXKG01YL", "double_press on right"],
    ["0c4e010f", "K9BB", "double_press"],
    ["0e4e0103", "display", "long_press on 3"],
    ["0c560104", "KS1", "press on right"],
    ["164e090151180000 00000000", "S200", "weight=62.25, x_xiaomi_profile_id=1"],
    ["164e0101", "bed", "occupancy=true"],
    ["165a0102", "bed", "occupancy=false"],
    ["11500101", "bed", "x_xiaomi_snoring=true"],
    [
      "166e0901bb52e153 00000000",
      "S400",
      "x_xiaomi_profile_id=1, weight=69.9, x_xiaomi_heart_rate=92, x_xiaomi_impedance_low=536.8, x_xiaomi_stabilized=false",
    ],
    [
      "166e0901 0000c04d 00000000",
      "S400",
      "x_xiaomi_profile_id=1, x_xiaomi_impedance_high=497.6, x_xiaomi_stabilized=true",
    ],
    ["166e090100000000 00000000", "S400", "x_xiaomi_profile_id=1, x_xiaomi_stabilized=false"],
    ["22540100", "band", "charging=true, x_xiaomi_charging_state=charging"],
  ];

describe("objects of MiBeacon", () => {
  it.for(described)("%s of %s says %s", ([object, name, says]) => {
    const hex = object.replaceAll(" ", "");
    const isSpec = Number.parseInt(hex.slice(2, 4), 16) >= 0x40;
    const frame = isSpec ? sealed(product[name], hex) : plain(product[name], hex);
    expect(words(decode(frame, { key }))).toEqual(says.split(", "));
  });

  it("tells when a motion is over that nobody ends", () => {
    expect(decode(plain(0x03dd, "03000101"))?.passing).toEqual([{ is: "motion", afterS: 180 }]);
  });

  it("reads all objects of a frame", () => {
    expect(words(decode(plain(product.LYWSDCGQ, "0410020a000610026400")))).toEqual([
      "temperature=1",
      "humidity=10",
    ]);
  });

  it("refuses an object of another length than its own", () => {
    expect(decode(plain(product.LYWSDCGQ, "0410030a0000"))).toMatchObject({
      observations: [],
      problem: "unreadable",
    });
  });

  it("reads numbers of the MIoT specification of known products only", () => {
    const frame = sealed(product.unknown, "01480400004841");
    expect(decode(frame, { key })).toMatchObject({ observations: [], problem: "unreadable" });
  });

  it("leaves a product alone that it does not know and whose objects it does not know", () => {
    expect(decode(plain(product.unknown, "7f7f0100"))).toBeUndefined();
    expect(decode(plain(product.LYWSDCGQ, "7f7f0100"))?.problem).toBe("unreadable");
  });

  it("takes no press from a product without a button", () => {
    expect(decode(sealed(product.LYWSDCGQ, "0d5600"), { key })?.events).toBeUndefined();
  });
});

describe("frames of MiBeacon", () => {
  const object = "0410020a00";

  it("knows the model, the maker and that it sleeps", () => {
    expect(decode(plain(product.LYWSDCGQ, object))?.facts).toEqual({
      manufacturer: "Xiaomi",
      model: "LYWSDCGQ",
      sleepy: true,
    });
    expect(decode(plain(product.kettle, "0510020150"))?.facts.sleepy).toBeUndefined();
  });

  it("skips the capability and its two bytes of input and output", () => {
    expect(words(decode(plain(product.LYWSDCGQ, `08${object}`, 0x5060)))).toEqual([
      "temperature=1",
    ]);
    expect(words(decode(plain(product.LYWSDCGQ, `28ffff${object}`, 0x5060)))).toEqual([
      "temperature=1",
    ]);
  });

  it("counts its messages, with encryption in four bytes", () => {
    expect(decode(plain(product.LYWSDCGQ, object))?.sequence).toEqual({ value: 7, bits: 8 });
    expect(decode(sealed(product.LYWSDCGQ, object), { key })?.sequence).toEqual({
      value: 0x0302_0107,
      bits: 32,
    });
  });

  it.for([
    ["of a mesh", 0x50c0],
    ["of version 1", 0x1040],
    ["of version 6", 0x6040],
    ["without an object", 0x5000],
  ] as const)("refuses a frame %s", ([, control]) => {
    expect(decode(plain(product.LYWSDCGQ, object, control))).toBeUndefined();
  });

  it("refuses a frame that another device sends on", () => {
    const own = plain(product.LYWSDCGQ, reversed.toString("hex") + object, 0x5050);
    expect(words(decode(own))).toEqual(["temperature=1"]);
    expect(decode(own, { address: "a4c138010204" })).toBeUndefined();
  });

  it("reads the data of the company where it names product and address", () => {
    const frame = plain(product.LYWSDCGQ, reversed.toString("hex") + object, 0x5050);
    const heard = (data: Buffer) =>
      mibeacon.decode(
        { address, companyData: [{ company: 0x038f, data }], serviceData: [], serviceUuids: [] },
        {},
      );
    expect(words(heard(frame))).toEqual(["temperature=1"]);
    expect(heard(plain(product.LYWSDCGQ, object))).toBeUndefined();
  });

  it("sees that nobody stands on a body scale that says nothing", () => {
    expect(words(decode(plain(product.S400, "", 0x5000)))).toEqual(["x_xiaomi_stabilized=false"]);
  });
});

describe("encrypted frames of MiBeacon", () => {
  const frame = sealed(product.ES3, "05480400002d43");
  const secretFrom = 4;

  it("is authentic with its key", () => {
    expect(decode(frame, { key })).toMatchObject({ isAuthentic: true });
    expect(words(decode(frame, { key }))).toEqual(["illuminance=173"]);
  });

  it("needs its key", () => {
    expect(decode(frame)).toMatchObject({ observations: [], problem: "key_needed" });
    expect(decode(sealed(product.unknown, "0410020a00"))).toBeUndefined();
  });

  it.for([16, 12, 15, 0, 32])("refuses another key of %i bytes", (length) => {
    const other = Buffer.alloc(length, 0x5a);
    expect(decode(frame, { key: other })).toMatchObject({ observations: [], problem: "key_wrong" });
  });

  it("says nothing where a bit of it is another one", () => {
    fc.assert(
      fc.property(fc.integer({ min: secretFrom * 8, max: frame.length * 8 - 1 }), (bit) => {
        const changed = flipped(frame, bit);
        expect(decode(changed, { key })).toMatchObject({ observations: [], problem: "key_wrong" });
      }),
    );
  });

  it("says nothing where it is longer or another address sends it", () => {
    const longer = Buffer.concat([frame, Buffer.from([0])]);
    expect(decode(longer, { key })?.problem).toBe("key_wrong");
    expect(decode(frame, { key, address: "a4c138010204" })?.problem).toBe("key_wrong");
  });
});

describe("frames of MiBeacon in the old encryption", () => {
  const dimmer = "f82441c5988b";
  const oldKey = Buffer.from("b853075158487ca39a5b5ea9", "hex");
  const pressed = Buffer.from("5830b603d28b98c54124f8c3491476757e00000099", "hex");
  const turned = Buffer.from("5830b603368b98c54124f88bb8f2661351000000d6", "hex");
  const read = (data: Buffer, with_: Buffer | undefined = oldKey) =>
    decode(data, { address: dimmer, ...(with_ && { key: with_ }) });

  it("reads a press and a turn", () => {
    expect(words(read(pressed))).toEqual(["press"]);
    expect(words(read(turned))).toEqual(["rotate_left 1 steps"]);
    expect(read(turned)).toMatchObject({ isAuthentic: true, sequence: { value: 0x36, bits: 32 } });
  });

  it("takes the whole key as well as the short one", () => {
    const whole = Buffer.from("b853075158488d3d3c977ca39a5b5ea9", "hex");
    expect(words(read(pressed, whole))).toEqual(["press"]);
  });

  it("needs its key", () => {
    expect(decode(pressed, { address: dimmer })).toMatchObject({
      observations: [],
      problem: "key_needed",
    });
  });

  it.for([12, 16, 11, 0])("refuses another key of %i bytes", (length) => {
    expect(read(pressed, Buffer.alloc(length, 0x5a))).toMatchObject({
      observations: [],
      problem: "key_wrong",
    });
  });

  it.for([pressed, turned])("says nothing where a bit of it is another one", (frame) => {
    const afterAddress = 11;
    for (let bit = afterAddress * 8; bit < frame.length * 8; bit++) {
      expect(read(flipped(frame, bit))).toMatchObject({ observations: [], problem: "key_wrong" });
    }
  });
});

describe("cut off frames of MiBeacon", () => {
  const cases = bleCases.filter(
    ({ format, serviceData }) => format.startsWith("mibeacon") && serviceData?.["fe95"],
  );

  it.for(cases.map((one) => [one.id, one] as const))(
    "%s says nothing that it does not say whole",
    ([, one]) => {
      const whole = wordsOfPart(one, undefined);
      const length = (one.serviceData?.["fe95"] ?? "").length / 2;
      for (let end = 0; end < length; end++) {
        expect(whole).toEqual(expect.arrayContaining([...wordsOfPart(one, end)]));
      }
    },
  );
});

function flipped(frame: Buffer, bit: number): Buffer {
  const changed = Buffer.from(frame);
  const at = Math.floor(bit / 8);
  changed.writeUInt8((frame[at] ?? 0) ^ (1 << (bit % 8)), at);
  return changed;
}

function wordsOfPart(one: BleCase, end: number | undefined): readonly string[] {
  const frame = advertisementOf(one);
  const ownKey = one.key === undefined ? undefined : Buffer.from(one.key, "hex");
  const serviceData = frame.serviceData.map(({ uuid, data }) => ({
    uuid,
    data: uuid === "fe95" ? data.subarray(0, end) : data,
  }));
  return words(mibeacon.decode({ ...frame, serviceData }, { key: ownKey }));
}
