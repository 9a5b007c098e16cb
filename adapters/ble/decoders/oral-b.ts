import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

/** Procter & Gamble. */
const company = 0x00_dc;
/** Older brushes leave out what is told of sectors. */
const lengths: ReadonlySet<number> = new Set([9, 11]);

type Names = Readonly<Record<number, string>>;

const states: Names = {
  0: "unknown",
  1: "initializing",
  2: "idle",
  3: "running",
  4: "charging",
  5: "setup",
  6: "flight_menu",
  8: "selection_menu",
  9: "off",
  10: "post_brushing_statistics",
  113: "final_test",
  114: "pcb_test",
  115: "sleeping",
  116: "transport",
};
const stateNames = Object.values(states);
const running = 3;
const charging = 4;

const modes: Names = {
  0: "off",
  1: "daily_clean",
  2: "sensitive",
  3: "massage",
  4: "whitening",
  5: "deep_clean",
  6: "tongue_cleaning",
  7: "turbo",
  255: "unknown",
};
const ioModes: Names = {
  0: "daily_clean",
  1: "sensitive",
  2: "gum_care",
  3: "whiten",
  4: "intense",
  5: "super_sensitive",
  6: "tongue_cleaning",
  8: "settings",
  9: "off",
  11: "smart_adapt",
};
const modeNames = [...new Set([...Object.values(modes), ...Object.values(ioModes)])];

interface Line {
  /** The numbers of its models. */
  readonly from: number;
  readonly to: number;
  readonly model: string;
  readonly modes: Names;
}

const lines: readonly Line[] = [
  { from: 0, to: 2, model: "Triumph D36", modes },
  { from: 32, to: 34, model: "Genius D701", modes },
  { from: 39, to: 41, model: "Smart D700", modes },
  { from: 48, to: 50, model: "iO", modes: ioModes },
  { from: 52, to: 52, model: "iO 4", modes: ioModes },
  { from: 53, to: 53, model: "iO 5", modes: ioModes },
  { from: 54, to: 54, model: "iO", modes: ioModes },
  { from: 64, to: 70, model: "Smart D21", modes },
  { from: 80, to: 87, model: "Pro D601", modes },
  { from: 112, to: 114, model: "Genius X D706", modes },
  { from: 117, to: 119, model: "Genius X D706", modes },
];

/** Bits of the status; one that stands earlier counts before the others. */
const pressures: readonly (readonly [mask: number, name: string])[] = [
  [0x08, "power_button_pressed"],
  [0x04, "button_pressed"],
  [0x80, "high"],
];
const pressureNames = ["normal", ...pressures.map(([, name]) => name)];

/** The lower bits of the sector; what stands above them is about the display. */
const sectorBits = 0x07;
const lastSector = 7;
const usualSectors = 4;
const sectorNames = ["none", "1", "2", "3", "4", "5", "6"];

/** Toothbrushes with Bluetooth. */
export const oralB: Decoder = {
  family: "oral-b",
  title: "Oral-B toothbrushes",
  models: [...new Set(lines.map(({ model }) => model))],
  source: "https://github.com/Bluetooth-Devices/oralb-ble (src/oralb_ble/parser.py)",
  listensTo: { companies: [company] },
  decode: ({ companyData }) => {
    const data = companyData.find((one) => one.company === company)?.data;
    return data && lengths.has(data.length) ? decoded(data) : undefined;
  },
};

function decoded(data: Buffer): Decoded | undefined {
  const [, model = 0, state = 0, status = 0, minutes = 0, seconds = 0, mode = 0] = fieldsOf(data);
  if (seconds >= 60) return undefined;
  const line = lines.find(({ from, to }) => model >= from && model <= to);
  return {
    facts: { manufacturer: "Oral-B", ...(line && { model: line.model }), sleepy: true },
    observations: [
      reading("running", state === running),
      reading("charging", state === charging),
      reading("duration", minutes * 60 + seconds, { source: "time" }),
      named("state", states[state], stateNames),
      // What a mode is called depends on the line: none is guessed for a brush that is not known.
      named("mode", line?.modes[mode], modeNames),
      named("pressure", pressureOf(status), pressureNames),
      // Whoever is not brushing brushes no sector; the brush still tells the last.
      named("sector", state === running ? sectorOf(data) : "none", sectorNames),
      named("last_sector", sectorOf(data), sectorNames),
      ...sectorCounts(data),
    ],
  };
}

/** Without the version of the protocol, which every brush has another of, and the byte after it. */
function fieldsOf(data: Buffer): readonly number[] {
  return [data.readUInt8(0), data.readUInt8(1), ...data.subarray(3)];
}

function named(name: string, value: string | undefined, values: readonly string[]): Observation {
  return vendorReading("oral_b", name, value ?? null, { values });
}

function pressureOf(status: number): string {
  return pressures.find(([mask]) => status & mask)?.[1] ?? "normal";
}

/** The sector that is brushed, or was; undefined for the last one of an unknown number. */
function sectorOf(data: Buffer): string | undefined {
  const sector = data.readUInt8(8) & sectorBits;
  if (sector !== lastSector) return sectorNames[sector];
  if (data.length < 11) return undefined;
  return sectorNames[data.readUInt8(10) & sectorBits || usualSectors];
}

function sectorCounts(data: Buffer): readonly Observation[] {
  if (data.length < 11) return [];
  return [
    vendorReading("oral_b", "sector_timer", data.readUInt8(9), { unit: "s" }),
    vendorReading("oral_b", "number_of_sectors", data.readUInt8(10)),
  ];
}
