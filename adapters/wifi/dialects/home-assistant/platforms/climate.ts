import { roundTo, specOf, type PropertyFacts, type Scalar } from "koine/adapter";
import { listOf, numberOf, stringOf, type JsonObject } from "../../../../reading/json.ts";
import { conversionTo, unitText } from "../../../../reading/units.ts";
import {
  extractor,
  nearest,
  reads,
  readsNumber,
  readsText,
  says,
  word,
  type Description,
  type Point,
} from "../point.ts";
import { onScale, scaleOf } from "./cover.ts";
import { plain, settable } from "./sensor.ts";

/** Heating and cooling: temperatures, modes, and what it does. */
export function climate(description: Description): readonly Point[] {
  const { config } = description;
  return [
    ...temperature(
      description,
      "temperature",
      "current_temperature_topic",
      "current_temperature_template",
    ),
    ...target(description, "target_temperature", "temperature"),
    ...target(description, "target_temperature", "temperature_low"),
    ...target(description, "target_temperature_cool", "temperature_high"),
    ...mode(description, "hvac_mode", "mode", words(config, "modes", hvacModes)),
    ...mode(
      description,
      "fan_mode",
      "fan_mode",
      words(config, "fan_modes", ["auto", "low", "medium", "high"]),
    ),
    ...mode(description, "swing_mode", "swing_mode", words(config, "swing_modes", ["on", "off"])),
    ...preset(description),
    ...action(description),
    ...humidity(description),
    ...power(description),
  ];
}

/** On and off, which it does not report by itself. */
function power({ config, place }: Description): Point[] {
  const encode = (value: Scalar): string =>
    value === true ? word(config, "payload_on", "ON") : word(config, "payload_off", "OFF");
  const write = says(config, "power_command_topic", "power_command_template", encode);
  return write.write ? [{ facts: { is: "onoff", ...place, access: "w" }, ...write }] : [];
}

const hvacModes = ["auto", "off", "cool", "heat", "dry", "fan_only"];

function words(config: JsonObject, key: string, usual: readonly string[]): readonly string[] {
  const own = listOf(config[key]).filter((one) => typeof one === "string");
  return own.length > 0 ? own : usual;
}

function unitOf({ temperature_unit: unit }: JsonObject): string {
  return unit === "F" ? "°F" : "°C";
}

function degrees(
  is: string,
  config: JsonObject,
): {
  /** Size of one of its degrees in ours. */
  readonly mul: number;
  readonly ours: (raw: number) => number;
  readonly theirs: (value: Scalar) => number | undefined;
  readonly text: string | undefined;
} {
  const unit = unitOf(config);
  const { mul, add } = conversionTo(is, unit) ?? { mul: 1, add: 0 };
  return {
    mul,
    ours: (raw) => (raw + add) * mul,
    theirs: (value) =>
      typeof value === "number" ? Number((value / mul - add).toFixed(1)) : undefined,
    text: unitText(is, unit),
  };
}

function temperature(
  { config, place }: Description,
  is: string,
  topicKey: string,
  templateKey: string,
): Point[] {
  const topic = stringOf(config[topicKey]);
  if (topic === undefined) return [];
  const { ours, text } = degrees(is, config);
  const extract = extractor(config, templateKey, "value_template");
  return [{ facts: { is, ...place, access: "r" }, topic, read: readsNumber(extract, ours, text) }];
}

function target({ config, place }: Description, is: string, stem: string): Point[] {
  const topic = stringOf(config[`${stem}_state_topic`]);
  if (topic === undefined && config[`${stem}_command_topic`] === undefined) return [];
  const { mul, ours, theirs, text } = degrees(is, config);
  const extract = extractor(config, `${stem}_state_template`, "value_template");
  const write = says(config, `${stem}_command_topic`, `${stem}_command_template`, theirs);
  const [low, high, step] = [
    numberOf(config["min_temp"]),
    numberOf(config["max_temp"]),
    numberOf(config["temp_step"]),
  ];
  const facts: PropertyFacts = {
    is,
    ...place,
    ...(low !== undefined && { min: ours(low) }),
    ...(high !== undefined && { max: ours(high) }),
    ...(step !== undefined && { step: roundTo(step * mul, 2) }),
  };
  const read = readsNumber(extract, ours, text);
  return [settable({ facts, topic, read, ...nearest(theirs, ours), ...write })];
}

