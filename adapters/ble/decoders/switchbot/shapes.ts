import { climateOf } from "./climate.ts";
import * as climate from "./climate.ts";
import * as covers from "./covers.ts";
import type { Kind } from "./kind.ts";
import * as lights from "./lights.ts";
import * as locks from "./locks.ts";
import * as machines from "./machines.ts";
import * as sensors from "./sensors.ts";

/**
 * How the state of a type looks. Only the service data names the type, and it is in another frame;
 * but most states differ in their length and in the bits that are always the same.
 */
interface Shape {
  readonly length: number;
  readonly fits: (state: Buffer) => boolean;
  /** What is read of it; undefined for one that is known only to be told apart from others. */
  readonly kind?: Kind;
  /** Of newer devices only, which have an address of the maker's. */
  readonly isMakers?: boolean;
}

/** Degrees that a meter may be in. */
const coldest = -40;
const hottest = 80;
/** Drier air is rarer than other states that look like a climate without humidity. */
const driest = 5;

function isClimate(state: Buffer, at: number): boolean {
  const { celsius = Infinity, humidity = 0 } = climateOf(state, at) ?? {};
  // Just below zero the byte of the degrees is 0, which others fill with nothing.
  const isWritten = state.readUInt8(at + 1) > 0;
  return isWritten && celsius >= coldest && celsius <= hottest && humidity >= driest;
}

/** It may be air as dry as that, above zero: then nothing else is claimed of it. */
function isDryClimate(state: Buffer): boolean {
  const { celsius = -1, humidity = driest } = climateOf(state, 2) ?? {};
  return celsius >= 0 && celsius <= hottest && humidity < driest;
}

function isPercent(byte: number): boolean {
  return (byte & 0x7f) <= 100;
}

function areZero(state: Buffer, from: number, to = state.length): boolean {
  return state.subarray(from, to).every((byte) => byte === 0);
}

/** As the meters begin that have no battery in their state. */
function isPlain(state: Buffer): boolean {
  return state.readUInt8(1) <= 0x0f;
}

function isPlainMeter(state: Buffer): boolean {
  return isPlain(state) && isClimate(state, 2);
}

function isBatteryMeter(state: Buffer): boolean {
  return isPercent(state.readUInt8(1)) && isClimate(state, 2) && state.readUInt8(5) === 0;
}

function isContact(state: Buffer): boolean {
  return (state.readUInt8(1) & 0x0f) === 0x0c;
}

/** Quiet and loud, in dBm below zero, as a plug hears its network; and no more than it can switch. */
const loudest = 20;
const quietest = 110;
const mostPower = 0x62;

function isPlug(state: Buffer): boolean {
  const heard = state.readUInt8(3);
  return (
    (state.readUInt8(1) & 0x7f) === 0 &&
    heard >= loudest &&
    heard <= quietest &&
    (state.readUInt8(4) & 0x7f) <= mostPower
  );
}

const curtainVersion = 4;
const mostMotors = 2;
const brightest = 10;

function isCurtain(state: Buffer): boolean {
  const [, first = 0, position = 0, place = 0, version] = state;
  const chain = place & 0x0f;
  return (
    (first & 0xf7) === 0x07 &&
    isPercent(position) &&
    chain >= 1 &&
    chain <= mostMotors &&
    place >> 4 >= 1 &&
    place >> 4 <= brightest &&
    version === curtainVersion
  );
}

function isBlind(state: Buffer): boolean {
  return (
    (state.readUInt8(1) & 0xfc) === 0x24 &&
    isPercent(state.readUInt8(2)) &&
    (state.readUInt8(state.length - 1) & 0x0f) === 4
  );
}

function isMotion(state: Buffer): boolean {
  const first = state.readUInt8(1);
  const light = (first >> 4) & 0x03;
  return (first & 0x8f) === 0x0c && (light === 1 || light === 2);
}

function isFan(state: Buffer): boolean {
  const mode = (state.readUInt8(1) >> 4) & 0x07;
  return mode >= 1 && mode <= 5 && isPercent(state.readUInt8(2)) && state.readUInt8(3) <= 100;
}

const whitest = 2_000;
const bluest = 9_000;

function isWhite(state: Buffer, at: number): boolean {
  const kelvin = state.readUInt16BE(at);
  return kelvin >= whitest && kelvin <= bluest;
}

/** Steps of the mode and of the last one, and two temperatures that a heating has. */
function isRadiator(state: Buffer): boolean {
  const modes = state.readUInt8(5);
  return (
    isPercent(state.readUInt8(1)) &&
    modes >> 4 <= 5 &&
    (modes & 0x0f) <= 5 &&
    (state.readUInt8(3) & 0x80) > 0 &&
    (state.readUInt8(4) & 0x80) > 0
  );
}

