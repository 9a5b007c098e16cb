import type { Meaning, Words } from "./words.ts";

const partOfEvent = (part: string): Meaning => ({
  event: "action",
  part,
  map: { "single press": "press", "double press": "double_press", "long press": "long_press" },
});

const otherOn = (part: string): Meaning => ({ event: "action", action: "other", part });
const seen = (part: string): Meaning => ({
  event: "action",
  part,
  map: { true: "other", false: "", 1: "other", 0: "" },
});
const own = (name: string): Meaning => ({ is: `x_xiaomi_${name}` });
const names: Meaning = { skip: "the name of the button, whose press is an event of its own key" };

/** Where a press was, in the words of its sources. */
const presses: Readonly<Record<string, Meaning>> = {
  "event:button": { event: "action" },
  ...Object.fromEntries(
    [
      ["left"],
      ["middle"],
      ["right"],
      ["mid_left"],
      ["mid_right"],
      ["on"],
      ["off"],
      ["brightness"],
      ["plus"],
      ["m"],
      ["min", "minus"],
      ["fan"],
      ["light"],
      ["swing"],
      ["power"],
      ["heat"],
      ["stop"],
      ["dry"],
      ["air_exchange"],
    ].map(([name = "", part = name]) => [`event:button_${name}`, partOfEvent(part)]),
  ),
  "event:dimmer": { event: "action", action: "press" },
  "event:cube": { event: "action" },
  "event:lock": otherOn("lock"),
  "event:fingerprint": otherOn("fingerprint"),
  "event:error": otherOn("error"),
  "event:motion": { is: "motion", map: { motion_detected: true } },
  button: {
    event: "action",
    map: {
      "single press": "press",
      "short press": "press",
      "double press": "double_press",
      "long press": "long_press",
      toggle: "press",
      left: "rotate_left",
      right: "rotate_right",
    },
  },
  button_switch: {
    event: "action",
    map: { "single press": "press", "double press": "double_press", "long press": "long_press" },
  },
  dimmer: {
    event: "action",
    map: {
      "short press": "press",
      "long press": "long_press",
      "rotate left": "rotate_left",
      "rotate right": "rotate_right",
      "rotate left (pressed)": "rotate_left",
      "rotate right (pressed)": "rotate_right",
    },
  },
  steps: { skip: "told with the event of the dimmer" },
  remote: names,
  fan_remote: names,
  ventilator_fan_remote: names,
  bathroom_heater_remote: names,
  one_btn_switch: names,
  two_btn_switch_left: names,
  two_btn_switch_right: names,
  three_btn_switch_left: names,
  three_btn_switch_middle: names,
  three_btn_switch_right: names,
  four_btn_switch_1: names,
  four_btn_switch_2: names,
  four_btn_switch_3: names,
  four_btn_switch_4: names,
};

/** `true` says unlocked, as a lock of Home Assistant does. */
const unlocked = { true: false, false: true, 1: false, 0: true } as const;

const keys: Readonly<Record<string, string>> = {
  "Fingerprint key id 2": "2",
  2: "2",
  0: "administrator",
  "unknown operator": "unknown",
  "invalid operator": "invalid",
};

const locks: Readonly<Record<string, Meaning>> = {
  lock: { is: "locked", map: unlocked },
  armed: { is: "x_xiaomi_armed", map: unlocked },
  armed_away: { is: "x_xiaomi_armed", map: unlocked },
  childlock: { is: "x_xiaomi_childlock", map: unlocked },
  antilock: { is: "x_xiaomi_antilock", map: unlocked },
  locktype: { skip: "says which of the bolts the other keys are about" },
  lock_method: {
    is: "x_xiaomi_lock_method",
    map: { key_method: "key", nfc_method: "nfc", turntable_method: "turntable" },
  },
  method: {
    is: "x_xiaomi_lock_method",
    map: {
      "one-time password": "one_time_password",
      "two-step verification": "two_step_verification",
      Homekit: "homekit",
    },
  },
  action: {
    is: "x_xiaomi_lock_action",
    map: {
      "unlock outside the door": "unlock_outside_the_door",
      "unlock inside the door": "unlock_inside_the_door",
      "lock outside the door": "lock_outside_the_door",
      "lock inside the door": "lock_inside_the_door",
      "turn on anti-lock": "turn_on_antilock",
      "turn off anti-lock": "turn_off_antilock",
      "turn on child lock": "turn_on_child_lock",
      "turn off child lock": "turn_off_child_lock",
    },
  },
  key_id: { is: "x_xiaomi_key_id", map: keys },
  fingerprint: own("fingerprint_matches"),
  result: {
    is: "x_xiaomi_fingerprint_result",
    map: { "match successful": "match_successful", "match failed": "match_failed" },
  },
  door: { is: "open" },
  door_action: { skip: "the same as the state of the door, as a sentence" },
  door_left_open: own("door_left_open"),
  door_stuck: own("door_stuck"),
  pry_the_door: { is: "tamper" },
  device_forcibly_removed: { is: "tamper" },
  knock_on_the_door: seen("knock"),
  status: { skip: "the same as the state of the door, as a sentence" },
};

const others: Readonly<Record<string, Meaning>> = {
  power: { is: "onoff" },
  switch: { is: "onoff" },
  light: { is: "light_detected" },
  smoke: { is: "smoke" },
  occupancy: { is: "occupancy" },
  occupancy_close_range: { is: "occupancy", part: "close_range" },
  bed_occupancy: { is: "occupancy" },
  pressure_state: { is: "occupancy" },
  moisture_detected: { is: "water_leak" },
  bottom_submersion: { is: "water_leak", part: "bottom" },
  top_splash: { is: "water_leak", part: "top" },
  low_battery: { is: "battery_low" },
  toothbrush: { is: "running" },
  counter: own("counter"),
  score: own("score"),
  consumable: own("consumable"),
  mass: { is: "weight" },
  profile_id: own("profile_id"),
  stabilized: own("stabilized"),
  heart_rate: own("heart_rate"),
  impedance_low: own("impedance_low"),
  impedance_high: own("impedance_high"),
  charging_state: {
    is: "x_xiaomi_charging_state",
    map: { Charging: "charging", "Not Charging": "not_charging", Full: "full" },
  },
  asleep: own("asleep"),
  sleeping: own("asleep"),
  snoring: own("snoring"),
  wearing: own("wearing"),
  duration_detected: own("duration_detected"),
  duration_cleared: own("duration_cleared"),
  duration_occupancy_detected: own("duration_detected"),
  duration_no_occupancy_detected: own("duration_cleared"),
  pressure_present_duration: own("pressure_present_duration"),
  pressure_not_present_duration: own("pressure_not_present_duration"),
  pressure_present_time_set: own("pressure_present_time_set"),
  pressure_not_present_time_set: own("pressure_not_present_time_set"),
  no_motion_time: own("no_motion_time"),
  motion_timer: { skip: "says that the source starts a timer of its own" },
  local_name: { skip: "the name that the frame has, not what the decoder tells" },
  darkness: { skip: "the number of the frame, which the source takes for a measurement" },
};

export const mibeacon: Words = {
  "*": { ...presses, ...locks, ...others },
  "mibeacon-v5-encrypted": { moisture: { is: "water_leak" } },
};
