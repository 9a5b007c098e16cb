import {
  isObject,
  listOf,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import table from "./abbreviations.json" with { type: "json" };

/** Who may speak of a device on a discovery topic. */
export interface DiscoveryTopic {
  /** `sensor`, `light` …, or `device` for all components of a device at once. */
  readonly component: string;
  /** What stands between the component and `config`: one level or two. */
  readonly path: readonly string[];
}

/** Where `<prefix>/<component>/[<node>/]<object>/config` points to. */
export function parseDiscoveryTopic(
  topic: string,
  prefixes: readonly string[],
): DiscoveryTopic | undefined {
  const prefix = prefixes.find((one) => topic.startsWith(`${one}/`));
  if (prefix === undefined) return undefined;
  const [component, ...path] = topic.slice(prefix.length + 1).split("/");
  if (component === undefined || path.pop() !== "config") return undefined;
  return path.length === 1 || path.length === 2 ? { component, path } : undefined;
}

/** One component, with the keys written out. */
export interface Component {
  /** Tells it from the other components of its device: `door`. */
  readonly id: string;
  readonly platform: string;
  readonly config: JsonObject;
}

/** What a discovery message says. */
export interface Discovery {
  readonly components: readonly Component[];
  readonly device: JsonObject;
  /** Who made the message. */
  readonly origin: string | undefined;
}

/** Reads a discovery message; undefined when it is not JSON. */
export function parseDiscovery(topic: DiscoveryTopic, payload: string): Discovery | undefined {
  const raw = parseDeviceObject(payload);
  if (!raw) return undefined;
  const whole = expanded(raw, table.keys);
  const device = objectIn(whole["device"], table.device);
  const origin = stringOf(objectIn(whole["origin"], table.origin)["name"]);
  return { components: componentsOf(topic, whole), device, origin };
}

function componentsOf({ component, path }: DiscoveryTopic, whole: JsonObject): Component[] {
  const object = path.at(-1) ?? "";
  if (component !== "device") {
    return [{ id: object, platform: component, config: withBase(whole) }];
  }
  const components = whole["components"];
  if (!isObject(components)) return [];
  const shared = Object.fromEntries(Object.entries(whole).filter(([key]) => inherited.has(key)));
  return Object.entries(components).flatMap(([id, given]) => {
    if (!isObject(given)) return [];
    const own = expanded(given, table.keys);
    const platform = stringOf(own["platform"]);
    if (platform === undefined) return [];
    // A component of which nothing but the platform is left was taken back.
    const config = Object.keys(own).length > 1 ? withBase({ ...shared, ...own }) : {};
    return [{ id, platform, config }];
  });
}

/** What a device says for all of its components. */
const inherited = new Set([
  "availability",
  "availability_mode",
  "availability_template",
  "availability_topic",
  "payload_available",
  "payload_not_available",
  "command_topic",
  "state_topic",
  "~",
]);

function expanded(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      Object.hasOwn(names, key) ? (names[key] ?? key) : key,
      value,
    ]),
  );
}

function objectIn(
  value: JsonObject[string] | undefined,
  names: Readonly<Record<string, string>>,
): JsonObject {
  return isObject(value) ? expanded(value, names) : {};
}

/** Topics with `~` at one end, which stands for the base topic; also those of availability. */
function withBase(config: JsonObject): JsonObject {
  const { "~": base, ...rest } = config;
  const full = typeof base === "string" ? rebased(rest, base) : rest;
  const { availability } = full;
  if (availability === undefined) return full;
  const list = isObject(availability) ? [availability] : listOf(availability);
  return {
    ...full,
    availability: list
      .filter(isObject)
      .map((one) => expanded(one, table.keys))
      .map((one) => (typeof base === "string" ? rebased(one, base) : one)),
  };
}

function rebased(config: JsonObject, base: string): JsonObject {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (typeof value !== "string" || !key.endsWith("topic")) return [key, value];
      return [key, value.replace(/^~/, base).replace(/~$/, base)];
    }),
  );
}
