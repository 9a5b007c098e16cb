import { describe, expect, it } from "vitest";
import { amazfit } from "../../../../../adapters/ble/decoders/amazfit.ts";
import { decode } from "../../../../../adapters/ble/decoders/index.ts";
import type { Decoded, Decoder } from "../../../../../adapters/ble/decoders/decoder.ts";
import { xiaogui } from "../../../../../adapters/ble/decoders/xiaogui.ts";
import { xiaomiScale } from "../../../../../adapters/ble/decoders/xiaomi-scale.ts";
import { advertisementOf, bleCases } from "../../../../support/ble-cases.ts";

const address = "50fb191bb5dc";

interface Sent {
  readonly services?: Readonly<Record<string, string>>;
  readonly companies?: Readonly<Record<number, string>>;
  readonly address?: string;
}

function heard(decoder: Decoder, { services = {}, companies = {}, ...sent }: Sent) {
  const decoded = decoder.decode(
    {
      address: sent.address ?? address,
      serviceUuids: [],
      serviceData: Object.entries(services).map(([uuid, hex]) => ({
        uuid,
        data: Buffer.from(hex, "hex"),
      })),
      companyData: Object.entries(companies).map(([company, hex]) => ({
        company: Number(company),
        data: Buffer.from(hex, "hex"),
      })),
    },
    {},
  );
  return decoded && valuesOf(decoded);
}

function valuesOf({ observations }: Decoded): Readonly<Record<string, unknown>> {
  return Object.fromEntries(observations.map(({ facts, value }) => [facts.is, value]));
}

const measuring = { x_xiaomi_stabilized: false, x_xiaomi_weight_removed: false };
const stable = { x_xiaomi_stabilized: true, x_xiaomi_weight_removed: false };
const person = { x_xiaomi_weighing_mode: "person" };

describe("Mi scales", () => {
  it.for([
    [
      "181d",
      "229e43e507040b101301",
      { weight: 86.55, x_xiaomi_weight_measuring: 86.55, ...stable, ...person },
    ],
    ["181d", "020a00e507040b101301", { x_xiaomi_weight_measuring: 0.05, ...measuring, ...person }],
    [
      "181d",
      "32e803e507040b101301",
      { weight: 5, x_xiaomi_weight_measuring: 5, ...stable, ...person },
    ],
    [
      "181d",
      "821400e507040b101708",
      {
        x_xiaomi_weight_measuring: 0.1,
        x_xiaomi_stabilized: false,
        x_xiaomi_weight_removed: true,
        ...person,
      },
    ],
    [
      "181b",
      "0226b20705040f0201ac018642",
      {
        weight: 85.15,
        x_xiaomi_impedance: 428,
        x_xiaomi_weight_measuring: 85.15,
        ...stable,
        ...person,
      },
    ],
    [
      "181b",
      "0220b20705040f020100008642",
      { weight: 85.15, x_xiaomi_weight_measuring: 85.15, ...stable, ...person },
    ],
    [
      "181b",
      "0204b207010112101a0000a852",
      { x_xiaomi_weight_measuring: 105.8, ...measuring, ...person },
    ],
    [
      "181b",
      "0260b20705040f02010000e803",
      { weight: 5, x_xiaomi_weight_measuring: 5, ...stable, ...person },
    ],
    [
      "181b",
      "0282b20705040f020100000000",
      {
        x_xiaomi_weight_measuring: 0,
        x_xiaomi_stabilized: false,
        x_xiaomi_weight_removed: true,
        ...person,
      },
    ],
  ] as const)("%s reads %s", ([uuid, hex, told]) => {
    expect(heard(xiaomiScale, { services: { [uuid]: hex } })).toEqual(told);
  });

  it("turns pounds into kilograms", () => {
    const { weight } = heard(xiaomiScale, { services: { "181d": "237233e607020e10293a" } }) ?? {};
    expect(weight).toBeCloseTo(59.738, 3);
  });

  it.for([
    ["181d", "229e43e5070d0b101301"],
    ["181d", "229e43e507040b183301"],
    ["181d", "229e43e5ff040b101301"],
    ["181d", "229e43e507040b10130100"],
    ["181b", "0226b2070504200201ac018642"],
    ["181b", "229e43e507040b101301"],
  ] as const)("%s refuses %s of another scale", ([uuid, hex]) => {
    expect(heard(xiaomiScale, { services: { [uuid]: hex } })).toBeUndefined();
  });
});

