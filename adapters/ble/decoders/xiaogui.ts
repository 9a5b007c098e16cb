import type { Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const vendor = "xiaogui";

interface Kind {
  readonly model: string;
  readonly stepsPerKg: number;
  readonly isStable: boolean;
}

/** By the last byte before the address. */
const kinds = new Map<number, Kind>([
  [0x20, { model: "TZC4", stepsPerKg: 10, isStable: false }],
  [0x21, { model: "TZC4", stepsPerKg: 10, isStable: true }],
  [0x24, { model: "QJ-J", stepsPerKg: 100, isStable: false }],
  [0x25, { model: "QJ-J", stepsPerKg: 100, isStable: true }],
]);

/** The company is 0xC0 and, above it, the number of the frame. */
const marker = 0xc0;
const companies = Array.from({ length: 0x100 }, (_, count) => (count << 8) | marker);
const length = 13;
const kindAt = 6;
const addressAt = 7;
const stepsPerOhm = 10;

/** Body scales that send what they measure, and who they are. */
export const xiaogui: Decoder = {
  family: "xiaogui",
  title: "Xiaogui body scales",
  models: ["TZC4", "QJ-J"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/xiaogui.py)",
  listensTo: { companies },
  decode: ({ address, companyData }) => {
    const data = companyData.find(
      (one) => (one.company & 0xff) === marker && one.data.length === length,
    )?.data;
    const kind = data && kinds.get(data.readUInt8(kindAt));
    if (!kind || data.toString("hex", addressAt) !== address) return undefined;
    const { model, stepsPerKg, isStable } = kind;
    const weight = data.readUInt16BE(0) / stepsPerKg;
    const impedance = data.readUInt16BE(2) / stepsPerOhm;
    return {
      facts: { manufacturer: "Xiaogui", model, sleepy: true },
      observations: [
        ...(isStable ? [reading("weight", weight)] : []),
        ...(isStable && impedance > 0
          ? [vendorReading(vendor, "impedance", impedance, { unit: "Ω" })]
          : []),
        vendorReading(vendor, "weight_measuring", weight, { unit: "kg" }),
        vendorReading(vendor, "stabilized", isStable),
      ],
    };
  },
};
