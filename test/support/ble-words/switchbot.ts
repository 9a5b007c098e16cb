import type { Meaning, Words } from "./words.ts";

const displayUnit: Meaning = { skip: "the unit that the display shows" };
const counter: Meaning = { skip: "counts the messages" };

/** Percent closed, where ours is percent open. */
const closed: Meaning = { is: "position", add: -100, mul: -1 };

function vendor(name: string, part?: string): Meaning {
  return { is: `x_switchbot_${name}`, ...(part !== undefined && { part }) };
}

export const switchbot: Words = {
  "*": {
    fahrenheit: displayUnit,
    sequence_number: counter,
    seq_number: counter,
    doorbell_seq: counter,
    ctrl: { skip: "says of the product that it can be controlled" },
    iot: vendor("iot"),
    led: vendor("led"),
    led_state: vendor("led"),
    tested: vendor("tested"),
    scopetested: vendor("tested"),
    sense_distance: {
      is: "x_switchbot_sensing_distance",
      map: { "0": "long", "1": "middle", "2": "short" },
    },
    sensingdistance: vendor("sensing_distance"),
    is_light: { is: "light_detected" },
    light_intensity: { is: "light_detected", map: { "0": false, "1": false, "2": true } },
    motion_detected: { is: "motion" },
    contact: {
      is: "open",
      map: { open: true, closed: false, "timeout not closed": true },
    },
    contact_open: { is: "open" },
    contact_timeout: vendor("left_open"),
    door_open: { is: "open" },
    button_count: { is: "count", part: "press" },
    push_ct: { is: "count", part: "press" },
    in_ct: { is: "count", part: "in" },
    out_ct: { is: "count", part: "out" },
    lightlevel: vendor("light_level"),
    calibration: vendor("calibrated"),
    calibrated: vendor("calibrated"),
    inmotion: { is: "moving" },
    moving: { is: "moving" },
    position: { is: "position" },
    devicechain: vendor("device_chain"),
    tilt: vendor("slat_position"),
    ison: { is: "onoff" },
    state: { is: "onoff", map: { on: true, off: false } },
    switchmode: { is: "x_switchbot_mode", map: { true: "switch", false: "press" } },
    mode: { is: "x_switchbot_mode", map: { "on/off": "switch", onestate: "press" } },
    isaqivalid: vendor("aqi_valid"),
    aqi_level: vendor("aqi_level"),
    child_lock: { is: "child_lock" },
    speed: { is: "fan_speed" },
    filter_element_working_time: { is: "duration", part: "filter", mul: 3_600 },
    err_code: vendor("error_code"),
    nightlight: vendor("night_light"),
    oscillating: vendor("oscillating"),
    oscillating_horizontal: vendor("oscillating", "horizontal"),
    oscillating_vertical: vendor("oscillating", "vertical"),
    brightness: { is: "brightness" },
    color_mode: vendor("color_mode"),
    delay: vendor("delay"),
    preset: vendor("preset"),
    loop_index: vendor("loop_index"),
    network_state: vendor("network_state"),
    cw: { is: "color_temperature" },
    sensor_inserted: vendor("sensor_inserted"),
    temperature_alarm: vendor("temperature_alarm"),
    humidity_alarm: vendor("humidity_alarm"),
    soc_version: { is: "firmware" },
    step: vendor("network_step"),
    mqtt_connected: { is: "connected" },
    network_connected: { is: "connected" },
    work_status: vendor("work_status"),
    dusbin_connected: vendor("dustbin_connected"),
    dustbin_bound: vendor("dustbin_bound"),
    attempt_state: vendor("attempt_state"),
    leak: { is: "water_leak" },
    tampered: { is: "tamper" },
    low_battery: { is: "battery_low" },
  },
  "switchbot-color-bulb": { speed: vendor("speed") },
  "switchbot-w070160x": { position: closed },
  "switchbot-w110150x": {
    lightlevel: { is: "light_detected", map: { bright: true, dark: false } },
  },
  "switchbot-w120150x": {
    lightlevel: { is: "light_detected", map: { bright: true, dark: false } },
  },
  "switchbot-w270160x": {
    // 100 is open, as ours: both have 50 in the middle of the way to either side.
    open: { is: "tilt" },
    direction: { is: "x_switchbot_slat_direction", map: { up: "up", down: "down", "—": "level" } },
    motion: { is: "moving" },
  },
};
