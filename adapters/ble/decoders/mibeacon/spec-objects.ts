import { reading } from "../readings.ts";
import { opening, openOrClosed, stillOpen, tornOff } from "./locks.ts";
import { presses } from "./presses.ts";
import {
  acted,
  casesOf,
  f32,
  flagOf,
  happened,
  idleTime,
  measured,
  numberOf,
  own,
  ownFlag,
  ownNumber,
  told,
  u16,
  u32,
  u8,
  type ObjectReader,
  type Told,
} from "./told.ts";

const temperature = numberOf("temperature", 4, f32);
const humidityByte = numberOf("humidity", 1, u8);
const humidity = numberOf("humidity", 4, f32);
const charge = numberOf("battery", 1, u8);
const batteryLow = flagOf("battery_low");
const deviceReset: ObjectReader = {
  sizes: [0, 1],
  tell: () => ({ events: [happened("device", { operation: "reset" })] }),
};

const motionAndLux: ObjectReader = {
  sizes: [4],
  tell: (data) => told(reading("motion", true), measured("illuminance", f32(data))),
};

/** A body; on XMOSB01XS 2 is none again. */
const occupancy: ObjectReader = {
  sizes: [1],
  tell: (data, model) => {
    const code = u8(data);
    return told(reading("occupancy", model === "XMOSB01XS" ? code === 1 : code > 0));
  },
};

const secondsPerMinute = 60;

/** Minutes without anybody. */
const emptyMinutes: ObjectReader = {
  sizes: [1],
  tell: (data) =>
    told(
      reading("occupancy", u8(data) === 0),
      own("no_motion_time", u8(data) * secondsPerMinute, { unit: "s" }),
    ),
};

/** Minutes; one byte or four, by firmware. */
function minutes(name: string): ObjectReader {
  return {
    sizes: [1, 4],
    tell: (data) => told(own(name, data.readUIntLE(0, data.length), { unit: "min" })),
  };
}

const seconds = (name: string): ObjectReader => ownNumber(name, 4, u32, "s");

const waterLeak: ObjectReader = {
  sizes: [1],
  tell: (data, model) =>
    told(
      reading("water_leak", u8(data) > 0, { part: model === "SJWS02LM" ? "bottom" : undefined }),
    ),
};

const splash: ObjectReader = {
  sizes: [1],
  tell: (data, model) => (model === "SJWS02LM" ? told(wet("top", u8(data) > 0)) : undefined),
};

const waterEvents = casesOf({
  0: told(wet("bottom", true)),
  1: told(wet("bottom", false)),
  2: told(wet("top", true)),
  3: told(wet("top", false)),
});

const waterEvent: ObjectReader = {
  sizes: [1],
  tell: (data, model) => (model === "SJWS02LM" ? waterEvents.tell(data, model) : undefined),
};

function wet(part: string, isWet: boolean) {
  return reading("water_leak", isWet, { part });
}

const inBed: Told = told(reading("occupancy", true));
const outOfBed: Told = told(reading("occupancy", false));
const bedButton: Told = { events: [acted("double_press")] };

const bedSleep = casesOf({
  0: told(own("asleep", false)),
  1: told(own("asleep", true)),
  2: bedButton,
});
const bedEvent = casesOf({ 1: inBed, 2: outOfBed, 3: bedButton });
const gotIntoBed = casesOf({ 1: inBed });

const scaleRecord = 9;

/** Profile, hundredths of a kilogram, time; of a bed sensor: somebody lies down. */
const scaleOrBed: ObjectReader = {
  sizes: [1, scaleRecord],
  tell: (data, model) => {
    if (data.length < scaleRecord) return gotIntoBed.tell(data, model);
    const weight = data.readUInt32LE(1);
    if (weight === 0) return {};
    return told(measured("weight", weight / 100), own("profile_id", u8(data)));
  },
};

const pulseOffset = 50;
const noPulse = 0x7f;

