import { partOf, vendorProperty, type PropertyFacts } from "koine/adapter";
import { numberIn } from "../../../reading/codec.ts";
import { stringOf, type JsonObject, textOf } from "../../../reading/json.ts";
import { platforms } from "../home-assistant/platforms/index.ts";
import { type Point } from "../home-assistant/point.ts";

/** The points a component would have if it were described, as far as its kind tells. */
export function pointsOf(root: string, component: string): readonly Point[] {
  const [kind = "", object = ""] = component.split("/");
  const own = `${root}/${component}`;
  const config = {
    ...configOf(kind, own),
    state_topic: `${own}/state`,
    command_topic: `${own}/command`,
  };
  const platform = platforms.get(kind);
  const place = { part: partOf(object), optionalPart: true, source: component };
  const vendorName = (name: string): string =>
    vendorProperty("esphome", name === "" ? object : `${object}_${name}`);
  if (kind === "sensor" || kind === "text_sensor" || kind === "number" || kind === "select") {
    return [plainPoint(vendorName(""), kind, component, config)];
  }
  return platform?.({ config, vendorName, place, words: object.toLowerCase() }) ?? [];
}

function configOf(kind: string, own: string): JsonObject {
  switch (kind) {
    case "cover":
      return {
        position_topic: `${own}/position/state`,
        set_position_topic: `${own}/position/command`,
        tilt_status_topic: `${own}/tilt/state`,
        tilt_command_topic: `${own}/tilt/command`,
      };
    case "fan":
      return {
        percentage_state_topic: `${own}/speed_level/state`,
        percentage_command_topic: `${own}/speed_level/command`,
        oscillation_state_topic: `${own}/oscillation/state`,
        oscillation_command_topic: `${own}/oscillation/command`,
      };
    case "climate":
      return climateConfig(own);
    case "light":
      return {
        schema: "json",
        brightness: true,
        supported_color_modes: ["rgb", "color_temp"],
        effect: true,
      };
    default:
      return {};
  }
}

/** Temperatures of a thermostat are always in degrees Celsius. */
function climateConfig(own: string): JsonObject {
  return {
    mode_state_topic: `${own}/mode/state`,
    mode_command_topic: `${own}/mode/command`,
    modes: ["off", "heat_cool", "cool", "heat", "fan_only", "dry", "auto"],
    action_topic: `${own}/action/state`,
    current_temperature_topic: `${own}/current_temperature/state`,
    temperature_state_topic: `${own}/target_temperature/state`,
    temperature_command_topic: `${own}/target_temperature/command`,
    preset_mode_state_topic: `${own}/preset/state`,
    preset_mode_command_topic: `${own}/preset/command`,
  };
}

/** Without a unit a number says nothing common. */
function plainPoint(is: string, kind: string, source: string, config: JsonObject): Point {
  const isNumber = kind === "sensor" || kind === "number";
  const facts: PropertyFacts = {
    is,
    type: isNumber ? "number" : "string",
    source,
    access: kind === "sensor" || kind === "text_sensor" ? "r" : "rw",
  };
  const [topic, command] = [
    stringOf(config["state_topic"]),
    stringOf(config["command_topic"]) ?? "",
  ];
  return {
    facts,
    topic,
    read: ({ text }) => ({ value: isNumber ? (numberIn(text) ?? text) : text }),
    ...(facts.access === "rw" && {
      write: (value) => [{ topic: command, payload: textOf(value) }],
    }),
  };
}
