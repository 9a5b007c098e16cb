import type { DeviceFacts, PropertyFacts, Scalar } from "koine/adapter";
import { isTopicName } from "../../../mqtt/frame.ts";
import {
  isObject,
  listOf,
  parseDeviceObject,
  stringOf,
  type JsonObject,
} from "../../../reading/json.ts";
import { commandTopic, factory, tasmotaPeer, type TasmotaPeer } from "./peer.ts";
import { onoffFacts, shutterFacts } from "./properties.ts";

/** `tasmota/discovery/<MAC>/config`, retained: how a device announces itself. */
const discoveryTopic = /^tasmota\/discovery\/([0-9A-Fa-f]{12})\/(config|sensors)$/;

export interface DiscoveryTopic {
  readonly mac: string;
  readonly part: "config" | "sensors";
}

export function parseDiscoveryTopic(topic: string): DiscoveryTopic | undefined {
  const [, mac, part] = discoveryTopic.exec(topic) ?? [];
  if (mac === undefined || (part !== "config" && part !== "sensors")) return undefined;
  return { mac: mac.toLowerCase(), part };
}

/**
 * The device that a `config` announcement describes.
 * @returns undefined when it lacks what is needed to talk to the device
 */
export function peerOfConfig(payload: string, mac: string): TasmotaPeer | undefined {
  const config = parseDeviceObject(payload);
  const topic = stringOf(config?.["t"]);
  const hostname = stringOf(config?.["hn"]) ?? "%hostname%";
  const fullTopic = stringOf(config?.["ft"])?.replaceAll("%hostname%", hostname);
  if (!config || topic === undefined || fullTopic === undefined) return undefined;
  const [command, status, telemetry] = strings(config["tp"]);
  const [off, on] = strings(config["state"]);
  const peer = tasmotaPeer({
    topic,
    fullTopic,
    mac,
    prefixes: [
      command ?? factory.prefixes[0],
      status ?? factory.prefixes[1],
      telemetry ?? factory.prefixes[2],
    ],
    online: stringOf(config["onln"]) ?? factory.online,
    offline: stringOf(config["ofln"]) ?? factory.offline,
    words: [off ?? factory.words[0], on ?? factory.words[1]],
    relays: relaysOf(config),
    tilts: tiltsOf(config["sht"]),
    inverted: listOf(config["sho"]).map(isInverting),
  });
  return [commandTopic(peer, "STATUS"), ...peer.bases].every(isTopicName) ? peer : undefined;
}

/** What a `config` announcement tells of its device. */
export function factsOfConfig(payload: string, peer: TasmotaPeer): DeviceFacts {
  const config = parseDeviceObject(payload) ?? {};
  const name = stringOf(config["dn"]);
  const model = stringOf(config["md"]);
  const firmware = stringOf(config["sw"]);
  return {
    ...(name !== undefined && { name }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
    ...(config["dslp"] === 1 && { sleepy: true }),
    properties: actuatorsOf(peer, strings(config["fn"])),
  };
}

/** The readings inside a `sensors` announcement. */
export function sensorsOf(payload: string): JsonObject | undefined {
  const sensors = parseDeviceObject(payload)?.["sn"];
  return isObject(sensors) ? sensors : undefined;
}

/**
 * Relay types, one for each relay. Old firmware announces none but as many friendly names as it has
 * relays.
 */
function relaysOf(config: JsonObject): number[] {
  const relays = listOf(config["rl"]).filter((type) => typeof type === "number");
  if (relays.some((type) => type > 0))
    return relays.slice(0, relays.findLastIndex((t) => t > 0) + 1);
  const names = strings(config["fn"]).filter((name) => name !== undefined);
  return names.length > 1 ? names.map(() => 1) : [];
}

function actuatorsOf(peer: TasmotaPeer, names: readonly (string | undefined)[]): PropertyFacts[] {
  const switches = peer.relays.flatMap((type, index) => {
    if (type !== 1 && type !== 2) return [];
    const name = names[index];
    return [{ ...onoffFacts(index + 1), ...(name !== undefined && { name }) }];
  });
  // Each shutter has two relays.
  const shutters = Math.floor(peer.relays.filter((type) => type === 3).length / 2);
  return [
    ...switches,
    ...Array.from({ length: shutters }, (_, index) => shutterFacts(index + 1)).flat(),
  ];
}

/** The first bit of a shutter's options; the others are locks and the like. */
function isInverting(options: Scalar): boolean {
  return typeof options === "number" && options % 2 === 1;
}

function tiltsOf(raw: Scalar | undefined): [number, number][] {
  return listOf(raw).map((limits) => {
    const [min, max] = listOf(limits);
    return typeof min === "number" && typeof max === "number" ? [min, max] : [0, 0];
  });
}

function strings(raw: Scalar | undefined): (string | undefined)[] {
  return listOf(raw).map(stringOf);
}
