import type { Observation } from "../../../reading/observation.ts";
import { reading, vendorReading } from "../readings.ts";
import {
  batteryAt,
  flag,
  on,
  plainKind,
  readItems,
  serviceItems,
  stateItems,
  vendorFlag,
  type Item,
  type Kind,
  type Names,
  type Parts,
} from "./kind.ts";

const aboveZero = 0x80;

/** What the three bytes say; undefined where no sensor says so. */
export function climateOf(
  data: Buffer,
  at: number,
): { readonly celsius: number; readonly humidity: number } | undefined {
  const tenths = data.readUInt8(at) & 0x0f;
  const humidity = data.readUInt8(at + 2) & 0x7f;
  const celsius = celsiusOf(data.readUInt8(at + 1), tenths);
  // Nothing at all is what a sensor says that has not measured yet.
  if (celsius === undefined || humidity > 100 || (celsius === 0 && humidity === 0))
    return undefined;
  return { celsius, humidity };
}

/** Sign and degrees in one byte, and tenths of a degree. */
function celsiusOf(degrees: number, tenths: number): number | undefined {
  if (tenths > 9) return undefined;
  const size = ((degrees & 0x7f) * 10 + tenths) / 10;
  return degrees & aboveZero || size === 0 ? size : -size;
}

export function climateAt(data: Buffer, at: number): Observation[] {
  const { celsius = null, humidity = null } = climateOf(data, at) ?? {};
  return [reading("temperature", celsius), reading("humidity", humidity)];
}

/** Of the state if the frame has it, else of the service data of older meters. */
function meterClimate({ state, service }: Parts): readonly Observation[] {
  if (state && state.length >= 5) return climateAt(state, 2);
  return service && service.length >= 6 ? climateAt(service, 3) : [];
}

function readMeter(parts: Parts): readonly Observation[] {
  return [...meterClimate(parts), ...serviceItems(parts, [batteryAt(2)])];
}

export function meter(model: string): Kind {
  return { model, sleepy: true, read: readMeter };
}

/** It may be one of several meters, and has no battery in its state. */
export const someMeter: Kind = { sleepy: true, read: readMeter };

const co2At = 7;
/** The sensor measures no more. */
const co2Max = 9_999;

export const meterProCo2: Kind = {
  model: "Meter Pro CO2",
  read: (parts) => [
    ...readMeter(parts),
    ...stateItems(parts, co2At + 2, [
      { is: "co2", at: co2At, mask: 0xff_ff, bytes: 2, min: 1, max: co2Max },
    ]),
  ],
};

export const weatherStation: Kind = {
  model: "Weather Station",
  sleepy: true,
  read: (parts) => {
    const { state } = parts;
    return state && state.length >= 5
      ? [...climateAt(state, 2), ...readItems(state, stationPower)]
      : [...stationService(parts), ...serviceItems(parts, [batteryAt(2)])];
  },
};
const stationPower: readonly Item[] = [batteryAt(1), flag("charging", 1, 0x80)];

/** With the climate, its service data is longer by it; the last four bytes name the type. */
function stationService({ service }: Parts): readonly Observation[] {
  return service && service.length >= 10 ? climateAt(service, 3) : [];
}

/** Lux that the maker gives for each step of the brightness that a hub tells. */
const hub2Lux: readonly number[] = [
  0, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 105, 205, 317, 416, 510, 610, 707, 801, 897, 1_023,
  1_091,
];
const hub3Lux: readonly number[] = [0, 0, 50, 90, 205, 317, 510, 610, 707, 801, 1_023];

function brightness(level: number, lux: readonly number[]): Observation[] {
  return [
    vendorReading("switchbot", "light_level", level),
    reading("illuminance", lux[level] ?? null, { raw: level, quality: "estimated" }),
  ];
}

const hubClimateAt = 7;
const hubLength = 10;

/** The hubs with a sensor write the climate at the same place. */
export const someHub: Kind = {
  read: ({ state }) => (state && state.length >= hubLength ? climateAt(state, hubClimateAt) : []),
};

export const hubMiniMatter: Kind = { ...someHub, model: "Hub Mini (Matter)" };

export const hub2: Kind = {
  model: "Hub 2",
  read: (parts) => {
    const { state } = parts;
    if (!state || state.length < hubLength) return [];
    return [...someHub.read(parts), ...brightness(state.readUInt8(6) & 0x1f, hub2Lux)];
  },
};

const hub3Items: readonly Item[] = [
  { vendor: "network_state", at: 6, mask: 0xc0 },
  { vendor: "sensor_inserted", at: 6, mask: 0x20, flag: "inverse" },
  vendorFlag("temperature_alarm", 7, 0xc0),
  vendorFlag("humidity_alarm", 7, 0x30),
  flag("motion", 10, 0x80),
];

