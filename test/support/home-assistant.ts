import { parseTemplate } from "../../adapters/wifi/template/template.ts";
import type { Description, Property } from "../../src/model/description.ts";
import type { Scalar } from "../../src/model/scalar.ts";
import { specOf, type Access } from "../../src/model/vocabulary.ts";
import { discoveryOf, type Discovery } from "../../src/views/home-assistant/discovery.ts";
import type { Component } from "./home-assistant-rules.ts";

export const discoveryOptions = {
  root: "koine",
  gatewayId: "1a2b",
  version: "0.1.0",
  refreshS: 300,
} as const;

export function describedDevice(
  properties: Readonly<Record<string, Property>>,
  more: Partial<Description> = {},
): Description {
  return {
    koine: "1.0",
    revision: 1,
    id: "wifi-024b4f000001",
    name: "Pump",
    classes: ["sensor"],
    properties,
    ...more,
  };
}

/** A property as the registry describes one of the vocabulary. */
export function vocabularyProperty(is: string, more: Partial<Property> = {}): Property {
  const spec = specOf(is);
  if (!spec) throw new Error(`Not in the vocabulary: ${is}`);
  return {
    is,
    type: spec.type,
    unit: spec.unit ?? undefined,
    values: spec.values && [...spec.values],
    access: spec.access,
    kind: spec.kind,
    ...more,
  };
}

export function accessed(is: string, access: Access): Property {
  return vocabularyProperty(is, { access });
}

/** What Home Assistant is told of a device, as it arrives. */
export function discovered(description: Description): Discovery {
  return JSON.parse(JSON.stringify(discoveryOf(description, discoveryOptions))) as Discovery;
}

/** The only entity of this platform. */
export function only(discovery: Discovery, platform: string): Component {
  const found = Object.values(discovery.components).filter((one) => one.platform === platform);
  if (found.length !== 1 || !found[0]) {
    throw new Error(`${found.length} of ${platform} in ${JSON.stringify(discovery.components)}`);
  }
  return found[0];
}

/** What Home Assistant makes of a message with a template of an entity. */
export function rendered(
  component: Component,
  option: string,
  message: Scalar,
): string | undefined {
  const value = typeof message === "string" ? message : JSON.stringify(message);
  return parseTemplate(String(component[option])).render({ value, value_json: message });
}

/** The document that Home Assistant publishes for a wish, by a template of an entity. */
export function wished(
  component: Component,
  option: string,
  variables: Readonly<Record<string, Scalar>>,
): string {
  const text = parseTemplate(String(component[option])).render({ value: null, ...variables });
  if (text === undefined) throw new Error(`Cannot render ${String(component[option])}`);
  return text;
}

/** Every kind of document that Home Assistant may publish for an entity. */
export function wishesOf(component: Component): readonly string[] {
  const payloads = Object.entries(component)
    .filter(([key, value]) => key.startsWith("payload_") && value !== null)
    .map(([, value]) => String(value));
  const templates = Object.keys(component)
    .filter((key) => /command.*_template$|^set_position_template$/.test(key))
    .filter((key) => component[key] !== "{{ value }}")
    .flatMap((key) => variablesOf(component, key).map((given) => wished(component, key, given)));
  return [...payloads, ...templates];
}

type Variables = Readonly<Record<string, Scalar>>;

/** What Home Assistant gives a template of a wish. */
function variablesOf(component: Component, key: string): readonly Variables[] {
  const words = (list: string): readonly Variables[] =>
    (component[list] as readonly string[]).map((value) => ({ value }));
  switch (key) {
    case "command_template":
      return plainValues(component).map((value) => ({ value }));
    case "set_position_template":
      return [{ value: 40, position: 40 }];
    case "tilt_command_template":
      return [{ value: 30, tilt_position: 30 }];
    case "percentage_command_template":
      return [{ value: 0 }, { value: 67 }];
    case "mode_command_template":
      return words("modes");
    case "preset_mode_command_template":
      return words("preset_modes");
    case "fan_mode_command_template":
      return words("fan_modes");
    case "swing_mode_command_template":
      return words("swing_modes");
    case "command_on_template":
      return lightWishes(component);
    case "command_off_template":
      return [{ state: false }, { state: false, transition: 2.5 }];
    default:
      return [
        { value: component["max_temp"] as number },
        { value: component["min_temp"] as number },
      ];
  }
}

function plainValues({ platform, ...options }: Component): readonly Scalar[] {
  switch (platform) {
    case "number":
      return [options["min"] as number, options["max"] as number];
    case "select":
      return options["options"] as readonly string[];
    case "valve":
      return [0, 100];
    default:
      return options["pattern"] === undefined
        ? ['say "no"', "true", "42"]
        : ["2026-01-31T12:00:00Z", "2026-01-31T12:00+01:00"].filter((text) =>
            new RegExp(String(options["pattern"])).test(text),
          );
  }
}

/** A light that is told all it has, and nothing. */
function lightWishes(component: Component): readonly Variables[] {
  const effects = component["effect_list"] as readonly string[] | undefined;
  const all: Variables = {
    state: true,
    transition: 2,
    ...(component["brightness_template"] !== undefined && { brightness: 128 }),
    ...(component["color_temp_template"] !== undefined && { color_temp: 2_700 }),
    ...(component["red_template"] !== undefined && {
      red: 255,
      green: 0,
      blue: 0,
      hue: 0,
      sat: 100,
    }),
    ...(effects && { effect: effects[0] ?? "" }),
  };
  return [{ state: true }, all];
}
