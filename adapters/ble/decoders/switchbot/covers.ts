import type { Observation } from "../../../reading/observation.ts";
import { reading, vendorReading } from "../readings.ts";
import {
  batteryAt,
  flag,
  readItems,
  serviceItems,
  stateItems,
  vendorFlag,
  type Item,
  type Kind,
  type Parts,
} from "./kind.ts";

/** Percent in the lower bits of a byte; a motor that is not calibrated says more. */
function percentOf(byte: number): number {
  return Math.min(100, byte & 0x7f);
}

/** Movement and how far closed, light, and place in the chain of motors; the same in both parts. */
function curtainPlace(data: Buffer, at: number): Observation[] {
  return [
    reading("position", 100 - percentOf(data.readUInt8(at))),
    ...readItems(data.subarray(at), curtainItems),
  ];
}
const curtainItems: readonly Item[] = [
  flag("moving", 0, 0x80),
  { vendor: "light_level", at: 1, mask: 0xf0 },
  { vendor: "device_chain", at: 1, mask: 0x07 },
];
const calibrated: readonly Item[] = [vendorFlag("calibrated", 1, 0x40)];

/** In the state of a Curtain 3 only. */
const curtainBatteryAt = 6;

function readCurtain(parts: Parts): readonly Observation[] {
  const { state, service } = parts;
  const place =
    state && state.length >= 5
      ? curtainPlace(state, 2)
      : service && service.length >= 5
        ? curtainPlace(service, 3)
        : [];
  return [...place, ...curtainBattery(parts), ...serviceItems(parts, calibrated)];
}

function curtainBattery(parts: Parts): readonly Observation[] {
  const inState = stateItems(parts, curtainBatteryAt + 1, [batteryAt(curtainBatteryAt)]);
  return inState.length > 0 ? inState : serviceItems(parts, [batteryAt(2)]);
}

export function curtain(model: string): Kind {
  return { model, sleepy: true, read: readCurtain };
}

/** A Curtain or a Curtain 3. */
export const someCurtain: Kind = { sleepy: true, read: readCurtain };

/* 0 is closed downwards, 50 open, 100 closed upwards. */
const slatsOpen = 50;
const blindItems: readonly Item[] = [vendorFlag("calibrated", 1, 0x01), flag("moving", 2, 0x80)];
const slatLight: Item = { vendor: "light_level", at: 3, mask: 0xf0 };
/** Older firmware has no byte for it, and has this in its place. */
const olderMark = 0x04;
const olderSlatLight: Item = { ...slatLight, at: 1 };

export const blindTilt: Kind = {
  model: "Blind Tilt",
  sleepy: true,
  read: (parts) => [...slats(parts), ...serviceItems(parts, [batteryAt(2)])],
};

function slats({ state }: Parts): readonly Observation[] {
  if (!state || state.length < 4) return [];
  const place = percentOf(state.readUInt8(2));
  const direction = place === slatsOpen ? "level" : place > slatsOpen ? "up" : "down";
  return [
    reading("tilt", 100 - 2 * Math.abs(place - slatsOpen)),
    vendorReading("switchbot", "slat_position", place, { unit: "%" }),
    vendorReading("switchbot", "slat_direction", direction, { values: ["up", "level", "down"] }),
    ...readItems(state, [
      ...blindItems,
      (state.readUInt8(3) & 0x0f) === olderMark ? olderSlatLight : slatLight,
    ]),
  ];
}

const shadeItems: readonly Item[] = [
  flag("moving", 1, 0x06),
  vendorFlag("calibrated", 2, 0x80),
  { vendor: "light_level", at: 3, mask: 0xf0 },
  { vendor: "device_chain", at: 3, mask: 0x0f },
];

export const rollerShade: Kind = {
  model: "Roller Shade",
  sleepy: true,
  read: (parts) => {
    const { state } = parts;
    const place =
      state && state.length >= 4
        ? [
            reading("position", 100 - percentOf(state.readUInt8(2))),
            ...readItems(state, shadeItems),
          ]
        : [];
    return [...place, ...serviceItems(parts, [batteryAt(2)])];
  },
};
