import { slug, z, type Identifier } from "koine/adapter";
import { peerShape } from "../../peers.ts";
import type { Frame } from "../../frame.ts";

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
  const byTopic: Identifier = ["tasmota", topic];
  return {
    ...settings,
    key: topic,
    ref: mac === undefined ? [byTopic] : [["wifi", mac], byTopic],
    bases: [prefixes[1], prefixes[2]].map((prefix) => baseOf(settings, prefix)),
  };
}

/** The topic of a command to a device. */
export function commandTopic(peer: TasmotaPeer, command: string): string {
  return `${baseOf(peer, peer.prefixes[0])}/${command}`;
}

function baseOf(
  { topic, fullTopic }: Pick<Settings, "topic" | "fullTopic">,
  prefix: string,
): string {
  return fullTopic.replace("%prefix%", prefix).replace("%topic%", topic).replace(/\/+$/, "");
}

/** Last topic levels that only Tasmota uses; others are read once the device is known. */
const telling = /^(?:LWT|STATE|SENSOR|RESULT|INFO[123]|POWER\d*|STATUS\d*|UPTIME)$/;

/**
 * The peer that a topic speaks of, by the shape of the topic alone, for devices that do not
 * announce themselves.
 */
export function peerOfTopic(
  { topic }: Frame,
  fullTopics: readonly string[],
): TasmotaPeer | undefined {
  const slash = topic.lastIndexOf("/");
  if (slash < 0 || !telling.test(topic.slice(slash + 1))) return undefined;
  for (const fullTopic of fullTopics) {
    const found = patternOf(fullTopic).exec(topic.slice(0, slash))?.groups?.["topic"];
    if (found !== undefined && slug(found) !== "") {
      return tasmotaPeer({ topic: found, fullTopic, relays: [], tilts: [], ...factory });
    }
  }
  return undefined;
}

const patterns = new Map<string, RegExp>();

function patternOf(fullTopic: string): RegExp {
  let pattern = patterns.get(fullTopic);
  if (!pattern) {
    const source = fullTopic
      .replace(/\/+$/, "")
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replace("%prefix%", "(?:stat|tele)")
      .replace("%topic%", "(?<topic>.+)");
    pattern = new RegExp(`^${source}$`);
    patterns.set(fullTopic, pattern);
  }
  return pattern;
}