export const hub3: Kind = {
  model: "Hub 3",
  read: (parts) => {
    const { state } = parts;
    if (!state || state.length <= hubLength) return [];
    return [
      ...someHub.read(parts),
      ...brightness(state.readUInt8(6) & 0x0f, hub3Lux),
      ...readItems(state, hub3Items),
    ];
  },
};

const panelItems: readonly Item[] = [
  on,
  batteryAt(1),
  { vendor: "temperature_alarm_level", at: 2, mask: 0x30 },
  { vendor: "humidity_alarm_level", at: 2, mask: 0xc0 },
  flag("motion", 9, 0x80),
];
const panelLight = { at: 9, mask: 0x06, bright: 0x04 } as const;

export const climatePanel: Kind = {
  model: "Climate Panel",
  sleepy: true,
  read: ({ state }) => {
    if (!state || state.length < 10) return [];
    const light = state.readUInt8(panelLight.at) & panelLight.mask;
    return [
      ...climateAt(state, 2),
      ...readItems(state, panelItems),
      reading("light_detected", light === panelLight.bright),
    ];
  },
};

const radiatorModes: Names = {
  0: "schedule",
  1: "manual",
  2: "off",
  3: "eco",
  4: "comfort",
  5: "boost",
};
const radiatorItems: readonly Item[] = [
  on,
  batteryAt(1),
  { vendor: "last_mode", at: 5, mask: 0xf0, names: radiatorModes },
  { vendor: "mode", at: 5, mask: 0x07, names: radiatorModes },
  vendorFlag("temperature_needed", 6, 0x20),
  vendorFlag("restarted", 6, 0x10),
  { vendor: "fault_code", at: 6, mask: 0x0e },
  flag("problem", 6, 0x0e),
  flag("window_detected", 6, 0x01),
];

export const radiatorThermostat: Kind = {
  model: "Smart Radiator Thermostat",
  sleepy: true,
  read: ({ state }) => {
    if (!state || state.length < 7) return [];
    const tenths = state.readUInt8(2);
    return [
      reading("temperature", celsiusOf(state.readUInt8(3), tenths & 0x0f) ?? null),
      reading("target_temperature", celsiusOf(state.readUInt8(4), tenths >> 4) ?? null),
      ...readItems(state, radiatorItems),
    ];
  },
};

/** Its meter may be none, or say nothing. */
const noMeter: Observation[] = [reading("temperature", null), reading("humidity", null)];
const meterBound = 0x80;

/** Percent, degrees with sign, and tenths in the upper half: the other way round than elsewhere. */
function boundMeter(state: Buffer): Observation[] {
  const percent = state.readUInt8(3);
  const humidity = percent & 0x7f;
  const celsius = celsiusOf(state.readUInt8(4), state.readUInt8(5) >> 4);
  if (!(percent & meterBound) || humidity > 100 || celsius === undefined) return noMeter;
  return [reading("temperature", celsius), reading("humidity", humidity)];
}

const humidifierModes: Names = {
  1: "high",
  2: "medium",
  3: "low",
  4: "quiet",
  5: "target_humidity",
  6: "sleep",
  7: "auto",
  8: "drying_filter",
};
const secondsPerHour = 3_600;

const evaporativeItems: readonly Item[] = [
  on,
  { vendor: "mode", at: 1, mask: 0x0f, names: humidifierModes },
  vendorFlag("over_humidify_protection", 2, 0x80),
  flag("child_lock", 2, 0x20),
  vendorFlag("tank_removed", 2, 0x04),
  vendorFlag("tilted", 2, 0x02),
  vendorFlag("filter_missing", 2, 0x01),
  vendorFlag("meter_bound", 3, meterBound),
  {
    vendor: "water_level",
    at: 5,
    mask: 0x03,
    names: { 0: "empty", 1: "low", 2: "medium", 3: "high" },
  },
  { is: "duration", part: "filter", at: 6, mask: 0x0f_ff, bytes: 2, mul: secondsPerHour },
  { vendor: "target_humidity", at: 10, mask: 0x7f, unit: "%", max: 100 },
];

export const evaporativeHumidifier: Kind = {
  model: "Evaporative Humidifier",
  read: ({ state }) =>
    state && state.length >= 11
      ? [...boundMeter(state), ...readItems(state, evaporativeItems)]
      : [],
};

/** All of it is in the service data; the level is that of the mist, and its upper bit is automatic. */
export const humidifier: Kind = plainKind({ model: "Humidifier" }, { from: 0, items: [] }, [
  { is: "onoff", at: 1, mask: 0xff, flag: "direct" },
  { vendor: "level", at: 4, mask: 0xff },
]);
