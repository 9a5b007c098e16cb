import type { Observation } from "../../../reading/observation.ts";
import { reading, vendorReading } from "../readings.ts";
import {
  batteryAt,
  flag,
  on,
  plainKind,
  readItems,
  vendorFlag,
  type Item,
  type Kind,
  type Names,
} from "./kind.ts";

const fanModes: Names = { 1: "normal", 2: "natural", 3: "sleep", 4: "baby" };
const standingModes: Names = { ...fanModes, 5: "custom_natural" };

function fan(model: string, modes: Names, items: readonly Item[] = []): Kind {
  return plainKind(
    { model },
    {
      from: 4,
      items: [
        on,
        { vendor: "mode", at: 1, mask: 0x70, names: modes },
        { vendor: "night_light", at: 1, mask: 0x0c },
        vendorFlag("oscillating", 1, 0x03),
        { ...vendorFlag("oscillating", 1, 0x02), part: "horizontal" },
        { ...vendorFlag("oscillating", 1, 0x01), part: "vertical" },
        {
          is: "swing_mode",
          at: 1,
          mask: 0x03,
          names: { 0: "off", 1: "vertical", 2: "horizontal", 3: "both" },
        },
        batteryAt(2),
        { is: "fan_speed", at: 3, mask: 0x7f, max: 100 },
        ...items,
      ],
    },
  );
}

export const circulatorFan = fan("Circulator Fan", fanModes);
export const standingFan = fan("Standing Fan", standingModes, [flag("charging", 2, 0x80)]);

const airLevels: readonly string[] = ["excellent", "good", "moderate", "unhealthy"];
/** The last is below everything that the vocabulary has a better word for. */
const airQualities: readonly string[] = ["excellent", "good", "moderate", "poor"];
const airIsKnown = 0x04;
const levelMode = 1;
const laterModes: Names = { 2: "auto", 3: "sleep", 4: "pet" };
const purifierModes = ["level_1", "level_2", "level_3", "auto", "sleep", "pet"];
const secondsPerHour = 3_600;

const purifierItems: readonly Item[] = [
  on,
  vendorFlag("aqi_valid", 2, airIsKnown),
  flag("child_lock", 2, 0x02),
  { is: "fan_speed", at: 3, mask: 0x7f, max: 100 },
  { is: "duration", part: "filter", at: 5, mask: 0xff_ff, bytes: 2, mul: secondsPerHour },
  { vendor: "error_code", at: 7, mask: 0xff },
  flag("problem", 7, 0xff),
];

export function airPurifier(model?: string): Kind {
  return {
    ...(model !== undefined && { model }),
    read: ({ state }) =>
      state && state.length >= 8 ? [...purifierAir(state), ...readItems(state, purifierItems)] : [],
  };
}

function purifierAir(state: Buffer): Observation[] {
  const level = (state.readUInt8(4) & 0x06) >> 1;
  const isKnown = (state.readUInt8(2) & airIsKnown) > 0;
  return [
    vendorReading("switchbot", "mode", purifierMode(state) ?? null, { values: purifierModes }),
    vendorReading("switchbot", "aqi_level", airLevels[level] ?? null, { values: airLevels }),
    reading("air_quality", isKnown ? (airQualities[level] ?? null) : "unknown"),
  ];
}

function purifierMode(state: Buffer): string | undefined {
  const mode = state.readUInt8(1) & 0x07;
  const speed = state.readUInt8(3) & 0x7f;
  if (mode !== levelMode) return laterModes[mode];
  return speed <= 33 ? "level_1" : speed <= 66 ? "level_2" : "level_3";
}

/** What each number of a robot means, of the words that the vocabulary has. */
const robotStates: Names = {
  1: "idle",
  2: "docked",
  3: "docked",
  4: "idle",
  5: "idle",
  6: "cleaning",
  7: "moving",
  8: "cleaning",
  9: "cleaning",
  10: "cleaning",
  11: "paused",
  12: "moving",
  13: "error",
  14: "cleaning",
  15: "returning",
  16: "cleaning",
  17: "docked",
  18: "docked",
  19: "docked",
  20: "docked",
  21: "idle",
  22: "idle",
  23: "manual_control",
  24: "returning",
  25: "idle",
  26: "idle",
  27: "idle",
  28: "idle",
  29: "moving",
  30: "idle",
  31: "idle",
  32: "paused",
  33: "idle",
  34: "cleaning",
};

const robotItems: readonly Item[] = [
  { vendor: "network_step", at: 5, mask: 0x0f },
  { is: "connected", at: 5, mask: 0x10, flag: "direct" },
  { is: "battery", at: 6, mask: 0xff, max: 100 },
  { vendor: "work_status", at: 7, mask: 0x3f },
  { is: "vacuum_state", at: 7, mask: 0x3f, names: robotStates },
];

export function robot(model?: string): Kind {
  return {
    ...(model !== undefined && { model }),
    read: ({ state }) =>
      state && state.length >= 8
        ? [reading("firmware", versionAt(state, 2)), ...readItems(state, robotItems)]
        : [],
  };
}

function versionAt(state: Buffer, at: number): string {
  const first = state.readUInt8(at);
  const last = String(state.readUInt16LE(at + 1)).padStart(3, "0");
  return `${first & 0x0f}.${first >> 4}.${last}`;
}

/** The first robots say only whether they stand in the dock. */
export function firstRobot(model?: string): Kind {
  return plainKind(
    { ...(model !== undefined && { model }) },
    {
      from: 3,
      items: [
        vendorFlag("dustbin_bound", 1, 0x80),
        vendorFlag("dustbin_connected", 1, 0x40),
        { is: "connected", at: 1, mask: 0x20, flag: "direct" },
        { vendor: "work_status", at: 1, mask: 0x10 },
        { is: "vacuum_state", at: 1, mask: 0x10, names: { 0: "cleaning", 1: "docked" } },
        batteryAt(2),
      ],
    },
  );
}
