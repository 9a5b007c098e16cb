import type { Platform } from "../point.ts";
import { climate, fan, humidifier, waterHeater } from "./climate.ts";
import { cover, valve } from "./cover.ts";
import { light } from "./light.ts";
import {
  binarySensor,
  deviceTracker,
  numberEntity,
  select,
  sensor,
  textEntity,
  update,
} from "./sensor.ts";
import { button, event, lock, scene, siren, switchEntity, trigger } from "./switches.ts";
import { alarmPanel, lawnMower, vacuum } from "./vacuum.ts";

/** Every platform that is read. */
export const platforms: ReadonlyMap<string, Platform> = new Map<string, Platform>([
  ["sensor", sensor],
  ["binary_sensor", binarySensor],
  ["switch", switchEntity],
  ["button", button],
  ["lock", lock],
  ["siren", siren],
  ["scene", scene],
  ["event", event],
  ["device_automation", trigger],
  ["light", light],
  ["cover", cover],
  ["valve", valve],
  ["climate", climate],
  ["fan", fan],
  ["humidifier", humidifier],
  ["water_heater", waterHeater],
  ["number", numberEntity],
  ["select", select],
  ["text", textEntity],
  ["device_tracker", deviceTracker],
  ["update", update],
  ["vacuum", vacuum],
  ["alarm_control_panel", alarmPanel],
  ["lawn_mower", lawnMower],
]);

/** Platforms with nothing that a device would report or be told: pictures, tags, messages. */
export const unread = new Set(["camera", "image", "tag", "notify", "todo"]);
