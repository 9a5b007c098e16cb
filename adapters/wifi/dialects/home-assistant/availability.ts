import type { Availability } from "koine/adapter";
import { isObject, listOf, stringOf, type JsonObject } from "../../../reading/json.ts";
import type { Component } from "./discovery.ts";
import { extractor, word, type Payload } from "./point.ts";

/** Where the components of a device say whether they are there, and what they said. */
export interface Availabilities {
  /** One for every way in which components say it. */
  readonly groups: readonly Group[];
  readonly heard: Readonly<Record<string, Word>>;
}

interface Group {
  readonly mode: string;
  readonly sources: readonly Source[];
}

interface Source {
  readonly topic: string;
  readonly online: string;
  readonly offline: string;
  readonly template?: string;
}

interface Word {
  readonly isThere: boolean;
  /** How many words came before it. */
  readonly n: number;
}

/** What components say of where they say it; what was heard stays. */
export function availabilitiesOf(
  before: Availabilities | undefined,
  components: readonly Component[],
): Availabilities {
  const groups = new Map<string, Group>();
  for (const { config } of components) {
    const sources = sourcesOf(config);
    if (sources.length === 0) continue;
    const group = { mode: stringOf(config["availability_mode"]) ?? "latest", sources };
    groups.set(JSON.stringify(group), group);
  }
  return { groups: [...groups.values()], heard: before?.heard ?? {} };
}

/** Every topic on which something is said of it. */
export function topicsIn({ groups }: Availabilities): readonly string[] {
  return [...new Set(groups.flatMap(({ sources }) => sources.map(({ topic }) => topic)))];
}

function sourcesOf(config: JsonObject): Source[] {
  const single = stringOf(config["availability_topic"]);
  if (single !== undefined) return [sourceOf(single, config, "availability_template")];
  return listOf(config["availability"])
    .filter(isObject)
    .flatMap((one) => {
      const topic = stringOf(one["topic"]);
      return topic === undefined ? [] : [sourceOf(topic, one, "value_template")];
    });
}

function sourceOf(topic: string, config: JsonObject, templateKey: string): Source {
  const template = stringOf(config[templateKey]);
  return {
    topic,
    online: word(config, "payload_available", "online"),
    offline: word(config, "payload_not_available", "offline"),
    ...(template !== undefined && { template }),
  };
}

/** With what a payload says; undefined when it says nothing of it. */
export function heardOn(
  topic: string,
  payload: Payload,
  before: Availabilities,
): Availabilities | undefined {
  const sources = before.groups.flatMap((group) => group.sources);
  const source = sources.find((one) => one.topic === topic);
  if (!source) return undefined;
  const said = extractor({ template: source.template ?? null }, "template")(payload);
  if (said !== source.online && said !== source.offline) return undefined;
  const n = Math.max(0, ...Object.values(before.heard).map((one) => one.n)) + 1;
  const heard = { ...before.heard, [topic]: { isThere: said === source.online, n } };
  return { ...before, heard };
}

/** A device is there while one of its components is. */
export function together({ groups, heard }: Availabilities): Availability {
  const each = new Set(groups.map((group) => ofGroup(group, heard)));
  if (each.has("online")) return "online";
  return each.has("unknown") ? "unknown" : "offline";
}

function ofGroup({ mode, sources }: Group, heard: Availabilities["heard"]): Availability {
  const words = sources.flatMap(({ topic }) => heard[topic] ?? []);
  const isMissing = words.length < sources.length;
  const last = words.toSorted((a, b) => b.n - a.n)[0];
  if (!last) return "unknown";
  switch (mode) {
    case "all":
      if (words.some(({ isThere }) => !isThere)) return "offline";
      return isMissing ? "unknown" : "online";
    case "any":
      if (words.some(({ isThere }) => isThere)) return "online";
      return isMissing ? "unknown" : "offline";
    default:
      return last.isThere ? "online" : "offline";
  }
}
