import { describe, expect, it } from "vitest";
import { casesOf, found, read, values, wrongWhenCut } from "./sent-frames.ts";

describe("thermometers and monitors of air that are cut off", () => {
  const formats =
    /^(?:sensorpush|thermobeacon|theengs:WS02.*|bluemaestro|theengs:TD\din1|sensirion|theengs:S(?:CD|HT)4X|theengs:ARANET4|smartdry|theengs:SDLS)$/;
  it.for(casesOf(formats))("say nothing wrong: %s", ([, one]) => {
    expect(wrongWhenCut(one)).toEqual([]);
  });
});

describe("SensorPush's thermometers", () => {
  const serviceUuids = ["ef09000011d642ba93b89dd7ec090ab0"];
  const push = (hex: string) =>
    found({
      serviceUuids,
      company: [Buffer.from(hex, "hex").readUInt16LE(0), hex.slice(4)],
    });

  it("pack temperature, humidity and pressure into one number", () => {
    const result = push("00b6c5c297b6".padEnd(14, "0"));
    expect(result?.facts.model).toBe("HTP.xw");
    const packed = (25 + 40) / 0.0025 + 72_001 * (50 / 0.0025 + 40_001 * (101_325 - 30_000));
    const data = Buffer.alloc(7);
    data.writeUIntLE(packed, 1, 6);
    expect(values(push(data.toString("hex")))).toEqual({
      temperature: 25,
      humidity: 50,
      pressure: 1013.25,
    });
  });

  it("fill the number exactly: what is beyond is none of theirs", () => {
    expect(push("04ffffffff")).toBeUndefined();
    expect(push("08ffffffff")).toBeUndefined();
  });

  it("have other pages, which tell no values", () => {
    expect(push("059ac9a546")).toBeUndefined();
  });

  it("are known by name as well", () => {
    const company = [0x9a04, "c9a546"] as const;
    expect(read({ localName: "SensorPush HT.w 0CA1", company })).toMatchObject({
      humidity: 44.895,
    });
    expect(found({ company })).toBeUndefined();
  });

  it("are HT1 only with the mark of one", () => {
    const first = { localName: "s", serviceUuids: ["ef09000011d642ba93b89dd7ec090aa9"] };
    expect(read({ ...first, company: [0x080d, "6205"] })).toEqual({
      temperature: 13.897,
      humidity: 56.8967,
    });
    expect(found({ ...first, company: [0x080d, "6209"] })).toBeUndefined();
  });
});

describe("ThermoBeacons", () => {
  const serviceUuids = ["fff0"];
  const beacon = (company: number, data: string) =>
    read({ serviceUuids, company: [company, data] });

  it("are of many kinds", () => {
    for (const kind of [0x10, 0x11, 0x14, 0x15, 0x18, 0x1b, 0x30]) {
      expect(beacon(kind, "00009c0d0000fe44e40cc501870217000000")).toMatchObject({
        temperature: 28.3125,
        humidity: 40.4375,
        battery_voltage: 3.3,
        battery: 100,
        uptime: 23,
        x_thermobeacon_button: false,
      });
    }
  });

  it("measure below zero, and tell that the button is held", () => {
    expect(beacon(0x11, "00809c0d0000fe44280af0ff870217000000")).toMatchObject({
      temperature: -1,
      battery: 60,
      x_thermobeacon_button: true,
    });
  });

  it.for([
    ["2750 mV", "be0a", 75],
    ["2550 mV", "f609", 50],
    ["2475 mV", "ab09", 30],
    ["2400 mV", "6009", 0],
  ] as const)("say the charge of %s", ([, voltage, battery]) => {
    const data = `00009c0d0000fe44${voltage}c501870217000000`;
    expect(beacon(0x11, data)).toMatchObject({ battery });
  });

  it("are refused with what no air is", () => {
    expect(beacon(0x11, "00009c0d0000fe44450cc501510617000000")).toEqual({});
    expect(beacon(0x10, "6100160000acfa2f0b26014703a7e71200c0")).toEqual({});
  });

  it("are told from others with the number of their company", () => {
    const company = [0x10, "00009c0d0000fe44e40cc501870217000000"] as const;
    expect(found({ company })).toBeUndefined();
    expect(found({ company, address: "44fe00000d9c" })).toBeDefined();
    expect(found({ company, localName: "ThermoBeacon" })).toBeDefined();
  });
});

