import type { EventData } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import { reading } from "../readings.ts";
import {
  batteryAt,
  flag,
  plainKind,
  readItems,
  serviceItems,
  stateItems,
  vendorFlag,
  type Item,
  type Kind,
  type Parts,
} from "./kind.ts";

/** By the number that the lock sends; the last two are of locks with a latch. */
const lockStates: readonly string[] = [
  "locked",
  "unlocked",
  "locking",
  "unlocking",
  "jammed",
  "jammed",
  "not_fully_locked",
  "not_fully_locked",
];
const shut = 0;

function lockStateOf(status: number): Observation[] {
  const state = lockStates[status];
  return [
    reading("lock_state", state ?? null, { raw: status }),
    reading("locked", state === undefined ? null : status === shut, { raw: status }),
  ];
}

const firstItems: readonly Item[] = [
  vendorFlag("calibrated", 1, 0x80),
  vendorFlag("from_second_lock", 1, 0x08),
  vendorFlag("double_lock", 2, 0x80),
  vendorFlag("unlocked_alarm", 2, 0x10),
  vendorFlag("night_latch", 3, 0x01),
];
/** Of a lock that knows about its door. */
const doorItems: readonly Item[] = [
  flag("open", 1, 0x04),
  vendorFlag("unclosed_alarm", 2, 0x20),
  vendorFlag("auto_lock_paused", 2, 0x02),
];

function firstLock(model: string | undefined, items: readonly Item[]): Kind {
  return {
    ...(model !== undefined && { model }),
    sleepy: true,
    read: (parts) => [...firstState(parts, items), ...serviceItems(parts, [batteryAt(2)])],
  };
}

function firstState({ state }: Parts, items: readonly Item[]): readonly Observation[] {
  if (!state || state.length < 3) return [];
  return [...lockStateOf((state.readUInt8(1) >> 4) & 0x07), ...readItems(state, items)];
}

/** A Lock or a Lock Lite, which knows nothing of a door. */
export const someLock = firstLock(undefined, firstItems);
export const lock = firstLock("Lock", [...firstItems, ...doorItems]);
export const lockLite = firstLock("Lock Lite", firstItems);
export const lockVision = firstLock("Lock Vision", firstItems);

const laterItems: readonly Item[] = [
  vendorFlag("calibrated", 1, 0x80),
  vendorFlag("from_second_lock", 2, 0xc0),
  { ...flag("open", 2, 0x20), part: "second_lock" },
  flag("open", 2, 0x10),
  vendorFlag("auto_lock_paused", 2, 0x08),
  batteryAt(3),
  vendorFlag("double_lock", 4, 0x80),
  vendorFlag("is_second_lock", 4, 0x40),
  vendorFlag("manual_unlock_linkage", 4, 0x20),
  vendorFlag("unclosed_alarm", 5, 0x80),
  vendorFlag("unlocked_alarm", 5, 0x40),
];
const proItems: readonly Item[] = [
  flag("cold_alarm", 5, 0x20),
  { ...flag("battery_low", 5, 0x04), part: "left" },
  { ...flag("battery_low", 5, 0x02), part: "right" },
];
const ultraItems: readonly Item[] = [
  vendorFlag("power_alarm", 5, 0x10),
  { vendor: "battery_status", at: 5, mask: 0x07 },
];

function laterLock(model: string | undefined, items: readonly Item[]): Kind {
  const all = [...laterItems, ...items];
  return {
    ...(model !== undefined && { model }),
    sleepy: true,
    read: (parts) => laterState(parts, all),
  };
}

function laterState(parts: Parts, items: readonly Item[]): readonly Observation[] {
  const { state } = parts;
  if (!state || state.length < 6) return serviceItems(parts, [batteryAt(2)]);
  return [...lockStateOf((state.readUInt8(1) >> 3) & 0x0f), ...readItems(state, items)];
}

/** Of a Lock Pro or a Lock Ultra: what both tell. */
export const someLaterLock = laterLock(undefined, []);
export const lockPro = laterLock("Lock Pro", proItems);
export const lockProWifi = laterLock("Lock Pro Wi-Fi", proItems);
export const lockUltra = laterLock("Lock Ultra", ultraItems);
export const lockVisionPro = laterLock("Lock Vision Pro", ultraItems);

export const keypad: Kind = plainKind(
  { model: "Keypad", sleepy: true },
  { from: 1, items: [{ vendor: "attempt_state", at: 0, mask: 0xff }] },
  [batteryAt(2)],
);

const visionItems: readonly Item[] = [
  flag("charging", 1, 0x80),
  batteryAt(1),
  vendorFlag("lockout_alarm", 2, 0x01),
  flag("tamper", 2, 0x02),
  vendorFlag("duress_alarm", 2, 0x04),
  flag("cold_alarm", 2, 0x80),
  flag("heat_alarm", 2, 0x40),
];
const bellAt = 6;
const bellRings = 0x08;

function visionKeypad(model: string, items: readonly Item[]): Kind {
  return {
    model,
    sleepy: true,
    counts: true,
    read: (parts) => {
      const told = stateItems(parts, 8, [...visionItems, ...items]);
      return told.length > 0 ? told : serviceItems(parts, [batteryAt(2)]);
    },
    happened: bell,
  };
}

function bell(state: Buffer): readonly EventData[] {
  return state.length >= 8 && state.readUInt8(bellAt) & bellRings
    ? [{ name: "action", action: "press", part: "doorbell" }]
    : [];
}

export const keypadVision = visionKeypad("Keypad Vision", [
  { vendor: "motion_level", at: 7, mask: 0x03 },
]);
export const keypadVisionPro = visionKeypad("Keypad Vision Pro", [
  { vendor: "radar_level", at: 7, mask: 0x03 },
  { vendor: "radar_distance", at: 7, mask: 0x0c },
]);
