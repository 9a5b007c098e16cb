import { number, words } from "../../../reading/codec.ts";
import { TopicTable } from "../../topic-table.ts";

const yesNo = words({ true: true, false: false, "1": true, "0": false });
const bit = words({ "1": true, "0": false, true: true, false: false });
const wattMinutes = number({ mul: 1 / 60_000 });
const wattHours = number({ mul: 0.001 });
const fault = { is: "problem", optionalPart: true, codec: bit } as const;

/** Every property of a Shelly of generation 1 that has a topic of its own, below `shellies/<id>`. */
export const topics = new TopicTable([
  {
    topic: "relay/<n>",
    is: "onoff",
    codec: words({ on: true, off: false, overpower: false }),
    set: "relay/<n>/command",
  },
  { topic: "relay/<n>/power", is: "power", codec: number() },
  { topic: "relay/<n>/energy", is: "energy", codec: wattMinutes },
  { topic: "relay/power", is: "power", codec: number() },
  { topic: "relay/energy", is: "energy", codec: wattMinutes },
  {
    topic: "relay/<n>/overpower_value",
    is: "x_shelly_overpower_value",
    type: "number",
    unit: "W",
    codec: number(),
  },
  {
    topic: "roller/<n>",
    is: "cover_state",
    // It says where it is going, not where it is.
    codec: words({ open: "opening", close: "closing", stop: "stopped" }),
  },
  {
    topic: "roller/<n>/pos",
    is: "position",
    codec: number({ decimals: 0 }),
    set: "roller/<n>/command/pos",
  },
  { topic: "roller/<n>/power", is: "power", codec: number() },
  { topic: "roller/<n>/energy", is: "energy", codec: wattMinutes },
  {
    topic: "roller/<n>/stop_reason",
    is: "x_shelly_stop_reason",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
  { topic: "input/<n>", is: "input", codec: bit },
  { topic: "ext_switch/<n>", is: "input", part: "external", codec: bit },
  { topic: "emeter/<n>/power", is: "power", codec: number() },
  { topic: "emeter/<n>/voltage", is: "voltage", codec: number() },
  { topic: "emeter/<n>/current", is: "current", codec: number() },
  { topic: "emeter/<n>/pf", is: "power_factor", codec: number() },
  { topic: "emeter/<n>/reactive_power", is: "reactive_power", codec: number() },
  // The sums `energy` and `returned_energy` begin anew when the device starts: these do not.
  { topic: "emeter/<n>/total", is: "energy", codec: wattHours },
  { topic: "emeter/<n>/total_returned", is: "energy_returned", codec: wattHours },
  ...(["light", "color", "white"] as const).flatMap(
    (kind) =>
      [
        {
          topic: `${kind}/<n>`,
          is: "onoff",
          codec: words({ on: true, off: false, overpower: false }),
          set: `${kind}/<n>/command`,
        },
        { topic: `${kind}/<n>/power`, is: "power", codec: number() },
        { topic: `${kind}/<n>/energy`, is: "energy", codec: wattMinutes },
      ] as const,
  ),
  { topic: "temperature", is: "device_temperature", codec: number() },
  { ...fault, topic: "overtemperature", part: "overtemperature" },
  { ...fault, topic: "overpower", part: "overpower" },
  { ...fault, topic: "overload", part: "overload" },
  { ...fault, topic: "loaderror", part: "load" },
  {
    topic: "temperature_status",
    is: "x_shelly_temperature_status",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
  { topic: "voltage", is: "voltage", codec: number() },
  { topic: "adc/<n>", is: "voltage", codec: number() },
  { topic: "ext_temperature/<n>", is: "temperature", codec: number() },
  { topic: "ext_humidity/<n>", is: "humidity", codec: number() },
  { topic: "sensor/temperature", is: "temperature", codec: number() },
  { topic: "sensor/humidity", is: "humidity", codec: number() },
  { topic: "sensor/battery", is: "battery", codec: number() },
  { topic: "sensor/lux", is: "illuminance", codec: number() },
  {
    topic: "sensor/illumination",
    is: "light_level",
    codec: words({ dark: "dark", twilight: "twilight", bright: "bright" }),
  },
  { topic: "sensor/flood", is: "water_leak", codec: yesNo },
  { topic: "sensor/smoke", is: "smoke", codec: yesNo },
  { topic: "sensor/motion", is: "motion", codec: yesNo },
  { topic: "sensor/vibration", is: "vibration", codec: yesNo },
  { topic: "sensor/charger", is: "charging", codec: yesNo },
  { topic: "sensor/ext_power", is: "plugged", codec: yesNo },
  { topic: "sensor/state", is: "open", codec: words({ open: true, close: false, closed: false }) },
  { topic: "sensor/tilt", is: "tilt_angle", codec: { decode: tilt } },
  {
    topic: "sensor/gas",
    is: "gas_alarm",
    // A test is no gas.
    codec: words({ none: false, test: false, mild: true, heavy: true }),
  },
  {
    topic: "sensor/gas",
    is: "x_shelly_gas",
    type: "string",
    codec: { decode: (text) => text },
  },
  {
    topic: "sensor/concentration",
    is: "x_shelly_concentration",
    type: "number",
    unit: "ppm",
    codec: number(),
  },
  {
    topic: "sensor/operation",
    is: "x_shelly_operation",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
  {
    topic: "sensor/self_test",
    is: "x_shelly_self_test",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
  {
    topic: "sensor/act_reasons",
    is: "x_shelly_act_reasons",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
  {
    topic: "sensor/wakeupevent",
    is: "x_shelly_wakeupevent",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
  {
    topic: "sensor/error",
    is: "problem",
    part: "sensor",
    optionalPart: true,
    codec: { decode: (text) => (/^\d+$/.test(text) ? text !== "0" : undefined) },
  },
  {
    topic: "valve/<n>/state",
    is: "valve_open",
    codec: words({ open: true, opened: true, closed: false, close: false }),
    set: "valve/<n>/command",
  },
  {
    // It moves, or fails, or there is none.
    topic: "valve/<n>/state",
    is: "x_shelly_valve_state",
    type: "string",
    kind: "diagnostic",
    codec: { decode: (text) => text },
  },
]);

/** -1 is unknown. */
function tilt(text: string): number | string | null {
  const value = number().decode(text);
  if (value === -1) return null;
  return typeof value === "number" ? value : text;
}
