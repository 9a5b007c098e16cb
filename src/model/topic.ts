import { ProtocolError } from "../errors.ts";
import { isDeviceId, reservedId } from "./identity.ts";
import { pattern } from "./pattern.ts";

/** What each kind of topic names, besides its kind. */
interface AddressFields {
  description: { readonly device: string };
  state: { readonly device: string };
  value: { readonly device: string; readonly property: string };
  availability: { readonly device: string };
  event: { readonly device: string; readonly name: string };
  alert: { readonly device: string; readonly alert: string };
  /** The whole command document, or the bare value of one property. */
  set: { readonly device: string; readonly property?: string };
  get: { readonly device: string };
  result: { readonly device: string };
  bridge_devices: object;
  bridge_availability: object;
  bridge_adapter: { readonly adapter: string };
  bridge_event: { readonly name: string };
  bridge_request: { readonly verb: string };
  bridge_response: { readonly verb: string };
  bridge_seen: { readonly what: string };
}

export type Kind = keyof AddressFields;
export type AddressOf<K extends Kind> = { readonly kind: K } & AddressFields[K];
/** What a topic of the common schema means, apart from the root it stands under. */
export type Address = { [K in Kind]: AddressOf<K> }[Kind];

/** The major version of the schema, as the second topic segment. */
export const majorVersion = "1";

/** Whether a topic lies below `root`, and so may only be published by Koine or as a command. */
export function isUnder(root: string, topic: string): boolean {
  return topic === root || topic.startsWith(`${root}/`);
}

/** The MQTT topic of an address. */
export function encodeTopic(root: string, address: Address): string {
  return `${root}/${majorVersion}/${path(address)}`;
}

function path(address: Address): string {
  switch (address.kind) {
    case "description":
    case "state":
    case "availability":
    case "get":
    case "result":
      return `${address.device}/${address.kind}`;
    case "value":
      return `${address.device}/value/${address.property}`;
    case "event":
      return `${address.device}/event/${address.name}`;
    case "alert":
      return `${address.device}/alert/${address.alert}`;
    case "set":
      return address.property === undefined
        ? `${address.device}/set`
        : `${address.device}/set/${address.property}`;
    case "bridge_devices":
      return "bridge/devices";
    case "bridge_availability":
      return "bridge/availability";
    case "bridge_adapter":
      return `bridge/adapter/${address.adapter}`;
    case "bridge_event":
      return `bridge/event/${address.name}`;
    case "bridge_request":
      return `bridge/request/${address.verb}`;
    case "bridge_response":
      return `bridge/response/${address.verb}`;
    case "bridge_seen":
      return `bridge/seen/${address.what}`;
  }
}

/**
 * What a topic below `root` means.
 * @throws ProtocolError when it is no topic of the schema
 */
export function parseTopic(root: string, topic: string): Address {
  const prefix = `${root}/${majorVersion}/`;
  if (!topic.startsWith(prefix)) throw new ProtocolError(`Not below "${prefix}": "${topic}"`);
  const [first = "", ...rest] = topic.slice(prefix.length).split("/");
  const address = first === reservedId ? bridgeAddress(rest) : deviceAddress(first, rest);
  if (!address) throw new ProtocolError(`No topic of the schema: "${topic}"`);
  return address;
}

function deviceAddress(device: string, [kind, name, ...more]: string[]): Address | undefined {
  if (!isDeviceId(device) || kind === undefined || more.length > 0) return undefined;
  if (name === undefined) return wholeDeviceAddress(device, kind);
  if (kind === "value" || kind === "set") {
    return pattern.propertyKey.test(name) ? { kind, device, property: name } : undefined;
  }
  if (!pattern.name.test(name)) return undefined;
  if (kind === "event") return { kind, device, name };
  return kind === "alert" ? { kind, device, alert: name } : undefined;
}

function wholeDeviceAddress(device: string, kind: string): Address | undefined {
  switch (kind) {
    case "description":
    case "state":
    case "availability":
    case "set":
    case "get":
    case "result":
      return { kind, device };
    default:
      return undefined;
  }
}

function bridgeAddress([kind, ...names]: string[]): Address | undefined {
  if (names.length === 0) {
    if (kind === "devices") return { kind: "bridge_devices" };
    return kind === "availability" ? { kind: "bridge_availability" } : undefined;
  }
  if (names.length > 2 || !names.every((name) => pattern.name.test(name))) return undefined;
  const name = names.join("/");
  if (kind === "request") return { kind: "bridge_request", verb: name };
  if (kind === "response") return { kind: "bridge_response", verb: name };
  if (names.length > 1) return undefined;
  if (kind === "adapter") return { kind: "bridge_adapter", adapter: name };
  if (kind === "event") return { kind: "bridge_event", name };
  return kind === "seen" ? { kind: "bridge_seen", what: name } : undefined;
}
