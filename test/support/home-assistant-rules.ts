import { readFileSync } from "node:fs";
import { z } from "zod";
import { parseTemplate } from "../../adapters/wifi/template/template.ts";

/** What Home Assistant has, by name; the file says where that is from. */
const words = z.record(z.string(), z.array(z.string()));
const rules = z
  .object({
    sensor: z.object({
      units: z.record(z.string(), z.array(z.string().nullable())),
      units_of_older_cores: z.record(z.string(), z.array(z.string().nullable())),
      state_classes: words,
      added: z.record(z.string(), z.string()),
    }),
    device_classes: words,
  })
  .parse(
    JSON.parse(
      readFileSync(new URL("../fixtures/home-assistant-rules.json", import.meta.url), "utf8"),
    ),
  );

const topic = z.string().regex(/^[^+#\0]+$/);
/** A text that Home Assistant can read as a template. */
const template = z.string().refine((written) => {
  parseTemplate(written);
  return true;
});
const names = z.array(z.string().min(1)).min(1);
const positive = z.number().int().positive();

/** Keys that every entity may have. */
const common = {
  unique_id: z.string().regex(/^koine_/),
  default_entity_id: z.string(),
  name: z.string().min(1).nullable(),
  entity_category: z.enum(["config", "diagnostic"]).optional(),
  qos: z.literal(1).optional(),
};
const entity = (platform: string, shape: z.ZodRawShape): z.ZodObject =>
  z.strictObject({ platform: z.literal(platform), ...common, ...shape });

const read = { state_topic: topic, value_template: template };
const maybeRead = { state_topic: topic.optional(), value_template: template.optional() };
const deviceClass = { device_class: z.string().optional() };
const command = { command_topic: topic };
const climateWord = (name: string): z.ZodRawShape => ({
  [`${name}_modes`]: names.optional(),
  [`${name}_mode_state_topic`]: topic.optional(),
  [`${name}_mode_state_template`]: template.optional(),
  [`${name}_mode_command_topic`]: topic.optional(),
  [`${name}_mode_command_template`]: template.optional(),
});
const climateTarget = (name: string): z.ZodRawShape => ({
  [`${name}_state_topic`]: topic.optional(),
  [`${name}_state_template`]: template.optional(),
  [`${name}_command_topic`]: topic.optional(),
  [`${name}_command_template`]: template.optional(),
});
const preset = {
  preset_modes: names.optional(),
  preset_mode_state_topic: topic.optional(),
  preset_mode_value_template: template.optional(),
  preset_mode_command_topic: topic.optional(),
  preset_mode_command_template: template.optional(),
};

/** The keys of each platform. */
const platforms: Readonly<Record<string, z.ZodObject>> = {
  sensor: entity("sensor", {
    ...read,
    ...deviceClass,
    unit_of_measurement: z.string().optional(),
    state_class: z
      .enum(["measurement", "measurement_angle", "total", "total_increasing"])
      .optional(),
    options: names.optional(),
    expire_after: positive.optional(),
  }),
  binary_sensor: entity("binary_sensor", {
    ...read,
    ...deviceClass,
    expire_after: positive.optional(),
  }),
  switch: entity("switch", {
    ...command,
    ...maybeRead,
    ...deviceClass,
    payload_on: z.string(),
    payload_off: z.string(),
    state_on: z.string(),
    state_off: z.string(),
  }),
  button: entity("button", { ...command, ...deviceClass, payload_press: z.string() }),
  notify: entity("notify", { ...command, command_template: template }),
  number: entity("number", {
    ...command,
    ...maybeRead,
    ...deviceClass,
    command_template: template,
    min: z.number(),
    max: z.number(),
    step: z.number().min(0.001),
    mode: z.enum(["auto", "box", "slider"]),
    unit_of_measurement: z.string().optional(),
  }),
  select: entity("select", {
    ...command,
    ...maybeRead,
    command_template: template,
    options: names,
  }),
  text: entity("text", {
    ...command,
    ...maybeRead,
    command_template: template,
    pattern: z.string().optional(),
  }),
  event: entity("event", { ...read, ...deviceClass, event_types: names }),
  light: entity("light", {
    ...command,
    schema: z.literal("template"),
    state_topic: topic,
    state_template: template,
    command_on_template: template,
    command_off_template: template,
    brightness_template: template.optional(),
    color_temp_template: template.optional(),
    color_temp_kelvin: z.literal(true).optional(),
    min_kelvin: positive.optional(),
    max_kelvin: positive.optional(),
    red_template: template.optional(),
    green_template: template.optional(),
    blue_template: template.optional(),
    effect_list: names.optional(),
    effect_template: template.optional(),
  }),
  cover: entity("cover", {
    ...command,
    ...maybeRead,
    ...deviceClass,
    payload_open: z.string().nullable(),
    payload_close: z.string().nullable(),
    payload_stop: z.string().nullable(),
    position_topic: topic.optional(),
    position_template: template.optional(),
    set_position_topic: topic.optional(),
    set_position_template: template.optional(),
    tilt_status_topic: topic.optional(),
    tilt_status_template: template.optional(),
    tilt_command_topic: topic.optional(),
    tilt_command_template: template.optional(),
  }),
  valve: entity("valve", {
    ...command,
    ...read,
    ...deviceClass,
    reports_position: z.literal(true).optional(),
    command_template: template.optional(),
    payload_open: z.string().optional(),
    payload_close: z.string().optional(),
  }),
  lock: entity("lock", {
    ...command,
    ...read,
    payload_lock: z.string(),
    payload_unlock: z.string(),
  }),
  siren: entity("siren", {
    ...command,
    state_topic: topic,
    state_value_template: template,
    command_template: template,
    payload_on: z.string(),
    payload_off: z.string(),
    state_on: z.string(),
    state_off: z.string(),
    support_duration: z.literal(false),
    support_volume_set: z.literal(false),
  }),
  fan: entity("fan", {
    ...command,
    ...preset,
    state_topic: topic,
    state_value_template: template,
    command_template: template.optional(),
    payload_on: z.string(),
    payload_off: z.string(),
    percentage_state_topic: topic.optional(),
    percentage_value_template: template.optional(),
    percentage_command_topic: topic.optional(),
    percentage_command_template: template.optional(),
  }),
  climate: entity("climate", {
    ...preset,
    ...climateWord("fan"),
    ...climateWord("swing"),
    ...climateTarget("temperature"),
    ...climateTarget("temperature_low"),
    ...climateTarget("temperature_high"),
    modes: names,
    mode_state_topic: topic,
    mode_state_template: template,
    mode_command_topic: topic.optional(),
    mode_command_template: template.optional(),
    action_topic: topic.optional(),
    action_template: template.optional(),
    current_temperature_topic: topic.optional(),
    current_temperature_template: template.optional(),
    current_humidity_topic: topic.optional(),
    current_humidity_template: template.optional(),
    temperature_unit: z.literal("C"),
    precision: z.literal([0.1, 0.5, 1]),
    temp_step: z.number().positive(),
    min_temp: z.number(),
    max_temp: z.number(),
  }),
};

export interface Component {
  readonly platform: string;
  readonly [option: string]: unknown;
}

const availability = z.strictObject({
  topic,
  payload_available: z.string().optional(),
  payload_not_available: z.string().optional(),
  value_template: template.optional(),
});

/** The message as a whole. */
const discovery = z.strictObject({
  device: z.strictObject({
    identifiers: z.array(z.string()).min(1),
    connections: z.array(z.tuple([z.string(), z.string()])).optional(),
    name: z.string().min(1),
    manufacturer: z.string().optional(),
    model: z.string().optional(),
    sw_version: z.string().optional(),
    hw_version: z.string().optional(),
    suggested_area: z.string().optional(),
    via_device: z.string().optional(),
  }),
  origin: z.strictObject({ name: z.literal("Koine"), sw_version: z.string() }),
  availability: z.array(availability).min(1),
  availability_mode: z.enum(["all", "any", "latest"]),
  components: z.record(
    z.string().regex(/^[a-zA-Z0-9_-]+$/),
    z.looseObject({ platform: z.string() }),
  ),
});

/** Every reason for which Home Assistant would refuse a message, or a part of it. */
export function problemsOf(payload: unknown, prefix: string): readonly string[] {
  const parsed = discovery.safeParse(payload);
  if (!parsed.success) return issuesOf(parsed.error);
  const components = Object.entries(parsed.data.components);
  const own = components.flatMap(([id, component]) =>
    componentProblems(component, prefix).map((problem) => `${id}: ${problem}`),
  );
  return [
    ...own,
    ...repeated(components.map(([, one]) => `${one.platform} ${text(one, "unique_id")}`)),
  ];
}

function repeated(ids: readonly string[]): readonly string[] {
  return ids.filter((id, at) => ids.indexOf(id) < at).map((id) => `${id} twice`);
}

function componentProblems(component: Component, prefix: string): readonly string[] {
  const parsed = platforms[component.platform]?.safeParse(component);
  if (!parsed) return [`no platform ${component.platform}`];
  if (!parsed.success) return issuesOf(parsed.error);
  const id = text(component, "default_entity_id") ?? "";
  return [
    ...topicProblems(component, prefix),
    ...classProblems(component),
    ...togetherProblems(component),
    ...(/^[a-z_]+\.[a-z0-9_]+$/.test(id) ? [] : [`entity id ${id}`]),
  ];
}

function issuesOf({ issues }: z.ZodError): readonly string[] {
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** A text that the platform has checked already. */
function text(component: Readonly<Record<string, unknown>>, key: string): string | undefined {
  return z.string().optional().parse(component[key]);
}

function topicProblems(component: Component, prefix: string): readonly string[] {
  return Object.entries(component)
    .filter(([key]) => key.endsWith("topic"))
    .filter(([key, value]) => {
      const is = key.includes("command") || key.startsWith("set_") ? /^set$/ : /^state$|^event\/./;
      return !String(value).startsWith(prefix) || !is.test(String(value).slice(prefix.length));
    })
    .map(([key, value]) => `${key} is ${String(value)}`);
}

function classProblems(component: Component): readonly string[] {
  const { platform } = component;
  const name = text(component, "device_class");
  if (platform === "sensor") return [...unitProblems(component), ...sensorProblems(component)];
  if (platform === "number") return unitProblems(component);
  const isKnown = name === undefined || rules.device_classes[platform]?.includes(name) === true;
  return isKnown ? [] : [`device class ${name}`];
}

/** Device class and unit of a number, in this and in older cores. */
function unitProblems(component: Component): readonly string[] {
  const name = text(component, "device_class");
  const unit = text(component, "unit_of_measurement") ?? null;
  if (name === undefined) return [];
  const { units, units_of_older_cores: older, added } = rules.sensor;
  return [
    units[name]?.includes(unit) === true ? [] : [`unit ${unit} of ${name}`],
    older[name]?.includes(unit) === true ? [] : [`unit ${unit} of ${name} is new`],
    (added[name] ?? "") <= "2025.2" ? [] : [`${name} is new`],
  ].flat();
}

function sensorProblems(sensor: Component): readonly string[] {
  const name = text(sensor, "device_class");
  const stateClass = text(sensor, "state_class");
  const unit = text(sensor, "unit_of_measurement");
  const allowed = name === undefined ? undefined : rules.sensor.state_classes[name];
  const hasOptions = sensor["options"] !== undefined;
  const isAngle = stateClass === "measurement_angle";
  return [
    stateClass !== undefined && allowed?.includes(stateClass) === false ? [stateClass] : [],
    isAngle && unit !== "°" ? ["angle without °"] : [],
    hasOptions === (name === "enum") ? [] : ["options without enum, or the other way round"],
    hasOptions && (stateClass ?? unit) !== undefined ? ["enum with unit"] : [],
  ].flat();
}

/** What has to be there together, or must not. */
function togetherProblems(component: Component): readonly string[] {
  const has = (key: string): boolean => component[key] !== undefined;
  const pairs = [
    ["value_template", "state_topic"],
    ["set_position_topic", "position_topic"],
    ["tilt_status_template", "tilt_status_topic"],
    ["tilt_command_template", "tilt_command_topic"],
    ["preset_mode_command_topic", "preset_modes"],
    ["preset_modes", "preset_mode_command_topic"],
    ["temperature_low_command_topic", "temperature_high_command_topic"],
    ["temperature_high_command_topic", "temperature_low_command_topic"],
    ["red_template", "green_template"],
    ["green_template", "blue_template"],
    ["effect_template", "effect_list"],
    ["color_temp_template", "color_temp_kelvin"],
  ];
  const problems = pairs
    .filter(([one = "", other = ""]) => has(one) && !has(other))
    .map(([one, other]) => `${one} without ${other}`);
  if (Number(component["min"]) >= Number(component["max"])) problems.push("min is not below max");
  if (Number(component["min_temp"]) >= Number(component["max_temp"])) problems.push("min_temp");
  if (Number(component["min_kelvin"]) >= Number(component["max_kelvin"]))
    problems.push("min_kelvin");
  const presets = component["preset_modes"];
  if (component.platform === "climate" && Array.isArray(presets) && presets.includes("none")) {
    problems.push("preset none");
  }
  if (has("reports_position") && (has("payload_open") || has("payload_close"))) {
    problems.push("payloads of a valve that reports its position");
  }
  for (const list of [
    "options",
    "event_types",
    "modes",
    "preset_modes",
    "fan_modes",
    "effect_list",
  ]) {
    const items = component[list];
    if (Array.isArray(items) && new Set(items).size < items.length) problems.push(`${list} repeat`);
  }
  const isRead = ["sensor", "binary_sensor", "event"].includes(component.platform);
  if (isRead && component["entity_category"] === "config") problems.push("config is for settings");
  return problems;
}
