import type { Meaning, Words } from "./words.ts";

const presses: Readonly<Record<string, string>> = {
  hold_press: "hold",
  // Theengs' own numbers; 0 is "nothing happened".
  "0": "",
  "1": "press",
  "2": "double_press",
  "3": "triple_press",
  "9": "long_press",
  "11": "hold",
};

function button(part?: string): Meaning {
  return { event: "action", map: presses, ...(part !== undefined && { part }) };
}

/** What 1 is of a lock, and of a safety sensor, is the other state. */
function inverted(is: string): Meaning {
  return { is, map: { "1": false, "0": true, true: false, false: true } };
}

const plain: Readonly<Record<string, Meaning>> = {
  voltage: { is: "voltage" },
  voltage_1: { is: "voltage", part: "1" },
  voltage_2: { is: "voltage", part: "2" },
  humidity_1: { is: "humidity", part: "1" },
  humidity_2: { is: "humidity", part: "2" },
  mass: { is: "weight" },
  dew_point: { is: "dew_point" },
  count: { is: "count" },
  energy: { is: "energy" },
  power: { is: "power" },
  "power:boolean": { is: "onoff" },
  volatile_organic_compounds: { is: "voc" },
  carbon_monoxide: { is: "co_alarm" },
  battery_low: { is: "battery_low" },
  cold: { is: "cold_alarm" },
  connectivity: { is: "connected" },
  door: { is: "open" },
  gas_detected: { is: "gas_alarm" },
  light: { is: "light_detected" },
  lock: inverted("locked"),
  moisture_detected: { is: "water_leak" },
  occupancy: { is: "occupancy" },
  presence: { is: "presence" },
  safety: inverted("unsafe"),
  sound: { is: "sound" },
  tamper: { is: "tamper" },
  vibration: { is: "vibration" },
  rotation: { is: "tilt_angle" },
  distance: { is: "distance" },
  duration: { is: "duration" },
  speed: { is: "speed" },
  volume: { is: "volume" },
  gas: { is: "gas_volume" },
  water: { is: "water_volume" },
  volume_storage: { is: "stored_volume" },
  timestamp: {
    is: "device_time",
    map: { "2023-05-14 19:41:17+00:00": "2023-05-14T19:41:17.000Z" },
  },
  acceleration: { is: "acceleration" },
  gyroscope: { is: "rotation_rate" },
  text: { is: "text" },
  raw: { is: "raw" },
  direction: { is: "wind_direction" },
  precipitation: { is: "precipitation" },
  channel: { is: "value" },
  rotational_speed: { is: "rotational_speed" },
  light_level: { is: "light_level", map: { "0": "dark", "1": "twilight", "2": "bright" } },
  button: button(),
  button1: button("1"),
  button2: button("2"),
  button3: button("3"),
  button4: button("4"),
  "event:button": button(),
  "event:button_1": button("1"),
  "event:button_2": button("2"),
  "event:button_3": button("3"),
  "event:dimmer": { event: "action", action: "rotate_left" },
};

export const bthome: Words = {
  "*": plain,
  // Only the switch, object 0x10, has encrypted cases.
  "bthome-v2-encrypted": { power: { is: "onoff" } },
};
