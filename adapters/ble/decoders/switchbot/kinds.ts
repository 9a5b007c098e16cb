import * as climate from "./climate.ts";
import * as covers from "./covers.ts";
import type { Kind } from "./kind.ts";
import * as lights from "./lights.ts";
import * as locks from "./locks.ts";
import * as machines from "./machines.ts";
import * as power from "./power.ts";
import * as sensors from "./sensors.ts";

const meterPro = climate.meter("Meter Pro");

/** By the lower seven bits of the service data's first byte. */
const byType = new Map<number, Kind>(
  (
    [
      ["H", power.bot],
      ["T", climate.meter("Meter")],
      ["i", climate.meter("Meter Plus")],
      ["w", climate.meter("Indoor/Outdoor Meter")],
      ["4", meterPro],
      ["5", climate.meterProCo2],
      ["c", covers.curtain("Curtain")],
      ["{", covers.curtain("Curtain 3")],
      ["x", covers.blindTilt],
      [",", covers.rollerShade],
      ["d", sensors.contactSensor],
      ["s", sensors.motionSensor],
      ["&", sensors.leakDetector],
      ["b", sensors.remote],
      ["v", climate.hub2],
      ["%", climate.hubMiniMatter],
      ["g", power.plugMini],
      ["j", { ...power.plugMini, model: "Plug Mini (JP)" }],
      ["?", power.plugMiniEu],
      [";", power.relay1],
      ["<", power.relay1Pm],
      ["=", power.relay2Pm],
      [">", power.garageDoorOpener],
      ["u", lights.colorBulb],
      ["r", lights.strip("LED Strip Light")],
      ["q", lights.ceilingLight("Ceiling Light")],
      ["n", lights.ceilingLight("Ceiling Light Pro")],
      ["e", climate.humidifier],
      ["#", climate.evaporativeHumidifier],
      ["o", locks.lock],
      ["$", locks.lockPro],
      ["-", locks.lockLite],
      ["y", locks.keypad],
      ["~", machines.circulatorFan],
      ["*", machines.airPurifier("Air Purifier")],
      ["+", machines.airPurifier("Air Purifier (JP)")],
      ["7", machines.airPurifier("Air Purifier Table")],
      ["8", machines.airPurifier("Air Purifier Table (JP)")],
      [".", machines.robot("K20+ Pro")],
      ["z", machines.robot("S10")],
      ["3", machines.robot("K10+ Pro Combo")],
      ["}", machines.firstRobot("K10+")],
      ["(", machines.firstRobot("K10+ Pro")],
      ["\x0f", machines.robot("K20+ Pro")],
    ] as const
  ).map(([letter, kind]) => [letter.charCodeAt(0), kind]),
);

/** Of newer devices: by the three bytes at the end of the service data, after 0 or 1. */
const byCode = new Map<number, Kind>([
  [0x10_53_b0, climate.weatherStation],
  [0x10_a5_b8, locks.lockUltra],
  [0x10_b9_40, climate.hub3],
  [0x10_cc_c8, sensors.presenceSensor],
  [0x10_d0_b0, lights.whiteStrip("Floor Lamp")],
  [0x10_d0_b1, lights.whiteStrip("Strip Light 3")],
  [0x10_d0_b3, lights.manyColours("RGBICWW Strip Light")],
  [0x10_d0_b4, lights.manyColours("RGBICWW Floor Lamp")],
  [0x10_d0_b5, lights.strip("RGBIC Neon Wire Rope Light")],
  [0x10_d0_b6, lights.strip("RGBIC Neon Rope Light")],
  [0x10_d0_b7, lights.manyColours("Permanent Outdoor Light")],
  [0x10_e0_50, machines.robot("S20")],
  [0x10_f3_d8, climate.climatePanel],
  [0x10_fb_a8, machines.robot("K11+")],
  [0x10_ff_90, locks.lockProWifi],
  [0x11_03_78, locks.keypadVision],
  [0x11_07_60, machines.standingFan],
  [0x11_22_b8, lights.candleWarmer],
  [0x11_36_40, climate.radiatorThermostat],
  [0x11_3e_10, sensors.artFrame],
  [0x11_51_98, locks.keypadVisionPro],
  [0x11_69_08, locks.lockVision],
  [0x11_69_09, locks.lockVisionPro],
  [0x11_bb_10, lights.colourCeiling],
]);

/** By the start of the name that the device sends; a longer one stands first. */
const byName: readonly (readonly [start: string, kind: Kind])[] = [
  ["WoSensorTHPc", climate.meterProCo2],
  ["WoSensorTHO", climate.meter("Indoor/Outdoor Meter")],
  ["WoSensorTH", climate.someMeter],
  ["WoIOSensorTH", climate.meter("Indoor/Outdoor Meter")],
  ["Outdoor Meter", climate.meter("Indoor/Outdoor Meter")],
  ["WoCurtain", covers.someCurtain],
  ["WoBlindTilt", covers.blindTilt],
  ["WoContact", sensors.contactSensor],
  ["WoPresence", sensors.motionSensor],
  ["WoHand", power.bot],
];

export const modelNames: readonly string[] = [
  ...new Set([...byType.values(), ...byCode.values()].flatMap(({ model }) => model ?? [])),
];

const typeBits = 0x7f;
/** This bit is the other way round while a device waits to be added. */
const waitingBit = 0x20;
const codeBytes = 4;

export function kindOfService(service: Buffer): Kind | undefined {
  const type = service.readUInt8(0) & typeBits;
  return byType.get(type) ?? byType.get(type ^ waitingBit) ?? kindOfCode(service);
}

/** One more byte may follow the code. */
function kindOfCode(service: Buffer): Kind | undefined {
  if (service.length < codeBytes + 2) return undefined;
  return (
    kindAt(service, service.length - codeBytes) ?? kindAt(service, service.length - codeBytes - 1)
  );
}

function kindAt(service: Buffer, at: number): Kind | undefined {
  const [start = 0] = service.subarray(at);
  return start <= 1 ? byCode.get(service.readUIntBE(at + 1, 3)) : undefined;
}

export function kindOfName(name: string): Kind | undefined {
  return byName.find(([start]) => name.startsWith(start))?.[1];
}
