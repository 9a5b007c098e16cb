import type { Observation } from "../../../reading/observation.ts";
import { reading, vendorReading } from "../readings.ts";
import {
  batteryAt,
  flag,
  on,
  plainKind,
  readItems,
  serviceItems,
  type Item,
  type Kind,
  type Parts,
} from "./kind.ts";

const switches = 0x80;
const isOff = 0x40;

/** An arm that only presses is never on. */
function botState({ service }: Parts): readonly Observation[] {
  if (!service || service.length < 3) return [];
  const bits = service.readUInt8(1);
  const isSwitch = (bits & switches) > 0;
  return [
    reading("onoff", isSwitch && !(bits & isOff)),
    vendorReading("switchbot", "mode", isSwitch ? "switch" : "press", {
      values: ["press", "switch"],
    }),
  ];
}

export const bot: Kind = {
  model: "Bot",
  sleepy: true,
  read: (parts) => [...botState(parts), ...serviceItems(parts, [batteryAt(2)])],
};

/** The byte is the whole state: nothing else than these two has been seen. */
const plugOn = 0x80;
const plugItems: readonly Item[] = [
  { vendor: "wifi_rssi", at: 3, mask: 0xff, mul: -1, min: -255, unit: "dBm" },
  { is: "power", at: 4, mask: 0x7f_ff, bytes: 2, mul: 0.1 },
  flag("problem", 4, 0x80),
];

export const plugMini: Kind = {
  model: "Plug Mini",
  read: ({ state }) =>
    state && state.length >= 6
      ? [reading("onoff", state.readUInt8(1) === plugOn), ...readItems(state, plugItems)]
      : [],
};

/** Whole watts, most significant byte first. */
function wattsAt(at: number): Item {
  return { is: "power", at, mask: 0xff_ff, bytes: 2 };
}

function relay(model: string, items: readonly Item[]): Kind {
  return plainKind({ model }, { from: 2, items });
}

export const relay1 = relay("Relay Switch 1", [on]);
export const relay1Pm = relay("Relay Switch 1PM", [on, wattsAt(4)]);
export const plugMiniEu = relay("Plug Mini (EU)", [on, wattsAt(4)]);
export const relay2Pm = relay("Relay Switch 2PM", [
  { ...on, part: "1" },
  { ...wattsAt(4), part: "1" },
  { ...flag("onoff", 1, 0x40), part: "2" },
  { ...wattsAt(6), part: "2" },
]);
export const garageDoorOpener = relay("Garage Door Opener", [
  on,
  { is: "open", at: 1, mask: 0x20, flag: "inverse" },
]);
