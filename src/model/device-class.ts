import type { Property } from "./description.ts";
import { classSpecOf, type DeviceClass } from "./vocabulary.ts";

/** Tried in this order; the first whose needs are met and that fits names the device. */
const candidates: readonly DeviceClass[] = [
  "vacuum",
  "thermostat",
  "lock",
  "cover",
  "valve",
  "siren",
  "light",
  "outlet",
  "fan",
  "switch",
  "meter",
  "button",
];

/** Properties without which a class would fit everything that merely switches on and off. */
const telling: Partial<Record<DeviceClass, readonly string[]>> = {
  light: ["brightness", "color_temperature", "color"],
  outlet: ["power", "energy", "current"],
  fan: ["fan_mode", "fan_speed"],
};

/** The class that a device's properties make it; `sensor` when nothing can be commanded. */
export function classify(properties: readonly Property[]): DeviceClass {
  const has = new Set(properties.map(({ is }) => is));
  return candidates.find((name) => fits(name, has)) ?? "sensor";
}

function fits(name: DeviceClass, has: ReadonlySet<string>): boolean {
  const tells = telling[name];
  if (tells && !tells.some((is) => has.has(is))) return false;
  return classSpecOf(name).needs.every((is) => has.has(is));
}