describe("Xiaogui scales", () => {
  const company = 0xa3c0;
  const frame = `0276138b000221${address}`;

  it("reads what is stable and what is not", () => {
    expect(heard(xiaogui, { companies: { [company]: frame } })).toEqual({
      weight: 63,
      x_xiaogui_impedance: 500.3,
      x_xiaogui_weight_measuring: 63,
      x_xiaogui_stabilized: true,
    });
    expect(heard(xiaogui, { companies: { 0x24c0: `000000000a0124${address}` } })).toEqual({
      x_xiaogui_weight_measuring: 0,
      x_xiaogui_stabilized: false,
    });
  });

  it.for([
    { companies: { [company]: frame }, address: "50fb191bb5dd" },
    { companies: { 0xa3c1: frame } },
    { companies: { [company]: `0276138b000222${address}` } },
    { companies: { [company]: `${frame}00` } },
  ])("refuses %o of somebody else", (sent) => {
    expect(heard(xiaogui, sent)).toBeUndefined();
  });
});

describe("Amazfit and Mi Band", () => {
  const company = 0x0157;
  const scale = "ba82e6c7fc3414a442bf46ec68000462bba30100";
  const band = `02020154ffffffffffffffffffffffffff03${address}`;

  it("reads the scale", () => {
    expect(heard(amazfit, { services: { fee0: scale } })).toEqual({
      weight: 85.3,
      x_amazfit_impedance: 517.2,
      x_amazfit_heart_rate: 104,
      x_amazfit_weight_measuring: 85.3,
      x_amazfit_stabilized: true,
    });
  });

  it("knows that the scale still measures", () => {
    expect(
      heard(amazfit, { services: { fee0: "ba82e6c7fc3414a44200000068000462bba30100" } }),
    ).toEqual({ x_amazfit_weight_measuring: 85.3, x_amazfit_stabilized: false });
  });

  it("reads the pulse and the steps of a band", () => {
    expect(
      heard(amazfit, { companies: { [company]: band }, services: { fee0: "8d230000" } }),
    ).toEqual({ x_amazfit_heart_rate: 84, x_amazfit_steps: 9101 });
    expect(heard(amazfit, { services: { fee0: "8d230000" } })).toEqual({ x_amazfit_steps: 9101 });
  });

  it.for(["ff", "00", "f0"])("has no pulse where the band says %s", (beats) => {
    const data = band.replace("54", beats);
    expect(heard(amazfit, { companies: { [company]: data } })).toEqual({
      x_amazfit_heart_rate: null,
    });
  });

  it.for([
    { companies: { [company]: band }, address: "50fb191bb5dd" },
    { companies: { [company]: band.replace(/^02/, "00") } },
    { companies: { [company]: `${band}00` } },
    { companies: { [company]: "c8478cc09589" } },
    { services: { fee0: "ffffff7f" } },
    { services: { fee0: "0b0000" } },
  ])("refuses %o", (sent) => {
    expect(heard(amazfit, sent)).toBeUndefined();
  });
});

describe("cut off frames of scales and bands", () => {
  const cases = bleCases.filter(({ format }) => /^(xiaomi-scale|xiaogui|amazfit)$/.test(format));

  it.for(cases.map((one) => [one.id, one] as const))("%s says nothing", ([, one]) => {
    const { serviceData, companyData, ...frame } = advertisementOf(one);
    const longest = Math.max(...[...serviceData, ...companyData].map(({ data }) => data.length));
    for (let end = 0; end < longest; end++) {
      const cut = <T extends { readonly data: Buffer }>(data: readonly T[]): readonly T[] =>
        data.map((each) => ({
          ...each,
          data: each.data.subarray(0, Math.min(end, each.data.length - 1)),
        }));
      expect(
        decode({ ...frame, serviceData: cut(serviceData), companyData: cut(companyData) }),
      ).toBeUndefined();
    }
  });
});
