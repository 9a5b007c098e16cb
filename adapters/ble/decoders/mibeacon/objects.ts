import { percent, reading } from "../readings.ts";
import { armed, contact, door, doorState, fingerprint, lock, lockState } from "./locks.ts";
import { press } from "./presses.ts";
import {
  acted,
  flagOf,
  happened,
  i16,
  idleTime,
  measured,
  numberOf,
  own,
  ownFlag,
  ownNumber,
  told,
  u16,
  u24,
  u32,
  u8,
  type ObjectReader,
  type Told,
} from "./told.ts";

/** A night light or sensor that tells of motion and never of its end. */
const onlyStarts: Told["passing"] = [{ is: "motion", afterS: 180 }];

const near: ObjectReader = {
  sizes: [1],
  tell: (data) =>
    u8(data) === 0
      ? told(reading("motion", false))
      : { observations: [reading("motion", true)], passing: onlyStarts },
};

/** These send 100 or 256 where there is light, and no number of lux. */
const tellsLightOnly = new Set(["MJYD02YL", "RTCGQ02LM", "MCCGQ02HL"]);
const light = 100;

const motionAndLight: ObjectReader = {
  sizes: [3],
  tell: (data, model = "") => told(reading("motion", true), ...illuminance(u24(data), model)),
};

function illuminance(value: number, model: string) {
  return tellsLightOnly.has(model)
    ? [reading("light_detected", value >= light)]
    : [measured("illuminance", value)];
}

const gestures: ObjectReader = {
  sizes: [2],
  tell: (data) => {
    const action = ["shake", "flip", "flip", "rotate", "press", "slide"][u16(data) - 1];
    if (action === undefined) return undefined;
    return {
      events: [action === "rotate" ? happened("rotate", { operation: "rotate" }) : acted(action)],
    };
  },
};

const none = 0;
const centi = 100;

const bodyTemperature: ObjectReader = {
  sizes: [2],
  tell: (data) =>
    told(
      i16(data) === none
        ? reading("temperature", null)
        : measured("temperature", i16(data) / centi),
    ),
};

/** 0 all is well, 1 alarm; others are faults and tests. */
function alarmOf(is: string, faults: readonly number[]): ObjectReader {
  return {
    sizes: [1],
    tell: (data) =>
      told(reading(is, u8(data) === 1), reading("problem", faults.includes(u8(data)))),
  };
}

/** 0 starts, anything else ends; then how often it was used, or how well. */
const brushing: ObjectReader = {
  sizes: [1, 2],
  tell: (data) => {
    const brushes = u8(data) === 0;
    const second = brushes ? "counter" : "score";
    return told(
      reading("running", brushes),
      ...(data.length > 1 ? [own(second, data.readUInt8(1))] : []),
    );
  },
};

const scoreAt = 5;

/** With the time of its start or end, and perhaps with a score. */
const brushingAtTime: ObjectReader = {
  sizes: [scoreAt, scoreAt + 1],
  tell: (data) => {
    if (u8(data) > 1) return undefined;
    return told(
      reading("running", u8(data) === 0),
      ...(data.length > scoreAt ? [own("score", data.readUInt8(scoreAt))] : []),
    );
  },
};

const doorViewer = [
  "stays",
  "passes",
  "bell",
  "message",
  "damage",
  "duress",
  "abnormal_unlock",
] as const;

const viewer: ObjectReader = {
  sizes: [1],
  tell: (data) => {
    const word = doorViewer[u8(data)];
    if (word === undefined) return undefined;
    return { events: [word === "bell" ? acted("press", word) : happened(word, {})] };
  },
};

const grams = 1_000;

const weighing: ObjectReader = {
  sizes: [3],
  tell: (data) => {
    const kg = u16(data) / grams;
    const kind = data.readUInt8(2);
    if (kind === 0) return told(measured("weight", kg));
    if (kind > 2) return undefined;
    return told(own("weight_change", kind === 1 ? -kg : kg, { unit: "kg" }));
  },
};

const deci = 10;

const temperatureAndHumidity: ObjectReader = {
  sizes: [4],
  tell: (data) =>
    told(
      measured("temperature", i16(data) / deci),
      measured("humidity", data.readUInt16LE(2) / deci),
    ),
};

const kettle: ObjectReader = {
  sizes: [2],
  tell: (data) => told(...switched(u8(data)), measured("temperature", data.readUInt8(1))),
};

function switched(value: number) {
  return [reading("onoff", value !== 0)];
}

/** Volts of an empty and of a full cell, for the models whose percentage follows them. */
const alkaline: readonly [number, number] = [0.8, 1.6];
const lithium: readonly [number, number] = [2.2, 3.1];
const cells: Readonly<Record<string, readonly [empty: number, full: number]>> = {
  LYWSDCGQ: alkaline,
  CGDK3: alkaline,
  LYWSD02: lithium,
  LYWSD02MMC: lithium,
  LYWSD03MMC: lithium,
  "MHO-C401": lithium,
  CGG1: lithium,
  CGDK2: lithium,
  CGH1: lithium,
  CGPR1: lithium,
  HHCCJCY01: lithium,
  MCCGQ02HL: lithium,
  RTCGQ02LM: lithium,
  SJWS01LM: lithium,
};