function isPurifier(state: Buffer): boolean {
  const mode = state.readUInt8(1) & 0x07;
  return (
    mode >= 1 &&
    mode <= 5 &&
    (state.readUInt8(2) & 0xe0) === 0x80 &&
    isPercent(state.readUInt8(3)) &&
    (state.readUInt8(5) > 0 || state.readUInt8(6) > 0)
  );
}

function isVisionKeypad(state: Buffer): boolean {
  return (
    isPercent(state.readUInt8(1)) &&
    (state.readUInt8(2) & 0x38) === 0 &&
    areZero(state, 3, 6) &&
    state.readUInt8(6) <= 0x0f
  );
}

/** One that is in its network. */
function isFirstRobot(state: Buffer): boolean {
  const charge = state.readUInt8(2);
  return (state.readUInt8(1) & 0x2f) === 0x20 && charge > 0 && charge <= 100;
}

function isRobot(state: Buffer): boolean {
  return (
    state.readUInt8(1) === 1 &&
    (state.readUInt8(2) & 0x0f) === 1 &&
    (state.readUInt8(5) & 0xe0) === 0 &&
    state.readUInt8(6) <= 100
  );
}

/** What the hubs without a cable count first, and the one with a cable does not. */
const hubMark = 0xff;

function isEvaporative(state: Buffer): boolean {
  const mode = state.readUInt8(1) & 0x7f;
  return mode >= 1 && mode <= 8 && isPercent(state.readUInt8(10));
}

function isArt(state: Buffer): boolean {
  return isPercent(state.readUInt8(1)) && (state.readUInt8(3) & 0x03) === 0;
}

/** Only one that is calibrated knows how it stands. */
function isLock(state: Buffer): boolean {
  return (state.readUInt8(1) & 0x83) === 0x83 && (state.readUInt8(2) & 0x45) === 0;
}

function isLaterLock(state: Buffer): boolean {
  return (
    (state.readUInt8(2) & 0x07) === 0 &&
    state.readUInt8(3) > 0 &&
    state.readUInt8(3) <= 100 &&
    (state.readUInt8(4) & 0x1f) === 0
  );
}

function isCandle(state: Buffer): boolean {
  return (
    isPercent(state.readUInt8(1)) &&
    (state.readUInt8(2) & 0x8f) === 0 &&
    state.readUInt8(2) > 0 &&
    state.readUInt8(3) === 0
  );
}

const mostColourModes = 4;

/** One that is on: off, it looks like others. */
function isBulb(state: Buffer): boolean {
  const [, first = 0, mode = 0, speed = 0, loop] = state;
  return (
    first >= 0x80 &&
    isPercent(first) &&
    (mode & 0x8f) >= 1 &&
    (mode & 0x8f) <= mostColourModes &&
    speed <= 100 &&
    loop === 0
  );
}

function isCeiling(state: Buffer): boolean {
  return isPercent(state.readUInt8(1)) && isWhite(state, 2) && (state.readUInt8(4) & 0x7f) === 0x24;
}

function isPresence(state: Buffer): boolean {
  const light = state.readUInt8(5);
  return (
    (state.readUInt8(1) & 0x03) === 0 && state.readUInt8(4) <= 3 && light > 0 && !(light & 0x60)
  );
}

function isManyColours(state: Buffer): boolean {
  return (
    isPercent(state.readUInt8(1)) &&
    state.readUInt8(3) === 0 &&
    isWhite(state, 4) &&
    state.readUInt8(6) === 0
  );
}

function isStrip(state: Buffer): boolean {
  return isPercent(state.readUInt8(1)) && (state.readUInt8(2) & 0x0f) > 0;
}

function isPanel(state: Buffer): boolean {
  return isPercent(state.readUInt8(1)) && isClimate(state, 2) && areZero(state, 5, 9);
}

