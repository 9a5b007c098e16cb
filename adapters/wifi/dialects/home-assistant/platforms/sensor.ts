import { roundTo, specOf, type PropertyFacts } from "koine/adapter";
import { isObject, listOf, numberOf, stringOf, type JsonObject } from "../../../../reading/json.ts";
import { meaningOf } from "../../../meaning.ts";
import { conversionTo, unitText } from "../../../../reading/units.ts";
import {
  extractor,
  reads,
  readsNumber,
  readsText,
  says,
  word,
  type Description,
  type Point,
  Payload,
  type Said,
} from "../point.ts";

/** What device classes of sensors are, and the words that make them something nearer. */
const classes: Readonly<
  Record<string, readonly (readonly [words: RegExp | undefined, is: string])[]>
> = {
  temperature: [
    [/dew/, "dew_point"],
    [/cpu|chip|device|board|internal|esp32|processor|core/, "device_temperature"],
    [undefined, "temperature"],
  ],
  humidity: [[undefined, "humidity"]],
  absolute_humidity: [[undefined, "absolute_humidity"]],
  pressure: [[undefined, "pressure"]],
  atmospheric_pressure: [[undefined, "pressure"]],
  illuminance: [[undefined, "illuminance"]],
  irradiance: [[undefined, "irradiance"]],
  carbon_dioxide: [[undefined, "co2"]],
  carbon_monoxide: [[undefined, "co"]],
  volatile_organic_compounds: [[undefined, "voc"]],
  volatile_organic_compounds_parts: [[undefined, "voc_parts"]],
  pm1: [[undefined, "pm1"]],
  pm25: [[undefined, "pm25"]],
  pm4: [[undefined, "pm4"]],
  pm10: [[undefined, "pm10"]],
  nitrogen_dioxide: [[undefined, "no2"]],
  ozone: [[undefined, "ozone"]],
  aqi: [[undefined, "aqi"]],
  sound_pressure: [[undefined, "noise"]],
  moisture: [[undefined, "soil_moisture"]],
  conductivity: [[undefined, "conductivity"]],
  ph: [[undefined, "ph"]],
  precipitation: [[undefined, "precipitation"]],
  precipitation_intensity: [[undefined, "rain_rate"]],
  wind_speed: [
    [/gust|max/, "wind_gust"],
    [undefined, "wind_speed"],
  ],
  wind_direction: [[undefined, "wind_direction"]],
  distance: [[undefined, "distance"]],
  battery: [[undefined, "battery"]],
  voltage: [
    [/batt/, "battery_voltage"],
    [undefined, "voltage"],
  ],
  current: [[undefined, "current"]],
  power: [[undefined, "power"]],
  energy: [
    [/return|export|produc|sold|feed/, "energy_returned"],
    [/yesterday/, "energy_yesterday"],
    [/today|daily/, "energy_today"],
    [undefined, "energy"],
  ],
  frequency: [[undefined, "frequency"]],
  power_factor: [[undefined, "power_factor"]],
  apparent_power: [[undefined, "apparent_power"]],
  reactive_power: [[undefined, "reactive_power"]],
  gas: [[undefined, "gas_volume"]],
  water: [[undefined, "water_volume"]],
  volume: [[undefined, "volume"]],
  volume_storage: [[undefined, "stored_volume"]],
  volume_flow_rate: [[undefined, "flow_rate"]],
  weight: [[undefined, "weight"]],
  speed: [[undefined, "speed"]],
  duration: [
    [/up.?time/, "uptime"],
    [undefined, "duration"],
  ],
  signal_strength: [[undefined, "rssi"]],
};

/** A reading of a number, a word or a text. */
export function sensor(description: Description): readonly Point[] {
  const { config, place } = description;
  const topic = stringOf(config["state_topic"]);
  const extract = extractor(config, "value_template");
  const deviceClass = stringOf(config["device_class"]);
  if (deviceClass === "enum")
    return [{ facts: enumFacts(description), topic, read: readsText(extract) }];
  if (deviceClass === "timestamp" || deviceClass === "date")
    return [{ ...moment(description, extract), topic }];
  const is = meaningOfSensor(description);
  if (is !== undefined) {
    const unit = unitOf(config);
    const conversion = conversionTo(is, unit) ?? { mul: 1, add: 0 };
    const read = readsNumber(
      extract,
      (raw) => (raw + conversion.add) * conversion.mul,
      unitText(is, unit),
    );
    return [{ facts: { is, ...place, ...nameOf(config) }, topic, read }];
  }
  return [{ ...vendorSensor(description, extract), topic }];
}

