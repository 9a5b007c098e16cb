import type { Description } from "../../model/description.ts";
import { partOf as keyWord } from "../../model/identity.ts";
import { encodeTopic } from "../../model/topic.ts";
import { climateOf } from "./climate.ts";
import {
  isWritable,
  partNameOf,
  subjectOf,
  type Entity,
  type Item,
  type Subject,
} from "./entity.ts";
import { eventsOf } from "./event.ts";
import { fanOf } from "./fan.ts";
import { lightOf } from "./light.ts";
import { namesOf } from "./names.ts";
import { coverOf, lockOf, valveOf } from "./openings.ts";
import { Part, type Grouping } from "./part.ts";
import { readingOf } from "./sensors.ts";
import { settingsOf } from "./settings.ts";
import { sirenOf } from "./siren.ts";

/** What a description alone does not say. */
export interface DiscoveryOptions {
  /** First segment of Koine's own topics. */
  readonly root: string;
  readonly gatewayId: string;
  readonly version: string;
  /** After how many seconds an unchanged value is published again. */
  readonly refreshS: number;
}

/** One entity as Home Assistant reads it. */
export interface Component {
  readonly platform: string;
  readonly [option: string]: unknown;
}

/** What is published of one device. */
export interface Discovery {
  readonly device: Readonly<Record<string, unknown>>;
  readonly origin: Readonly<Record<string, string>>;
  readonly availability: readonly unknown[];
  readonly availability_mode: "all";
  readonly components: Readonly<Record<string, Component>>;
}

/** By this name others know what comes from Koine, and leave it alone. */
export const originName = "Koine";

/** What Home Assistant is told of a device, so that it has all that the device has. */
export function discoveryOf(description: Description, options: DiscoveryOptions): Discovery {
  const { root, version } = options;
  const subject = subjectOf(description, options);
  return {
    device: deviceOf(description, options),
    origin: { name: originName, sw_version: version },
    availability: availabilityOf(description.id, root),
    availability_mode: "all",
    components: componentsOf(subject),
  };
}

function deviceOf(description: Description, { gatewayId }: DiscoveryOptions): Discovery["device"] {
  const { id, name, manufacturer, model, firmware, hardware, area, via, simulated } = description;
  const gateway = `gateway-${gatewayId}`;
  const over = [via, gateway].find((other) => other !== undefined && other !== id);
  const connections = connectionsOf(description);
  const marked = simulated === true ? marking(model) : model;
  return {
    identifiers: [identifierOf(id)],
    ...(connections.length > 0 && { connections }),
    name,
    ...(manufacturer !== undefined && { manufacturer }),
    ...(marked !== undefined && { model: marked }),
    ...(firmware !== undefined && { sw_version: firmware }),
    ...(hardware !== undefined && { hw_version: hardware }),
    ...(area !== undefined && { suggested_area: area }),
    ...(over !== undefined && { via_device: identifierOf(over) }),
  };
}

/** A simulated device says so, where it does not already. */
function marking(model = "Simulated device"): string {
  return /simulated/i.test(model) ? model : `${model} (simulated)`;
}

function identifierOf(id: string): string {
  return `koine_${id}`;
}

/** Whose values are a MAC address: by it Home Assistant knows a device from elsewhere again. */
const macSchemes: ReadonlySet<string> = new Set(["wifi", "ble"]);

function connectionsOf({ identifiers = [], simulated }: Description): readonly [string, string][] {
  if (simulated === true) return [];
  return identifiers
    .filter(([scheme, value]) => macSchemes.has(scheme) && /^[0-9a-f]{12}$/.test(value))
    .map(([, value]) => ["mac", value.replace(/..(?=.)/g, "$&:")]);
}

/** A device that sleeps is well; one of which nothing is known is not there. */
function availabilityOf(device: string, root: string): Discovery["availability"] {
  return [
    {
      topic: encodeTopic(root, { kind: "availability", device }),
      value_template: "{{ 'online' if value in ['online', 'sleeping'] else 'offline' }}",
    },
    {
      topic: encodeTopic(root, { kind: "bridge_availability" }),
      value_template: "{{ 'online' if value == 'online' else 'offline' }}",
    },
  ];
}

function componentsOf(subject: Subject): Discovery["components"] {
  const entities = entitiesOf(subject);
  const names = namesOf(entities);
  const components = entities.map((entity, at) => componentOf(entity, names[at] ?? null, subject));
  return Object.fromEntries(components);
}

function componentOf(
  { platform, item, word, options }: Entity,
  name: string | null,
  { description }: Subject,
): [id: string, Component] {
  const { id } = description;
  const key = word === undefined ? item.key : `${item.key}_${keyWord(word)}`;
  const readable = `koine_${id}_${key}`.replaceAll("-", "_");
  const component = {
    platform,
    unique_id: `koine_${id}_${key}`,
    default_entity_id: `${platform}.${readable}`,
    name,
    ...options,
    // What is wished, and what happened, comes once.
    ...(hasOnce(options) && { qos: 1 }),
  };
  return [`${platform}_${key}`, component];
}

function hasOnce(options: Entity["options"]): boolean {
  return options["command_topic"] !== undefined || options["event_types"] !== undefined;
}

/** In this order: the first that something fits has it. */
const groupings: readonly Grouping[] = [
  climateOf,
  coverOf,
  valveOf,
  lockOf,
  sirenOf,
  lightOf,
  fanOf,
];

/** What belongs together as one entity, and everything else as one each. */
function entitiesOf(subject: Subject): readonly Entity[] {
  const used = new Set<Item>();
  const grouped: Entity[] = [];
  for (const items of partsOf(subject.items)) {
    for (const groupingOf of groupings) {
      const group = groupingOf(new Part(items.filter((item) => !used.has(item))), subject);
      if (!group) continue;
      grouped.push(group.entity);
      for (const item of group.uses) if (item) used.add(item);
    }
  }
  const others = subject.items.filter((item) => !used.has(item));
  return [...grouped, ...others.flatMap((item) => singlesOf(item, subject))];
}

function singlesOf(item: Item, subject: Subject): readonly Entity[] {
  if (item.property.access === "e") return eventsOf(item, subject);
  return isWritable(item) ? settingsOf(item, subject) : [readingOf(item, subject)];
}

/** Of a light; without a part they are of the part that is dimmed. */
const ofLights: ReadonlySet<string> = new Set([
  "color",
  "color_mode",
  "color_temperature",
  "effect",
]);

function partsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const dimmed = items.find(({ property }) => property.is === "brightness");
  const parts = new Map<string, Item[]>();
  for (const item of items) {
    const isStray = item.property.part === undefined && ofLights.has(item.property.is);
    const name = partNameOf(isStray && dimmed ? dimmed : item);
    const part = parts.get(name) ?? [];
    parts.set(name, part);
    part.push(item);
  }
  return [...parts.values()];
}