describe("Blue Maestro's discs", () => {
  const disc = (data: string) => found({ company: [0x0133, data] });

  it("may say the extremes of past days in the same frame", () => {
    const extremes = "010d02ab00f201f2010d02ab00f201f200ff024e0000000000";
    expect(values(disc(`17640e10000200f201f200830100${extremes}`))).toEqual({
      battery: 100,
      temperature: 24.2,
      humidity: 49.8,
      dew_point: 13.1,
    });
  });

  it("say the pressure in place of the dew point", () => {
    expect(values(disc("1b3a0e10061e00df02f727970100"))).toMatchObject({ pressure: 1013.5 });
  });

  it("are pebbles, in the other order of bytes", () => {
    const result = disc(`01c800eb00b4003cf503${"00".repeat(8)}`);
    expect(result?.facts.model).toBe("Pebble");
    expect(values(result)).toEqual({ temperature: 23.5, humidity: 60, pressure: 1013 });
  });

  it.for([
    ["a humidity over 100 %", "17640e10000200f203e900830100"],
    ["a battery over 100 %", "17650e10000200f201f200830100"],
    ["a type that nobody has described", "2a640e10000200f201f200830100"],
    ["another length", "17640e10000200f201f20083010000"],
  ])("are refused with %s", ([, data = ""]) => {
    expect(disc(data)).toBeUndefined();
  });
});

describe("Sensirion's gadgets", () => {
  const gadget = (type: string, ...raw: readonly number[]) => {
    const data = Buffer.alloc(2 * raw.length);
    for (const [n, value] of raw.entries()) data.writeUInt16LE(value, 2 * n);
    return read({ company: [0x06d5, `00${type}e2e7${data.toString("hex")}`] });
  };
  const air = [26_214, 32_768] as const;

  it("say many things by their type", () => {
    expect(gadget("03", ...air, 110, 0)).toMatchObject({ voc_index: 110 });
    expect(gadget("04", ...air)).toEqual({ temperature: 25, humidity: 50.0008 });
    expect(gadget("0c", ...air, 500, 655)).toMatchObject({ co2: 500, pm25: 9.9947 });
    expect(gadget("0e", ...air, 50)).toMatchObject({ formaldehyde: 12.28 });
    expect(gadget("10", ...air, 90, 655)).toMatchObject({ voc_index: 90, pm25: 9.9947 });
    expect(gadget("14", ...air, 500, 90, 655, 50)).toMatchObject({ formaldehyde: 12.28, co2: 500 });
    expect(gadget("16", ...air, 90, 2)).toMatchObject({ x_sensirion_nox_index: 2 });
    expect(gadget("18", ...air, 90, 2, 123)).toMatchObject({ pm25: 12.3 });
    expect(gadget("1a", ...air, 500, 90, 2, 123)).toMatchObject({ co2: 500, pm25: 12.3 });
    expect(gadget("1c", ...air, 500, 123)).toMatchObject({ co2: 500, pm25: 12.3 });
    expect(gadget("1e", ...air, 90, 123)).toMatchObject({ voc_index: 90, pm25: 12.3 });
    expect(gadget("20", ...air, 500, 90, 123, 50)).toMatchObject({ pm25: 12.3 });
    expect(gadget("22", 11, 22, 33, 44)).toEqual({ pm1: 1.1, pm25: 2.2, pm4: 3.3, pm10: 4.4 });
    expect(gadget("24", 500)).toEqual({ co2: 500 });
    expect(gadget("26", 64, 26_214)).toMatchObject({ x_sensirion_air_velocity: 1 });
    expect(gadget("28", ...air, 250, 1013)).toMatchObject({ x_sensirion_hydrogen: 2.5 });
    expect(gadget("2a", ...air, 123)).toMatchObject({ pm25: 12.3 });
    expect(gadget("2c", ...air, 50, 90, 2, 123)).toMatchObject({ pm25: 12.3 });
  });

  it("cut off a humidity beyond either end", () => {
    expect(gadget("06", 26_214, 0)).toMatchObject({ humidity: 0 });
    expect(gadget("06", 26_214, 0xffff)).toMatchObject({ humidity: 100 });
  });

  it("have no value with all bits set", () => {
    expect(gadget("0a", ...air, 0xffff)).toMatchObject({ co2: null });
    expect(gadget("16", ...air, 0xffff, 0xffff)).toMatchObject({ x_sensirion_nox_index: null });
  });

  it("have no other types", () => {
    expect(gadget("05", ...air, 1, 1, 1)).toEqual({});
    expect(found({ company: [0x06d5, "ff00e2e766660080"] })).toBeUndefined();
  });

  it("are named by their model, or by their owner", () => {
    const company = [0x06d5, "0006e2e72b3e6891"] as const;
    expect(found({ company, localName: "SHT41 Gadget" })?.facts.model).toBe("SHT41 Gadget");
    expect(found({ company, localName: "Cellar" })?.facts.model).toBe("SHT4x");
  });
});

