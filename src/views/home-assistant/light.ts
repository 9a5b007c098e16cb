import { rangeOf, valuesOf, type Entity, type Item, type Options, type Subject } from "./entity.ts";
import type { Group, Part } from "./part.ts";
import { at, flag, plain } from "./templates.ts";

/** What a light has. */
interface Light {
  readonly onoff: Item;
  readonly brightness: Item | undefined;
  readonly temperature: Item | undefined;
  readonly color: Item | undefined;
  readonly mode: Item | undefined;
  readonly effect: Item | undefined;
}

/** A light: what switches on and can be dimmed or coloured, or is called a light. */
export function lightOf(part: Part, subject: Subject): Group | undefined {
  const onoff = part.both("onoff");
  if (!onoff) return undefined;
  const effect = part.both("effect");
  const light: Light = {
    onoff,
    brightness: part.both("brightness"),
    temperature: part.both("color_temperature"),
    color: part.both("color"),
    mode: part.readable("color_mode"),
    effect: effect && valuesOf(effect).length > 0 ? effect : undefined,
  };
  const isLight =
    light.brightness ?? light.temperature ?? light.color ?? isCalledLight(onoff, subject);
  return isLight ? { entity: entityOf(light, subject), uses: Object.values(light) } : undefined;
}

function isCalledLight({ property }: Item, { description }: Subject): boolean {
  const { class: own } = property;
  return own === "light" || (own === undefined && description.classes.includes("light"));
}

/** One document for all that is wished at once: hence Home Assistant's `template` light. */
function entityOf(light: Light, { state, set }: Subject): Entity {
  const options = {
    schema: "template",
    state_topic: state,
    command_topic: set,
    state_template: flag(light.onoff.key, "on", "off"),
    command_on_template: onTemplate(light),
    command_off_template: offTemplate(light),
    ...brightnessOptions(light),
    ...temperatureOptions(light),
    ...colorOptions(light),
    ...effectOptions(light),
  };
  return { platform: "light", item: light.onoff, label: "Light", isMain: true, options };
}

const transition = `{% if transition is defined %}, "_transition": {{ transition }}{% endif %}`;

function onTemplate({ onoff, brightness, temperature, color, effect }: Light): string {
  return [
    `{"${onoff.key}": true`,
    wish("brightness", brightness, ({ key }) => `"${key}": {{ ${percentOf(brightness)} }}`),
    wish("color_temp", temperature, ({ key }) => `"${key}": {{ color_temp | int }}`),
    wish("hue", color, ({ key }) => `"${key}": {"h": {{ hue }}, "s": {{ sat }} }`),
    wish("effect", effect, ({ key }) => `"${key}": {{ effect | tojson }}`),
    `${transition} }`,
  ].join("");
}

function offTemplate({ onoff }: Light): string {
  return `{"${onoff.key}": false${transition} }`;
}

function wish(variable: string, item: Item | undefined, write: (item: Item) => string): string {
  return item ? `{% if ${variable} is defined %}, ${write(item)}{% endif %}` : "";
}

/** Home Assistant's 1 to 255 in percent. */
function percentOf(brightness: Item | undefined): string {
  const percent = "(brightness / 2.55) | round(1)";
  const least = brightness && rangeOf(brightness).min;
  return least === undefined || least <= 0 ? percent : `[${least}, ${percent}] | max`;
}

function brightnessOptions({ brightness }: Light): Options {
  if (!brightness) return {};
  const raw = `(${at(brightness.key)} | default(0, true) * 2.55) | round | int`;
  return { brightness_template: `{{ ${raw} }}` };
}

function temperatureOptions({ temperature }: Light): Options {
  if (!temperature) return {};
  const { min, max } = rangeOf(temperature);
  return {
    color_temp_template: plain(temperature.key),
    color_temp_kelvin: true,
    ...(min !== undefined && { min_kelvin: Math.ceil(min) }),
    ...(max !== undefined && { max_kelvin: Math.floor(max) }),
  };
}

/** The turn of the colour wheel at which each channel is brightest, in sixths. */
const channels = { red: 5, green: 3, blue: 1 } as const;

/** A template light reads its colour as red, green and blue; none of them means white. */
function colorOptions(light: Light): Options {
  const { color } = light;
  if (!color) return {};
  return Object.fromEntries(
    Object.entries(channels).map(([name, turn]) => [
      `${name}_template`,
      channelOf(light, color, turn),
    ]),
  );
}

function channelOf(light: Light, { key }: Item, turn: number): string {
  const angle = `{% set k = (${turn} + ${at(key)}.h / 60) % 6 %}`;
  const share = "[0, [k, 4 - k, 1] | min] | max";
  const level = `{{ (255 - 2.55 * ${at(key)}.s * (${share})) | round | int }}`;
  return `{% if ${isColored(light, key)} %}${angle}${level}{% else %}None{% endif %}`;
}

/** Whether the light shines in a colour now. Where it does not tell, white is a colour without any. */
function isColored({ mode, temperature }: Light, key: string): string {
  const known = `${at(key)} | default(none) is not none`;
  if (mode) return `${known} and ${at(mode.key)} == 'hs'`;
  return temperature ? `${known} and ${at(key)}.s > 0` : known;
}

function effectOptions({ effect }: Light): Options {
  if (!effect) return {};
  return { effect_list: valuesOf(effect), effect_template: plain(effect.key) };
}