const battery: ObjectReader = {
  sizes: [1],
  tell: (data, model = "") => {
    const charge = u8(data);
    const cell = cells[model];
    if (!cell) return told(measured("battery", charge));
    const [empty, full] = cell;
    const volts = empty + (full - empty) * (percent(charge) / 100);
    return told(
      measured("battery", charge),
      reading("battery_voltage", volts, { quality: "estimated", source: "battery", raw: charge }),
    );
  },
};

/** 0 somebody moves, 1 nobody did for the time that was set; older ones send the seconds. */
const stillForLong: ObjectReader = {
  sizes: [1, 4],
  tell: (data) => told(reading("motion", data.readUIntLE(0, data.length) === 0)),
};

/**
 * The thermometer sends what its two sensors measure; this is the maker's result, fitted to what
 * its app shows from 36.5 to 37.8 °C.
 */
const feverThermometer: ObjectReader = {
  sizes: [5],
  tell: (data) => {
    const skin = 3.71934e-11 * Math.exp(0.0069314 * i16(data));
    const board = 1.02801e-8 * Math.exp(0.0053871 * data.readInt16LE(2));
    return told(
      measured("temperature", skin - board + 36.413),
      measured("battery", data.readUInt8(4)),
    );
  },
};

const band: ObjectReader = {
  sizes: [4],
  tell: (data) => {
    const sleep = data.readUInt8(2);
    return told(
      own("steps", u16(data)),
      ...(sleep === 1 || sleep === 2 ? [own("asleep", sleep === 1)] : []),
    );
  },
};

const heartBand: ObjectReader = {
  sizes: [4],
  tell: (data) =>
    told(own("steps", u16(data)), own("heart_rate", data.readUInt8(2), { unit: "bpm" })),
};

const vacuumModes = ["charging", "standby", "standard", "strong", "abnormal"];

const vacuum: ObjectReader = {
  sizes: [2],
  tell: (data) => {
    const mode = u8(data) === 0xff ? "abnormal" : vacuumModes[u8(data)];
    if (mode === undefined) return undefined;
    return told(own("mode", mode, { values: vacuumModes }), own("gear", data.readUInt8(1)));
  },
};

const timer: ObjectReader = {
  sizes: [1],
  tell: (data) => {
    const word = ["work_started", "work_ended", "break_started", "break_ended"][u8(data)];
    return word === undefined ? undefined : { events: [happened("timer", { operation: word })] };
  },
};

/** What every product means by a number below 0x4000 (Mijia BLE object definition). */
export const objects: ReadonlyMap<number, ObjectReader> = new Map<number, ObjectReader>([
  [0x0003, near],
  [0x0006, fingerprint],
  [0x0007, door],
  [0x0008, armed],
  [0x0009, gestures],
  [0x000a, bodyTemperature],
  [0x000b, lock],
  [0x000c, flagOf("water_leak")],
  [0x000d, alarmOf("smoke", [2])],
  [0x000e, alarmOf("gas_alarm", [2, 3])],
  [0x000f, motionAndLight],
  [0x0010, brushing],
  [0x0011, viewer],
  [0x0012, weighing],
  [0x1001, press],
  [0x1002, ownFlag("asleep")],
  [0x1004, numberOf("temperature", 2, i16, deci)],
  [0x1005, kettle],
  [0x1006, numberOf("humidity", 2, u16, deci)],
  [0x1007, { sizes: [3], tell: (data, model = "") => told(...illuminance(u24(data), model)) }],
  [0x1008, numberOf("soil_moisture", 1, u8)],
  [0x1009, numberOf("conductivity", 2, u16)],
  [0x100a, battery],
  [0x100d, temperatureAndHumidity],
  [0x100e, lockState],
  [0x100f, doorState],
  [0x1010, numberOf("formaldehyde", 2, u16, 0.1)],
  [0x1011, ownFlag("bound")],
  [0x1012, { sizes: [1], tell: (data) => told(...switched(u8(data))) }],
  [0x1013, ownNumber("consumable", 1, u8, "%")],
  [0x1014, flagOf("water_leak")],
  [0x1015, alarmOf("smoke", [2])],
  [0x1016, flagOf("gas_alarm")],
  [0x1017, idleTime(4, u32)],
  [0x1018, flagOf("light_detected")],
  [0x1019, contact],
  [0x101a, numberOf("weight", 2, u16, grams)],
  [0x101b, stillForLong],
  [0x101c, flagOf("occupancy")],
  [0x101d, numberOf("formaldehyde", 2, u16)],
  [0x2000, feverThermometer],
  [0x2001, band],
  [0x2002, vacuum],
  [0x2003, heartBand],
  [0x3000, ownFlag("unplugged")],
  [0x3001, ownFlag("on_base")],
  [0x3002, timer],
  [0x3003, brushingAtTime],
]);
