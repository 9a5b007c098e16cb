import { describe, expect, it } from "vitest";
import { casesOf, found, read, values, wrongWhenCut } from "./sent-frames.ts";

const apple = 0x004c;
const uuid = "fda50693a4e24fb1afcfc6eb07647825";

describe("beacons that are cut off", () => {
  const formats = /^(?:ibeacon|altbeacon|eddystone-(?!url).*|theengs:(?:APPLE.*|GAEN))$/;
  it.for(casesOf(formats))("say nothing wrong: %s", ([, one]) => {
    expect(wrongWhenCut(one)).toEqual([]);
  });
});

describe("iBeacons", () => {
  it("are known by UUID and numbers wherever their address goes", () => {
    const frame = { company: [apple, `0215${uuid}00010002c5`] } as const;
    for (const address of ["aabbccddeeff", "5a1122334455"]) {
      const result = found({ ...frame, address });
      expect(result?.identity).toEqual(["ble-beacon", `${uuid}-1-2`]);
      expect(result?.decoder.isBeacon).toBe(true);
    }
    expect(read(frame)).toEqual({
      x_ibeacon_major: 1,
      x_ibeacon_minor: 2,
      x_ibeacon_measured_power: -59,
    });
  });

  it("may have the voltage of their battery where others have a power", () => {
    expect(read({ company: [apple, `0215${uuid}000100021e`] })).toMatchObject({
      battery_voltage: 3,
    });
  });

  it.for(["00", "04", "7f"])("tell nothing with a power of %s, which is neither", (power) => {
    expect(Object.keys(read({ company: [apple, `0215${uuid}00010002${power}`] }))).toEqual([
      "x_ibeacon_major",
      "x_ibeacon_minor",
    ]);
  });

  it("are not of another company, length or type", () => {
    expect(found({ company: [0x004d, `0215${uuid}00010002c5`] })).toBeUndefined();
    expect(found({ company: [apple, `0215${uuid}00010002c500`] })).toBeUndefined();
    expect(found({ company: [apple, `0315${uuid}00010002c5`] })).toBeUndefined();
  });
});

describe("AltBeacons", () => {
  it("are known by identifier and numbers, whoever made them", () => {
    const result = found({ company: [0x0118, `beac${uuid}000a0014c500`] });
    expect(result?.identity).toEqual(["ble-beacon", `${uuid}-10-20`]);
    expect(values(result)).toMatchObject({ x_altbeacon_measured_power: -59 });
  });

  it("begin with their code", () => {
    expect(found({ company: [0x0118, `beab${uuid}000a0014c500`] })).toBeUndefined();
  });
});

describe("Eddystone beacons", () => {
  const eddystone = (data: string) => found({ service: ["feaa", data] });

  it("are known by namespace and instance", () => {
    const result = eddystone("00e3123456789012346789010000000000010000");
    expect(result?.identity).toEqual(["ble-beacon", "12345678901234678901-000000000001"]);
  });

  it("may leave out the reserved bytes", () => {
    expect(eddystone("00e312345678901234678901000000000001")?.identity).toBeDefined();
  });

  it("spell addresses short", () => {
    const url = (hex: string) => values(eddystone(`10f8${hex}`))["x_eddystone_url"];
    expect(url("00676f6f676c6507")).toBe("http://www.google.com");
    expect(url("0167006162")).toBe("https://www.g.com/ab");
    expect(url("02610d")).toBe("http://a.gov");
  });

  it.for(["10f80461", "10f8026120", "10f802610e", "10f80261ff"])(
    "are refused with an address that cannot be: %s",
    (data) => {
      expect(eddystone(data)).toBeUndefined();
    },
  );

  it("say when they do not measure", () => {
    expect(values(eddystone("2000000080000000146700002ac4"))).toEqual({
      battery_voltage: null,
      temperature: null,
      uptime: 1094.8,
      x_eddystone_advertising_count: 5223,
    });
  });

  it("measure below zero", () => {
    expect(values(eddystone("20000b18fe800000146700002ac4"))).toMatchObject({ temperature: -1.5 });
  });

  it("encrypt what nobody reads without their clock", () => {
    expect(eddystone("2001414141414141414141414141deadbeff")).toMatchObject({
      problem: "unreadable",
      observations: [],
    });
  });

  it("have no other types and versions", () => {
    expect(eddystone("40e34549445f74657374")).toBeUndefined();
    expect(eddystone("20020b1847110000146700002ac4")).toBeUndefined();
  });
});

describe("Apple's devices", () => {
  const unlocked = (hex: string) => read({ company: [apple, hex] })["x_apple_unlocked"];

  it("say whether they are in use", () => {
    expect(unlocked("10050b1c93fbf5")).toBe(true);
    expect(unlocked("1005071c93fbf5")).toBe(false);
  });

  it("say more in the same frame", () => {
    expect(unlocked("0c03aabbcc10050b1c93fbf5")).toBe(true);
  });

  it("are watches with a lock of their own", () => {
    expect(unlocked("100500982068dd")).toBe(true);
    expect(unlocked("10050b182068dd")).toBe(false);
    expect(found({ company: [apple, "10050b182068dd"] })?.facts.model).toBe("Apple Watch");
  });

  it("are refused where the structures do not fill the frame", () => {
    expect(unlocked("10060b1c93fbf5")).toBeUndefined();
    expect(unlocked("10050b1c93fbf500")).toBeUndefined();
  });
});