/** A class is believed only where its unit is one of the quantity. */
function meaningOfSensor({ config, words }: Description): string | undefined {
  const deviceClass = stringOf(config["device_class"]);
  const unit = unitOf(config);
  if (deviceClass === undefined) {
    if (unit === "") return undefined;
    return meaningOf({ name: words, unit, type: "number", isSettable: false });
  }
  const rows = Object.hasOwn(classes, deviceClass) ? (classes[deviceClass] ?? []) : [];
  const is = rows.find(([pattern]) => pattern?.test(words) ?? true)?.[1];
  return is !== undefined && conversionTo(is, unit) ? is : undefined;
}

function unitOf(config: JsonObject): string {
  return stringOf(config["unit_of_measurement"]) ?? "";
}

export function nameOf(config: JsonObject): Pick<PropertyFacts, "name"> {
  const name = stringOf(config["name"]);
  return name === undefined ? {} : { name };
}

function enumFacts({ config, vendorName, place }: Description): PropertyFacts {
  const values = listOf(config["options"]).filter((option) => typeof option === "string");
  return {
    is: vendorName(""),
    type: "enum",
    values,
    ...plain(place),
    ...nameOf(config),
    access: "r",
  };
}

/** Every component of a vendor's own has a name of its own: no part tells it apart. */
export function plain({ source }: Description["place"]): Pick<PropertyFacts, "source"> {
  return source === undefined ? {} : { source };
}

function moment(
  { config, vendorName, place }: Description,
  extract: (payload: Payload) => string | undefined,
): Pick<Point, "facts" | "read"> {
  const facts: PropertyFacts = {
    is: vendorName(""),
    type: "timestamp",
    ...plain(place),
    ...nameOf(config),
    access: "r",
  };
  return { facts, read: readsText(extract) };
}

function vendorSensor(
  { config, vendorName, place }: Description,
  extract: (payload: Payload) => string | undefined,
): Pick<Point, "facts" | "read"> {
  const unit = unitOf(config);
  const isNumber =
    unit !== "" || stringOf(config["state_class"]) !== undefined || hasNumericClass(config);
  const facts: PropertyFacts = {
    is: vendorName(""),
    type: isNumber ? "number" : "string",
    ...plain(place),
    ...nameOf(config),
    access: "r",
    ...(unit !== "" && { unit }),
    ...(stringOf(config["entity_category"]) !== undefined && { kind: "diagnostic" }),
  };
  return { facts, read: isNumber ? readsNumber(extract) : readsText(extract) };
}

function hasNumericClass({ device_class: deviceClass }: JsonObject): boolean {
  return typeof deviceClass === "string" && Object.hasOwn(classes, deviceClass);
}

/** What device classes of two-valued sensors are; a class of its own refines it. */
const flags: Readonly<Record<string, readonly [is: string, refines?: true]>> = {
  motion: ["motion"],
  occupancy: ["occupancy"],
  presence: ["presence"],
  opening: ["open"],
  door: ["open", true],
  window: ["open", true],
  garage_door: ["open", true],
  moisture: ["water_leak"],
  smoke: ["smoke"],
  gas: ["gas_alarm"],
  carbon_monoxide: ["co_alarm"],
  tamper: ["tamper"],
  vibration: ["vibration"],
  moving: ["moving"],
  problem: ["problem"],
  battery: ["battery_low"],
  battery_charging: ["charging"],
  plug: ["plugged"],
  light: ["light_detected"],
  cold: ["cold_alarm"],
  heat: ["heat_alarm"],
  safety: ["unsafe"],
  running: ["running"],
  connectivity: ["connected"],
  sound: ["sound"],
  update: ["update_available"],
};

export function binarySensor(description: Description): readonly Point[] {
  const { config, place, words, vendorName } = description;
  const deviceClass = stringOf(config["device_class"]) ?? "";
  const row = Object.hasOwn(flags, deviceClass) ? flags[deviceClass] : undefined;
  const guessed =
    deviceClass === "" ? meaningOf({ name: words, type: "boolean", isSettable: false }) : undefined;
  const is = row?.[0] ?? guessed;
  const facts: PropertyFacts =
    is === undefined
      ? { is: vendorName(""), type: "boolean", ...plain(place), ...nameOf(config), access: "r" }
      : {
          is,
          ...place,
          ...nameOf(config),
          access: "r",
          ...(row?.[1] === true && { class: deviceClass }),
        };
  const table = new Map([
    [word(config, "payload_on", "ON"), true],
    [word(config, "payload_off", "OFF"), false],
  ]);
  const read = reads(extractor(config, "value_template"), table);
  return [{ facts, topic: stringOf(config["state_topic"]), read }];
}

