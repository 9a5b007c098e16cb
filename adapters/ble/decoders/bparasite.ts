import type { Decoder } from "./decoder.ts";
import { readFields, type Field } from "./readings.ts";

/** The whole range of a 16-bit number is 0 to 100 %. */
const share = 100 / 0xff_ff;

/* https://github.com/rbaron/b-parasite: version and whether it has a light sensor, counter, then these. */
const common: readonly Field[] = [
  { is: "battery_voltage", at: 2, as: "u16be", mul: 0.001 },
  { is: "humidity", at: 6, as: "u16be", mul: share },
  { is: "soil_moisture", at: 8, as: "u16be", mul: share },
];
const layouts = new Map<number, readonly Field[]>([
  [1, [{ is: "temperature", at: 4, as: "i16be", mul: 0.001 }, ...common]],
  [2, [{ is: "temperature", at: 4, as: "i16be", mul: 0.01 }, ...common]],
]);
const versionShift = 4;
const lightBit = 0x01;
const light: Field = { is: "illuminance", at: 16, as: "u16be" };
const address = { from: 10, to: 16 };
const lengths = { withLight: 18, without: 16 };

/** The plant sensor before it spoke BTHome. */
export const bparasite: Decoder = {
  family: "bparasite",
  title: "b-parasite plant sensors",
  models: ["b-parasite 1.0 to 1.2"],
  source: "https://github.com/rbaron/b-parasite/tree/main/code (BLE advertisement encoding)",
  listensTo: { services: ["181a"] },
  decode: ({ serviceData, address: sender, localName }) => {
    const data = serviceData.find(({ uuid }) => uuid === "181a")?.data;
    const first = data?.[0] ?? 0;
    const hasLight = (first & lightBit) !== 0;
    const layout = layouts.get(first >> versionShift);
    if (!layout || data?.length !== (hasLight ? lengths.withLight : lengths.without))
      return undefined;
    const isOwn = data.toString("hex", address.from, address.to) === sender;
    if (!isOwn && localName !== "prst") return undefined;
    return {
      facts: { manufacturer: "rbaron", model: "b-parasite", sleepy: true },
      observations: readFields(data, hasLight ? [...layout, light] : layout),
    };
  },
};
