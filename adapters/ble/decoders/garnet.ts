import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const models = new Map([
  [0x0131, "SeeLevel II 709-BT"],
  [0x0cc0, "SeeLevel II 709-BTP7"],
]);
const length = 14;
const sensorAt = 3;
/** Three letters each, then a digit. */
const valueAt = 4;
const volumeAt = 7;
const totalAt = 10;
const alarmAt = 13;
const litresInGallon = 3.785411784;

type Measures = "level" | "temperature" | "voltage";

const sensors: readonly (readonly [part: string, measures: Measures])[] = [
  ["fresh", "level"],
  ["black", "level"],
  ["grey", "level"],
  ["lpg", "level"],
  ["lpg_2", "level"],
  ["galley", "level"],
  ["galley_2", "level"],
  ["1", "temperature"],
  ["2", "temperature"],
  ["3", "temperature"],
  ["4", "temperature"],
  ["chemical", "level"],
  ["chemical_2", "level"],
  ["battery", "voltage"],
];
/** Sent instead of a number: nothing is connected there, or what is does not answer. */
const withoutValue = new Set(["OPN", "ERR"]);

/** Monitors of the tanks in a mobile home: one sensor a frame. */
export const garnet: Decoder = {
  family: "garnet",
  title: "Garnet SeeLevel tank monitors",
  models: [...models.values()],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/oras.py)",
  listensTo: { companies: [...models.keys()] },
  decode: (frame) => {
    for (const [company, model] of models) {
      const data = dataOfCompany(frame, company, length);
      const sensor = sensors[data?.[sensorAt] ?? sensors.length];
      if (data && sensor) return read(data, model, ...sensor);
    }
    return undefined;
  },
};

function read(data: Buffer, model: string, part: string, measures: Measures): Decoded | undefined {
  const value = numberAt(data, valueAt);
  const alarm = data.readUInt8(alarmAt) - 0x30;
  if (value === undefined || alarm < 0 || alarm > 9) return undefined;
  return plausible({
    facts: { manufacturer: "Garnet", model },
    observations: [
      ...observationsOf(data, value, part, measures),
      reading("problem", alarm !== 0 || value === null, { part, raw: alarm }),
    ],
  });
}

function observationsOf(
  data: Buffer,
  value: number | null,
  part: string,
  measures: Measures,
): readonly Observation[] {
  if (measures === "voltage") return [reading("battery_voltage", value && value / 10)];
  if (measures === "level") return tank(data, value, part);
  // The maker gives no unit; it sells where °F are read.
  return [reading("temperature", value === null ? null : ((value - 32) * 5) / 9, { part })];
}

/** Percent; and gallons where the monitor was told how large the tank is. */
function tank(data: Buffer, level: number | null, part: string): readonly Observation[] {
  const volume = numberAt(data, volumeAt) ?? 0;
  const total = numberAt(data, totalAt) ?? 0;
  const told = vendorReading("garnet", "tank_level", level, { part, unit: "%" });
  if (total === 0) return [told];
  return [
    told,
    reading("stored_volume", volume * litresInGallon, { part }),
    vendorReading("garnet", "tank_size", total * litresInGallon, { part, unit: "L" }),
  ];
}

/** Null where the monitor says that it has none, undefined where this is no number at all. */
function numberAt(data: Buffer, at: number): number | null | undefined {
  const text = data.toString("latin1", at, at + 3);
  if (withoutValue.has(text)) return null;
  return /^ *-?\d+$/.test(text) ? Number(text) : undefined;
}
