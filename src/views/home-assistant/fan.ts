import { valuesOf, type Item, type Options, type Subject } from "./entity.ts";
import type { Group, Part } from "./part.ts";
import { at, command, fixed, flag, plain } from "./templates.ts";

/** A fan: what switches on and has a speed or modes, or has modes of which one is off. */
export function fanOf(part: Part, subject: Subject): Group | undefined {
  const speed = part.both("fan_speed");
  const mode = part.both("fan_mode");
  const stages = mode && stagesOf(mode);
  // What is switched beside the modes of such a fan is another thing, such as its lamp.
  if (mode && stages && !speed) return group({ item: mode, speed, mode, power: stages }, subject);
  const onoff = part.both("onoff");
  if (!onoff || (!mode && !speed)) return undefined;
  return group({ item: onoff, speed, mode, power: powerOf(onoff) }, subject);
}

interface Fan {
  readonly item: Item;
  readonly speed: Item | undefined;
  readonly mode: Item | undefined;
  readonly power: Options;
}

function group({ item, speed, mode, power }: Fan, { state, set }: Subject): Group {
  const options = {
    state_topic: state,
    command_topic: set,
    ...power,
    ...(speed && speedOptions(speed, { state, set })),
    ...(mode && modeOptions(mode, { state, set })),
  };
  const entity = { platform: "fan", item, label: "Fan", isMain: true, options } as const;
  return { entity, uses: [item, speed, mode] };
}

function powerOf({ key }: Item): Options {
  return {
    state_value_template: flag(key),
    command_template: "{{ value }}",
    payload_on: fixed({ [key]: true }),
    payload_off: fixed({ [key]: false }),
  };
}

/** On and off where they are modes, too: on is the first of the others. */
function stagesOf(mode: Item): Options | undefined {
  const { key } = mode;
  const [first] = modesOf(mode);
  if (first === undefined || !valuesOf(mode).includes("off")) return undefined;
  const known = `'None' if ${at(key)} | default(none) is none else 'ON'`;
  return {
    state_value_template: `{{ 'OFF' if ${at(key)} == 'off' else ${known} }}`,
    payload_on: fixed({ [key]: first }),
    payload_off: fixed({ [key]: "off" }),
  };
}

function modesOf(mode: Item): readonly string[] {
  return valuesOf(mode).filter((word) => word !== "off");
}

type Topics = Pick<Subject, "state" | "set">;

function speedOptions({ key }: Item, { state, set }: Topics): Options {
  return {
    percentage_state_topic: state,
    percentage_value_template: plain(key),
    percentage_command_topic: set,
    percentage_command_template: command(key, "value"),
  };
}

function modeOptions(mode: Item, { state, set }: Topics): Options {
  const preset_modes = modesOf(mode);
  if (preset_modes.length === 0) return {};
  return {
    preset_modes,
    preset_mode_state_topic: state,
    preset_mode_value_template: `{{ 'None' if ${at(mode.key)} == 'off' else ${at(mode.key)} | default(none) }}`,
    preset_mode_command_topic: set,
    preset_mode_command_template: command(mode.key),
  };
}