/** Profile, then in 32 bits: mass of 11, pulse of 7, impedance of 14; time. */
const bodyScale: ObjectReader = {
  sizes: [scaleRecord],
  tell: (data) => {
    const bits = data.readUInt32LE(1);
    const mass = bits & 0x7ff;
    const pulse = (bits >>> 11) & 0x7f;
    const impedance = bits >>> 18;
    const profile = own("profile_id", u8(data));
    if (bits === 0) return told(profile, own("stabilized", false));
    const ohm = own(mass === 0 ? "impedance_high" : "impedance_low", impedance / 10, { unit: "Ω" });
    const isLast = mass === 0 ? pulse === 0 : impedance === 0;
    return told(
      profile,
      ...(mass === 0 ? [] : [measured("weight", mass / 10)]),
      ...(pulse > 0 && pulse < noPulse
        ? [own("heart_rate", pulse + pulseOffset, { unit: "bpm" })]
        : []),
      ...(impedance === 0 ? [] : [ohm]),
      own("stabilized", isLast),
    );
  },
};

const chargingStates = ["charging", "not_charging", "full"];

const charging: ObjectReader = {
  sizes: [1],
  tell: (data) => {
    const state = chargingStates[u8(data)];
    if (state === undefined) return undefined;
    return told(
      reading("charging", state === "charging"),
      own("charging_state", state, { values: chargingStates }),
    );
  },
};

/** The other way round: 0 is yes. */
function notFlag(name: string): ObjectReader {
  return { sizes: [1], tell: (data) => told(own(name, u8(data) === 0)) };
}

const closeRange: ObjectReader = {
  sizes: [1],
  tell: (data, model) =>
    model === "ES5BB"
      ? told(reading("occupancy", u8(data) > 0, { part: "close_range" }))
      : undefined,
};

/**
 * Properties and events of the MIoT specification, from 0x4000 on. A number means what the product
 * says it means, so they are read of known products only.
 */
export const specObjects: ReadonlyMap<number, ObjectReader> = new Map<number, ObjectReader>([
  ...presses,
  [0x4801, temperature],
  [0x4802, humidityByte],
  [0x4803, charge],
  [0x4804, opening],
  [0x4805, numberOf("illuminance", 4, f32)],
  [0x4806, waterLeak],
  [0x4808, humidity],
  [0x480c, openOrClosed],
  [0x4810, bedSleep],
  [0x4811, ownFlag("snoring")],
  [0x4818, idleTime(2, u16)],
  [0x483c, flagOf("occupancy")],
  [0x483d, seconds("pressure_present_duration")],
  [0x483e, seconds("pressure_not_present_duration")],
  [0x483f, seconds("pressure_present_time_set")],
  [0x4840, seconds("pressure_not_present_time_set")],
  [0x484e, occupancy],
  [0x484f, emptyMinutes],
  [0x4850, ownNumber("motion_time", 1, u8, "min")],
  [0x4851, minutes("duration_detected")],
  [0x4852, minutes("duration_cleared")],
  [0x487b, splash],
  [0x4a01, batteryLow],
  [0x4a08, motionAndLux],
  [0x4a0f, tornOff],
  [0x4a12, opening],
  [0x4a13, casesOf({ 1: { events: [acted("press")] } })],
  [0x4a1a, stillOpen],
  [0x4a1c, deviceReset],
  [0x4a68, waterEvent],
  [0x4c01, temperature],
  [0x4c02, humidityByte],
  [0x4c03, charge],
  [0x4c08, humidity],
  [0x4c14, ownNumber("mode", 1, u8)],
  [0x4e01, batteryLow],
  [0x4e16, scaleOrBed],
  [0x4e17, casesOf({ 1: outOfBed })],
  [0x4e1c, deviceReset],
  [0x5003, charge],
  [0x5010, bedSleep],
  [0x5011, ownFlag("snoring")],
  [0x5403, charge],
  [0x5413, closeRange],
  [0x5414, ownNumber("mode", 1, u8)],
  [0x5422, charging],
  [0x5601, batteryLow],
  [0x5810, notFlag("asleep")],
  [0x5a16, bedEvent],
  [0x6012, humidityByte],
  [0x605d, numberOf("temperature", 1, u8)],
  [0x6461, notFlag("wearing")],
  [0x6e16, bodyScale],
]);
