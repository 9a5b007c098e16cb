import { slug, z, type Identifier } from "koine/adapter";
import { peerShape } from "../../peers.ts";
import type { Frame } from "../../../mqtt/frame.ts";
import { isObject, parseDeviceObject, stringOf } from "../../../reading/json.ts";

export const tasmotaPeerSchema = z.object({
  ...peerShape,
  /** The device's Topic setting, which may have several levels. */
  topic: z.string(),
  /** The device's FullTopic setting: `%prefix%/%topic%/`. */
  fullTopic: z.string(),
  /** The words for cmnd, stat and tele. */
  prefixes: z.tuple([z.string(), z.string(), z.string()]).readonly(),
  mac: z.string().optional(),
  /** The words of the last will. */
  online: z.string(),
  offline: z.string(),
  /** The words for off and on. */
  words: z.tuple([z.string(), z.string()]).readonly(),
  /** Relay types as announced: 0 none, 1 relay, 2 light, 3 shutter motor. */
  relays: z.array(z.number()).readonly(),
  /** Lowest and highest tilt of each shutter in degrees, where configured. */
  tilts: z.array(z.tuple([z.number(), z.number()]).readonly()).readonly(),
  /** Whether each shutter counts from open to closed, where configured. */
  inverted: z.array(z.boolean()).readonly().optional(),
});
/** What is remembered of one Tasmota device. */
export type TasmotaPeer = Readonly<z.infer<typeof tasmotaPeerSchema>>;

/** Settings of a device as it leaves the factory. */
export const factory = {
  prefixes: ["cmnd", "stat", "tele"],
  online: "Online",
  offline: "Offline",
  words: ["OFF", "ON"],
} as const;

type Settings = Omit<TasmotaPeer, "key" | "ref" | "bases">;

/** A peer of its settings. Its MAC address, once known, comes before its topic. */
export function tasmotaPeer(settings: Settings): TasmotaPeer {
  const { topic, mac, prefixes } = settings;
  const ids = settings.fullTopic.includes("%id%") ? uniqueIds(mac) : [undefined];
  const byTopic: Identifier = ["tasmota", topic];
  return {
    ...settings,
    key: topic,
    ref: mac === undefined ? [byTopic] : [["wifi", mac], byTopic],
    bases: [prefixes[1], prefixes[2]].flatMap((prefix) =>
      ids.map((id) => baseOf(settings, prefix, id)),
    ),
  };
}

/** The topic of a command to a device. */
export function commandTopic(peer: TasmotaPeer, command: string): string {
  return `${baseOf(peer, peer.prefixes[0])}/${command}`;
}

function baseOf(
  { topic, fullTopic, mac }: Pick<Settings, "topic" | "fullTopic" | "mac">,
  prefix: string,
  id = uniqueIds(mac)[0],
): string {
  return fullTopic
    .replaceAll("%prefix%", prefix)
    .replaceAll("%topic%", topic)
    .replaceAll("%id%", id ?? "%id%")
    .replace(/\/+$/, "");
}

/** What stands for `%id%`: the end of the hardware address, or all of it. */
function uniqueIds(mac: string | undefined): string[] {
  return mac === undefined ? [] : [mac.slice(-6).toUpperCase(), mac.toUpperCase()];
}

/** Last topic levels that only Tasmota uses; others are read once the device is known. */
const telling = /^(?:LWT|STATE|SENSOR|RESULT|INFO[123]|POWER\d*|STATUS\d*|UPTIME)$/;

/**
 * The peer that a topic speaks of, by the shape of the topic alone, for devices that do not
 * announce themselves.
 */
export function peerOfTopic(
  { topic, payload }: Frame,
  fullTopics: readonly string[],
  peers: ReadonlyMap<string, TasmotaPeer>,
): TasmotaPeer | undefined {
  const slash = topic.lastIndexOf("/");
  if (slash < 0 || !telling.test(topic.slice(slash + 1))) return undefined;
  for (const fullTopic of fullTopics) {
    const found = patternOf(fullTopic).exec(topic.slice(0, slash))?.groups;
    const own = withoutDevice(found?.["topic"] ?? "", payload);
    if (slug(own) === "") continue;
    const filled = fullTopic.replaceAll("%id%", found?.["id"] ?? "");
    const settings = { topic: own, fullTopic: filled, relays: [], tilts: [], ...factory };
    const isOfDevice = own !== found?.["topic"];
    return (isOfDevice ? peers.get(own) : undefined) ?? tasmotaPeer(settings);
  }
  return undefined;
}

/** With an option set, the topic has the Zigbee device that the message is of as its last level. */
function withoutDevice(topic: string, payload: string): string {
  const level = topic.slice(topic.lastIndexOf("/") + 1);
  if (level === topic || !payload.includes("ZbReceived")) return topic;
  const zigbee = parseDeviceObject(payload)?.["ZbReceived"];
  const [[key, report] = []] = Object.entries(isObject(zigbee) ? zigbee : {});
  const names = isObject(report) ? [key, report["Device"], report["Name"]] : [];
  const isDevice = names.some((name) => bare(stringOf(name)) === bare(level));
  return isDevice ? topic.slice(0, -level.length - 1) : topic;
}

function bare(name: string | undefined): string | undefined {
  return name?.toLowerCase().replace(/^0x/, "");
}

const patterns = new Map<string, RegExp>();

function patternOf(fullTopic: string): RegExp {
  let pattern = patterns.get(fullTopic);
  if (!pattern) {
    const source = fullTopic
      .replace(/\/+$/, "")
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replace("%prefix%", "(?:stat|tele)")
      .replace("%topic%", "(?<topic>.+)")
      .replace("%id%", "(?<id>[0-9A-Fa-f]+)");
    pattern = new RegExp(`^${source}$`);
    patterns.set(fullTopic, pattern);
  }
  return pattern;
}
