import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const vendor = "xiaomi";

/** Kilograms in one step of each unit. */
const poundKg = 0.45359237;
const jinKg = 0.5;
const stepsPerKg = 200;
const stepsPerOther = 100;

interface Layout {
  readonly service: string;
  readonly model: string;
  readonly length: number;
  /** Bytes with the flags, and in them the bits. */
  readonly flags: number;
  readonly isPounds: number;
  readonly isJin: number;
  readonly isStable: number;
  readonly isRemoved: number;
  /** A thing instead of a person. */
  readonly isObject: number;
  readonly hasImpedance?: number;
  readonly date: number;
  readonly weight: number;
  readonly impedance?: number;
}

const layouts: readonly Layout[] = [
  {
    service: "181d",
    model: "XMTZC01HM/XMTZC04HM",
    length: 10,
    flags: 1,
    isPounds: 0x01,
    isJin: 0x10,
    isStable: 0x20,
    isObject: 0x40,
    isRemoved: 0x80,
    weight: 1,
    date: 3,
  },
  {
    service: "181b",
    model: "XMTZC02HM/XMTZC05HM",
    length: 13,
    flags: 2,
    isPounds: 0x0001,
    isObject: 0x0004,
    hasImpedance: 0x0200,
    isStable: 0x2000,
    isJin: 0x4000,
    isRemoved: 0x8000,
    date: 2,
    impedance: 9,
    weight: 11,
  },
];

/** Scales that show a person's weight, and the second kind his impedance. */
export const xiaomiScale: Decoder = {
  family: "xiaomi-scale",
  title: "Xiaomi Mi scales and body composition scales",
  models: layouts.map(({ model }) => model),
  source: "https://github.com/custom-components/ble_monitor (ble_parser/miscale.py)",
  listensTo: { services: layouts.map(({ service }) => service) },
  decode: ({ serviceData }) => {
    for (const { uuid, data } of serviceData) {
      const layout = layouts.find(({ service }) => service === uuid);
      if (layout?.length === data.length && isDate(data, layout.date)) return read(data, layout);
    }
    return undefined;
  },
};

/** Other scales have the same standard service, but no date at this place. */
const limits = [12, 31, 23, 59, 59];
const yearBytes = 2;
const latestYear = 2_200;

function isDate(data: Buffer, at: number): boolean {
  const fields = data.subarray(at + yearBytes);
  return (
    data.readUInt16LE(at) <= latestYear && limits.every((limit, n) => (fields[n] ?? 0) <= limit)
  );
}

function read(data: Buffer, layout: Layout): Decoded {
  const flags = data.readUIntLE(0, layout.flags);
  const has = (bit = 0): boolean => (flags & bit) !== 0;
  const steps = data.readUInt16LE(layout.weight);
  const weight = kilograms(steps, has(layout.isPounds), has(layout.isJin));
  return {
    facts: { manufacturer: "Xiaomi", model: layout.model, sleepy: true },
    observations: [
      ...(has(layout.isStable) ? [reading("weight", weight, { raw: steps })] : []),
      ...impedance(data, layout, has(layout.isStable) && has(layout.hasImpedance)),
      vendorReading(vendor, "weight_measuring", weight, { unit: "kg", raw: steps }),
      vendorReading(vendor, "stabilized", has(layout.isStable)),
      vendorReading(vendor, "weight_removed", has(layout.isRemoved)),
      vendorReading(vendor, "weighing_mode", has(layout.isObject) ? "object" : "person", {
        values: ["person", "object"],
      }),
    ],
  };
}

function kilograms(steps: number, isPounds: boolean, isJin: boolean): number {
  if (isJin) return (steps / stepsPerOther) * jinKg;
  return isPounds ? (steps / stepsPerOther) * poundKg : steps / stepsPerKg;
}

function impedance(data: Buffer, { impedance: at }: Layout, isThere: boolean): Observation[] {
  if (at === undefined || !isThere) return [];
  return [vendorReading(vendor, "impedance", data.readUInt16LE(at), { unit: "Ω" })];
}