/** Words of ours; where it has only words of its own, those under a name of its own. */
function mode(
  { config, place, vendorName }: Description,
  is: string,
  stem: string,
  values: readonly string[],
): Point[] {
  const topic = stringOf(config[`${stem}_state_topic`]);
  if (topic === undefined && config[`${stem}_command_topic`] === undefined) return [];
  const extract = extractor(config, `${stem}_state_template`, "value_template");
  const ours = values.filter((value) => specOf(is)?.values?.includes(value) === true);
  const isForeign = ours.length === 0;
  const facts: PropertyFacts = isForeign
    ? { is: vendorName(stem), type: "enum", values, kind: "setting", ...plain(place) }
    : { is, ...place, values: ours };
  const read = reads(extract, new Map(values.map((value) => [value, value])));
  const write = says(config, `${stem}_command_topic`, `${stem}_command_template`, (value) => value);
  return [settable({ facts, topic, read, ...write })];
}

function preset({ config, place }: Description): Point[] {
  const topic = stringOf(config["preset_mode_state_topic"]);
  if (topic === undefined && config["preset_mode_command_topic"] === undefined) return [];
  const values = words(config, "preset_modes", []);
  const read = readsText(extractor(config, "preset_mode_value_template", "value_template"));
  const write = says(
    config,
    "preset_mode_command_topic",
    "preset_mode_command_template",
    (value) => value,
  );
  return [settable({ facts: { is: "preset", ...place, values }, topic, read, ...write })];
}

function action({ config, place }: Description): Point[] {
  const topic = stringOf(config["action_topic"]);
  if (topic === undefined) return [];
  const values = specOf("hvac_action")?.values ?? [];
  const read = reads(
    extractor(config, "action_template", "value_template"),
    new Map(values.map((value) => [value, value])),
  );
  return [{ facts: { is: "hvac_action", ...place, access: "r" }, topic, read }];
}

function humidity({ config, place }: Description): Point[] {
  const topic = stringOf(config["current_humidity_topic"]);
  if (topic === undefined) return [];
  const read = readsNumber(extractor(config, "current_humidity_template", "value_template"));
  return [{ facts: { is: "humidity", ...place, access: "r" }, topic, read }];
}

/** A fan: on and off, how fast, and what it calls its programmes. */
export function fan(description: Description): readonly Point[] {
  const { config, place } = description;
  const table = new Map([
    [word(config, "payload_on", "ON"), true],
    [word(config, "payload_off", "OFF"), false],
  ]);
  const encode = (value: Scalar): string =>
    word(config, value === true ? "payload_on" : "payload_off", value === true ? "ON" : "OFF");
  const onoff = settable({
    facts: { is: "onoff", ...place },
    topic: stringOf(config["state_topic"]),
    read: reads(extractor(config, "state_value_template"), table),
    ...says(config, "command_topic", "command_template", encode),
  });
  return [onoff, ...speed(description), ...preset(description), ...movements(description)];
}

/** 0 is off; the range of speeds begins above it. */
function speed({ config, place }: Description): Point[] {
  const topic = stringOf(config["percentage_state_topic"]);
  if (topic === undefined && config["percentage_command_topic"] === undefined) return [];
  const low = numberOf(config["speed_range_min"]) ?? 1;
  const scale = scaleOf(low - 1, numberOf(config["speed_range_max"]) ?? 100);
  const extract = extractor(config, "percentage_value_template");
  const keys = ["percentage_command_topic", "percentage_command_template"] as const;
  const write = says(config, ...keys, scale.encode);
  return [onScale({ facts: { is: "fan_speed", ...place }, topic, extract, scale, write })];
}

