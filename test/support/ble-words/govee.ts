import type { Meaning, Words } from "./words.ts";

const oneButton: Readonly<Record<string, Meaning>> = {
  "event:button_0": { event: "action", map: { press: "press" } },
};
const buttons: Readonly<Record<string, Meaning>> = {
  "event:button_0": { event: "action", part: "1", map: { press: "press" } },
  "event:button_1": { event: "action", part: "2", map: { press: "press" } },
};

/** The source prints four decimals of a negative temperature, of which the sensor sends one. */
const roughly: Readonly<Record<string, Meaning>> = {
  temperature: { is: "temperature", tolerance: 0.051 },
};

function alarms(): Record<string, Meaning> {
  const words: Record<string, Meaning> = {};
  for (const part of ["1", "2", "3", "4", "5", "6"]) {
    words[`temperature_alarm_probe_${part}`] = { is: "x_govee_temperature_alarm", part };
    words[`low_temperature_alarm_probe_${part}`] = { is: "x_govee_low_temperature_alarm", part };
  }
  return words;
}

export const govee: Words = {
  "*": {
    ...alarms(),
    humidity_probe_1: { is: "humidity", part: "1" },
    temperature_primary: { is: "temperature" },
    humidity_primary: { is: "humidity" },
    battery_primary: { is: "battery" },
    signal_strength_primary: {
      skip: "how strong the radio is heard, which the frame does not say",
    },
    temperature_remote: { is: "temperature", part: "outdoor" },
    humidity_remote: { is: "humidity", part: "outdoor" },
    battery_remote: { is: "battery", part: "outdoor" },
    signal_strength_remote: { skip: "how strong the radio is heard, which the frame does not say" },
    "event:motion": { is: "motion", map: { motion: true } },
    "event:vibration": { event: "action", action: "shake" },
    window: { is: "open" },
    occupancy: { is: "occupancy" },
    presence: { is: "presence" },
  },
  "govee-h5072": roughly,
  "govee-h5122": oneButton,
  "govee-h5125": buttons,
  "govee-h5126": buttons,
  "govee-h5130": oneButton,
  "govee-h5178-outdoor": {
    temperature: { is: "temperature", part: "outdoor" },
    humidity: { is: "humidity", part: "outdoor" },
    battery: { is: "battery", part: "outdoor" },
    sensor_id: { skip: "which of the two sensors it is: the part says that" },
  },
  "govee-h5191": { temperature: { is: "temperature", part: "ambient" } },
};