const shapes: readonly Shape[] = [
  { length: 3, fits: isFirstRobot, kind: machines.firstRobot() },
  { length: 4, fits: isMotion, kind: sensors.motionSensor },
  { length: 4, fits: isFan, kind: machines.circulatorFan, isMakers: true },
  { length: 4, fits: isBlind, kind: covers.blindTilt },
  { length: 4, fits: isArt, isMakers: true },
  { length: 4, fits: isLock, kind: locks.someLock },
  { length: 4, fits: isCandle, kind: lights.candleWarmer },
  { length: 5, fits: isPlainMeter, kind: climate.someMeter },
  { length: 5, fits: (state) => isPlain(state) && isDryClimate(state) },
  { length: 5, fits: isCurtain, kind: covers.someCurtain },
  { length: 5, fits: isBlind, kind: covers.blindTilt },
  { length: 5, fits: isBulb, kind: lights.colorBulb },
  { length: 5, fits: isCeiling },
  {
    length: 6,
    fits: (state) => isPlainMeter(state) && state.readUInt8(5) === 0,
    kind: climate.meter("Indoor/Outdoor Meter"),
  },
  { length: 6, fits: (state) => isPlain(state) && isDryClimate(state) },
  { length: 6, fits: isPlug },
  {
    length: 6,
    fits: (state) => isCurtain(state) && state.readUInt8(5) === 0,
    kind: covers.someCurtain,
  },
  {
    length: 6,
    fits: (state) => (state.readUInt8(1) & 0x07) === 0x02 && isLaterLock(state),
    kind: locks.someLaterLock,
  },
  { length: 6, fits: isPresence, kind: sensors.presenceSensor, isMakers: true },
  { length: 7, fits: isContact, kind: sensors.contactSensor },
  { length: 7, fits: isDryClimate },
  {
    length: 7,
    fits: (state) => isCurtain(state) && state.readUInt8(5) === 0 && state.readUInt8(6) > 0,
    kind: covers.curtain("Curtain 3"),
  },
  {
    length: 7,
    fits: (state) =>
      (state.readUInt8(1) & 0xf9) === 0x08 &&
      isPercent(state.readUInt8(2)) &&
      state.readUInt8(4) === curtainVersion,
    kind: covers.rollerShade,
  },
  { length: 7, fits: isBatteryMeter, kind: climate.meter("Meter Pro") },
  { length: 7, fits: isRadiator, kind: climate.radiatorThermostat },
  { length: 7, fits: isManyColours, kind: lights.manyColours() },
  { length: 8, fits: isRobot, kind: machines.robot() },
  { length: 8, fits: isVisionKeypad, kind: locks.keypadVision, isMakers: true },
  { length: 8, fits: isManyColours, kind: lights.colourCeiling },
  { length: 9, fits: isPurifier, kind: machines.airPurifier() },
  { length: 9, fits: isVisionKeypad, kind: locks.keypadVisionPro, isMakers: true },
  {
    length: 10,
    fits: (state) => isBatteryMeter(state) && !areZero(state, 5),
    kind: climate.meterProCo2,
  },
  {
    length: 10,
    fits: (state) => isPercent(state.readUInt8(1)) && isClimate(state, 2) && areZero(state, 5),
    kind: climate.weatherStation,
  },
  // The two Lock Visions, which write differently.
  { length: 10, fits: (state) => isLaterLock(state) && areZero(state, 6) },
  // The relays, of which each says something else.
  { length: 10, fits: (state) => areZero(state, 2, 4) },
  {
    length: 10,
    fits: (state) => isStrip(state) && areZero(state, 4),
    kind: lights.strip("LED Strip Light"),
  },
  {
    length: 11,
    fits: (state) => state.readUInt8(1) === hubMark && isClimate(state, 7),
    kind: climate.someHub,
  },
  {
    length: 11,
    fits: (state) => areZero(state, 0, 6) && isClimate(state, 7),
    kind: climate.hubMiniMatter,
  },
  { length: 11, fits: isEvaporative, kind: climate.evaporativeHumidifier },
  {
    length: 13,
    fits: (state) => isPercent(state.readUInt8(1)) && state.readUInt8(7) > 0 && areZero(state, 9),
    kind: sensors.leakDetector,
  },
  { length: 13, fits: (state) => isStrip(state) && areZero(state, 4, 10), kind: lights.strip() },
  { length: 14, fits: isPanel, kind: climate.climatePanel },
  { length: 17, fits: isPanel, kind: climate.climatePanel },
];

const byLength = new Map<number, readonly Shape[]>(
  shapes.map(({ length }) => [length, shapes.filter((shape) => shape.length === length)]),
);

/** Addresses that the maker bought; its older devices have random ones. */
const makersAddresses = "b0e9fe";

/** The type of a device whose state looks like that of one type only. */
export function kindOfState(address: string, state: Buffer): Kind | undefined {
  const isMakers = address.startsWith(makersAddresses);
  const fitting = (byLength.get(state.length) ?? []).filter(
    (shape) => (isMakers || !shape.isMakers) && shape.fits(state),
  );
  return fitting.length === 1 ? fitting[0]?.kind : undefined;
}