/** A humidifier: on and off, and the humidity it aims at. */
export function humidifier(description: Description): readonly Point[] {
  const { config, vendorName, place } = description;
  const [onoff] = fan(description);
  const topic = stringOf(config["target_humidity_state_topic"]);
  const facts: PropertyFacts = {
    is: vendorName("target_humidity"),
    type: "number",
    unit: "%",
    min: numberOf(config["min_humidity"]) ?? 0,
    max: numberOf(config["max_humidity"]) ?? 100,
    kind: "setting",
    ...plain(place),
  };
  const read = readsNumber(extractor(config, "target_humidity_state_template"));
  const write = says(
    config,
    "target_humidity_command_topic",
    "target_humidity_command_template",
    (value) => value,
  );
  const wanted = settable({ facts, topic, read, ...write });
  return [...(onoff ? [onoff] : []), wanted, ...humidity(description), ...ownMode(description)];
}

/** A water heater: temperatures, and its modes in its own words. */
export function waterHeater(description: Description): readonly Point[] {
  const { config, vendorName, place } = description;
  const values = words(config, "modes", [
    "off",
    "eco",
    "electric",
    "gas",
    "heat_pump",
    "high_demand",
    "performance",
  ]);
  const facts: PropertyFacts = {
    is: vendorName("mode"),
    type: "enum",
    values,
    kind: "setting",
    ...plain(place),
  };
  const own = settable({
    facts,
    topic: stringOf(config["mode_state_topic"]),
    read: reads(
      extractor(config, "mode_state_template", "value_template"),
      new Map(values.map((value) => [value, value])),
    ),
    ...says(config, "mode_command_topic", "mode_command_template", (value) => value),
  });
  return [
    ...temperature(
      description,
      "temperature",
      "current_temperature_topic",
      "current_temperature_template",
    ),
    ...heaterTarget(description),
    ...(own.topic === undefined && !own.write ? [] : [own]),
  ];
}

/** Water is heated beyond what a room ever is: the target has a name of its own. */
function heaterTarget(description: Description): Point[] {
  const { vendorName, place } = description;
  return target(description, "target_temperature", "temperature").map((point) => ({
    ...point,
    facts: {
      ...point.facts,
      ...plain(place),
      is: vendorName("target_temperature"),
      type: "number",
      unit: "°C",
      kind: "setting",
    },
  }));
}

/** A mode of a device whose modes are its own. */
function ownMode({ config, place }: Description): Point[] {
  const topic = stringOf(config["mode_state_topic"]);
  if (topic === undefined && config["mode_command_topic"] === undefined) return [];
  const facts: PropertyFacts = { is: "preset", ...place, values: words(config, "modes", []) };
  const read = readsText(extractor(config, "mode_state_template"));
  const write = says(config, "mode_command_topic", "mode_command_template", (value) => value);
  return [settable({ facts, topic, read, ...write })];
}

/** Whether a fan turns to and fro, and which way round it goes. */
function movements({ config, place, vendorName }: Description): Point[] {
  const own = (name: string, type: "boolean" | "enum"): PropertyFacts => ({
    is: vendorName(name),
    type,
    kind: "setting",
    ...plain(place),
  });
  const [on, off] = [
    word(config, "payload_oscillation_on", "oscillate_on"),
    word(config, "payload_oscillation_off", "oscillate_off"),
  ];
  const directions = ["forward", "reverse"];
  const points = [
    {
      facts: own("oscillation", "boolean"),
      topic: stringOf(config["oscillation_state_topic"]),
      read: reads(
        extractor(config, "oscillation_value_template"),
        new Map([
          [on, true],
          [off, false],
        ]),
      ),
      ...says(config, "oscillation_command_topic", "oscillation_command_template", (value) =>
        value === true ? on : off,
      ),
    },
    {
      facts: { ...own("direction", "enum"), values: directions },
      topic: stringOf(config["direction_state_topic"]),
      read: reads(
        extractor(config, "direction_value_template"),
        new Map(directions.map((one) => [one, one])),
      ),
      ...says(config, "direction_command_topic", "direction_command_template", (value) => value),
    },
  ];
  return points.filter((point) => point.topic !== undefined || "write" in point).map(settable);
}