describe("Aranet's monitors", () => {
  const monitor = (data: string) => found({ company: [0x0702, data] });

  it("are an Aranet4", () => {
    const result = monitor("210503010005000143049f018b27350c023c00100055");
    expect(result).toMatchObject({
      facts: { model: "Aranet4", firmware: "1.3.5" },
      sequence: { value: 0x55, bits: 8 },
    });
    expect(values(result)).toEqual({
      co2: 1091,
      temperature: 20.75,
      pressure: 1012.3,
      humidity: 53,
      battery: 12,
      x_aranet_status: "yellow",
    });
  });

  it("are an Aranet2", () => {
    const result = monitor("01210404010000000000990100000a02003b097800520064");
    expect(result?.facts).toMatchObject({ model: "Aranet2", firmware: "1.4.4" });
    expect(values(result)).toEqual({
      temperature: 20.45,
      humidity: 52.2,
      battery: 59,
      x_aranet_humidity_status: "under",
      x_aranet_temperature_status: "over",
    });
  });

  it("measure radiation", () => {
    expect(values(monitor("022126040100d03300006c60060082000063002c01580072"))).toEqual({
      x_aranet_radiation_rate: 130,
      x_aranet_radiation_total: 13_264,
      x_aranet_radiation_duration: 417_900,
      battery: 99,
    });
  });

  it("measure radon, with and without the air", () => {
    expect(values(monitor("03210406010000000700fe01c927ce010064015802f60108"))).toEqual({
      radon: 7,
      temperature: 25.5,
      humidity: 46.2,
      pressure: 1018.5,
      battery: 100,
      x_aranet_status: "green",
    });
    const plain = values(monitor("032104060100000007000000c92700000064015802f60108"));
    expect(Object.keys(plain)).toEqual(["radon", "pressure", "battery", "x_aranet_status"]);
  });

  it("say when they have no value", () => {
    expect(values(monitor("210503010005000100800040ff80ff0c003c00100055"))).toEqual({
      co2: null,
      temperature: null,
      pressure: null,
      humidity: null,
      battery: 12,
      x_aranet_status: "error",
    });
    expect(values(monitor("0321040601000000001ffe01c927ce010064015802f60108"))).toMatchObject({
      radon: null,
    });
  });

  it("measure below zero", () => {
    expect(values(monitor("0121040401000000000038ff00000a02003b097800520064"))).toMatchObject({
      temperature: -10,
    });
  });

  it("tell nothing to others until their owner lets them", () => {
    expect(monitor("010503010005000143049f018b27350c023c00100055")?.observations).toEqual([]);
    expect(monitor("210a0400000000")?.observations).toEqual([]);
    expect(monitor("010002")).toBeUndefined();
  });
});

describe("SmartDry's sensors", () => {
  it("sleep when the dryer stands", () => {
    const dryer = (state: string) => read({ company: [0x01ae, `ca9dec4160fc5f424a0052${state}`] });
    expect(dryer("07")).toMatchObject({ running: true, battery_voltage: 2.929 });
    expect(dryer("00")).toMatchObject({ running: false, battery_voltage: 2.929 });
  });

  it.for([
    ["no number", "0000c07f60fc5f424a005207"],
    ["more than all the water", "ca9dec41cdccca424a005207"],
    ["the heat of a fire", "00007a4460fc5f424a005207"],
  ])("are refused with %s", ([, data = ""]) => {
    expect(found({ company: [0x01ae, data] })).toBeUndefined();
  });
});

describe("Airthings' monitors", () => {
  const monitor = (data: string) => found({ company: [0x0334, data] });

  it("say which one they are", () => {
    const result = monitor("e42fa5ae0900");
    expect(result?.facts).toMatchObject({ manufacturer: "Airthings", model: "Wave Plus" });
    expect(values(result)).toEqual({ x_airthings_serial_number: "2930061284" });
  });

  it("are none with a number that begins otherwise", () => {
    expect(monitor("01000000")).toBeUndefined();
    expect(monitor("e42fa5")).toBeUndefined();
  });
});
