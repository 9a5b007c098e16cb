import { rangeOf, valuesOf, type Item, type Options, type Subject } from "./entity.ts";
import type { Group, Part } from "./part.ts";
import { command, plain } from "./templates.ts";

/** A thermostat or an air conditioner: what keeps a temperature. */
export function climateOf(part: Part, subject: Subject): Group | undefined {
  const item = part.both("target_temperature");
  if (!item) return undefined;
  const high = part.both("target_temperature_cool");
  const mode = part.both("hvac_mode");
  const action = part.readable("hvac_action");
  const preset = withValues(part.both("preset"));
  const fan = withValues(part.both("fan_mode"));
  const swing = withValues(part.both("swing_mode"));
  const options = {
    ...targetOptions(item, high, subject),
    ...currentOptions(part, subject),
    ...modeOptions(mode, subject),
    ...(action && { action_topic: subject.state, action_template: plain(action.key) }),
    ...(preset && presetOptions(preset, subject)),
    ...(fan && wordOptions("fan", fan, subject)),
    ...(swing && wordOptions("swing", swing, subject)),
  };
  const entity = { platform: "climate", item, label: "Thermostat", isMain: true, options } as const;
  return { entity, uses: [item, high, mode, action, preset, fan, swing] };
}

function withValues(item: Item | undefined): Item | undefined {
  return item && valuesOf(item).length > 0 ? item : undefined;
}

/** Degrees that a target moves by where nobody says. */
const stepDefault = 0.5;

/** With one to heat to and one to cool to they are the ends of a range. */
function targetOptions(low: Item, high: Item | undefined, subject: Subject): Options {
  const ranges = [low, ...(high ? [high] : [])].map(rangeOf);
  return {
    temperature_unit: "C",
    precision: 0.1,
    temp_step: low.property.step ?? stepDefault,
    // One pair of limits for both: what each of them takes.
    min_temp: Math.max(...ranges.map(({ min = -Infinity }) => min)),
    max_temp: Math.min(...ranges.map(({ max = Infinity }) => max)),
    ...(high
      ? { ...target("_low", low, subject), ...target("_high", high, subject) }
      : target("", low, subject)),
  };
}

function target(end: string, { key }: Item, { state, set }: Subject): Options {
  return {
    [`temperature${end}_state_topic`]: state,
    [`temperature${end}_state_template`]: plain(key),
    [`temperature${end}_command_topic`]: set,
    [`temperature${end}_command_template`]: command(key, "value"),
  };
}

/** What is measured has a sensor of its own as well. */
function currentOptions(part: Part, { state }: Subject): Options {
  const temperature = part.readable("temperature");
  const humidity = part.readable("humidity");
  return {
    ...(temperature && {
      current_temperature_topic: state,
      current_temperature_template: plain(temperature.key),
    }),
    ...(humidity && {
      current_humidity_topic: state,
      current_humidity_template: plain(humidity.key),
    }),
  };
}

/** What cannot be switched is taken to heat. */
function modeOptions(mode: Item | undefined, { state, set }: Subject): Options {
  if (!mode) return { modes: ["heat"], mode_state_topic: state, mode_state_template: "heat" };
  return {
    modes: valuesOf(mode),
    mode_state_topic: state,
    mode_state_template: plain(mode.key),
    mode_command_topic: set,
    mode_command_template: command(mode.key),
  };
}

/** Home Assistant has `none` among the presets by itself. */
function presetOptions(preset: Item, { state, set }: Subject): Options {
  const preset_modes = valuesOf(preset).filter((word) => word !== "none");
  if (preset_modes.length === 0) return {};
  return {
    preset_modes,
    preset_mode_state_topic: state,
    preset_mode_value_template: plain(preset.key),
    preset_mode_command_topic: set,
    preset_mode_command_template: command(preset.key),
  };
}

function wordOptions(kind: "fan" | "swing", item: Item, { state, set }: Subject): Options {
  return {
    [`${kind}_modes`]: valuesOf(item),
    [`${kind}_mode_state_topic`]: state,
    [`${kind}_mode_state_template`]: plain(item.key),
    [`${kind}_mode_command_topic`]: set,
    [`${kind}_mode_command_template`]: command(item.key),
  };
}