/** Somebody is at home, or not. */
export function deviceTracker({ config, place }: Description): readonly Point[] {
  const table = new Map([
    [word(config, "payload_home", "home"), true],
    [word(config, "payload_not_home", "not_home"), false],
  ]);
  const read = reads(extractor(config, "value_template"), table);
  const elsewhere = (payload: Payload): Said => {
    const said = read(payload);
    // The name of any other place.
    return said === "unreadable" ? { value: false, raw: payload.text } : said;
  };
  return [
    {
      facts: { is: "presence", ...place, access: "r" },
      topic: stringOf(config["state_topic"]),
      read: elsewhere,
    },
  ];
}

/** A number that can be set. */
export function numberEntity(description: Description): readonly Point[] {
  const { config, place, vendorName, words } = description;
  const unit = unitOf(config);
  const name = `${words} ${stringOf(config["device_class"]) ?? ""}`;
  const is = unit === "" ? undefined : meaningOf({ name, unit, type: "number", isSettable: true });
  const conversion = (is !== undefined && conversionTo(is, unit)) || { mul: 1, add: 0 };
  const ours = (raw: number): number => (raw + conversion.add) * conversion.mul;
  const [low, high, step] = [
    numberOf(config["min"]) ?? 1,
    numberOf(config["max"]) ?? 100,
    numberOf(config["step"]),
  ];
  const limits = {
    min: ours(low),
    max: ours(high),
    ...(step !== undefined && { step: roundTo(step * conversion.mul, 4) }),
  };
  const facts: PropertyFacts =
    is === undefined
      ? {
          is: vendorName(""),
          type: "number",
          ...plain(place),
          ...nameOf(config),
          ...(unit !== "" && { unit }),
          ...limits,
          kind: "setting",
        }
      : { is, ...place, ...nameOf(config), ...limits };
  const topic = stringOf(config["state_topic"]);
  const read = readsNumber(extractor(config, "value_template"), ours, is && unitText(is, unit));
  const write = says(config, "command_topic", "command_template", (value) =>
    typeof value === "number"
      ? Number((value / conversion.mul - conversion.add).toFixed(4))
      : undefined,
  );
  return [settable({ facts, topic, read, ...write })];
}

/** One of several words that can be chosen. */
export function select({ config, place, vendorName }: Description): readonly Point[] {
  const values = listOf(config["options"]).filter((option) => typeof option === "string");
  const facts: PropertyFacts = {
    is: vendorName(""),
    type: "enum",
    values,
    ...plain(place),
    ...nameOf(config),
    kind: "setting",
  };
  const read = reads(
    extractor(config, "value_template"),
    new Map(values.map((value) => [value, value])),
  );
  const write = says(config, "command_topic", "command_template", (value) => value);
  return [settable({ facts, topic: stringOf(config["state_topic"]), read, ...write })];
}

export function textEntity({ config, place, vendorName }: Description): readonly Point[] {
  const facts: PropertyFacts = {
    is: vendorName(""),
    type: "string",
    ...plain(place),
    ...nameOf(config),
    kind: "setting",
  };
  // What is typed in a password field is nobody's to read.
  if (config["mode"] === "password") return [];
  const read = readsText(extractor(config, "value_template"));
  const write = says(config, "command_topic", "command_template", (value) => value);
  return [settable({ facts, topic: stringOf(config["state_topic"]), read, ...write })];
}

/** The point with the access that follows from what it has. */
export function settable(point: Point): Point {
  const { is } = point.facts;
  const access = point.topic === undefined ? "w" : point.write ? "rw" : "r";
  const isWriteOnly = specOf(is)?.access === "w";
  return { ...point, facts: { ...point.facts, access: isWriteOnly ? "w" : access } };
}

/** Whether new firmware is there, where one message says which is installed and which is the last. */
export function update({ config, place }: Description): readonly Point[] {
  const extract = extractor(config, "value_template");
  const read = (payload: Payload): Said => {
    const [installed, latest] = versionsIn(extract(payload), payload) ?? [];
    if (installed === undefined || latest === undefined) return undefined;
    const value = installed !== latest;
    return { value, raw: [installed, latest], conversion: "installed ≠ latest" };
  };
  const facts: PropertyFacts = { is: "update_available", ...place, access: "r" };
  return [{ facts, topic: stringOf(config["state_topic"]), read }];
}

function versionsIn(
  found: string | undefined,
  payload: Payload,
): readonly (string | undefined)[] | undefined {
  if (found === undefined) return undefined;
  const document = found === payload.text ? payload.json : new Payload(found).json;
  if (!isObject(document)) return undefined;
  const version = (key: string): string | undefined => {
    const value = document[key];
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  };
  return [version("installed_version"), version("latest_version")];
}
