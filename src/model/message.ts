import type { AdapterStatus, BridgeEvent, BridgeSeen, DeviceSummary } from "./bridge.ts";
import type { Description } from "./description.ts";
import type { Alert, DeviceEvent } from "./event.ts";
import type { Response } from "./request.ts";
import type { Result } from "./result.ts";
import type { Scalar } from "./scalar.ts";
import type { Availability, State } from "./state.ts";
import type { AddressOf, Kind } from "./topic.ts";

/** A payload that came from outside, not yet read. */
export interface Inbound {
  readonly text: string;
  /** Published with the retain flag, or replayed from retained state. */
  readonly retained: boolean;
  /**
   * Why it is answered and not carried out: its sender may not wish it, or an earlier run of the
   * gateway ended in the middle of it.
   */
  readonly obstacle?: "not_allowed" | "interrupted";
}

/** What each kind of message carries. `undefined` in a retained one deletes its topic. */
interface Bodies {
  description: Description | undefined;
  state: State | undefined;
  value: Scalar | undefined;
  availability: Availability | undefined;
  event: DeviceEvent;
  alert: Alert | undefined;
  set: Inbound;
  get: Inbound;
  result: Result;
  bridge_devices: readonly DeviceSummary[];
  bridge_availability: Availability;
  bridge_adapter: AdapterStatus | undefined;
  bridge_event: BridgeEvent;
  bridge_request: Inbound;
  bridge_response: Response;
  bridge_seen: BridgeSeen | undefined;
}

/** Everything that travels on the bus: an address of the schema and what it carries. */
export type Message = { [K in Kind]: AddressOf<K> & { readonly body: Bodies[K] } }[Kind];
export type MessageOf<K extends Kind> = Extract<Message, { readonly kind: K }>;

const retained: ReadonlySet<Kind> = new Set([
  "description",
  "state",
  "value",
  "availability",
  "alert",
  "bridge_devices",
  "bridge_availability",
  "bridge_adapter",
  "bridge_seen",
]);

/** Whether the last message of this kind is kept for whoever subscribes later. */
export function isRetained(kind: Kind): boolean {
  return retained.has(kind);
}

/** Kinds that must reach a subscriber that was away; the rest is superseded by its next message. */
const assured: ReadonlySet<Kind> = new Set([
  "description",
  "availability",
  "event",
  "alert",
  "result",
  "bridge_event",
  "bridge_response",
]);

/** Whether a message of this kind has to arrive: QoS 1, the others QoS 0. */
export function isAssured(kind: Kind): boolean {
  return assured.has(kind);
}

/** Wishes from outside; everything else is a fact from Koine. */
export const wishKinds: ReadonlySet<Kind> = new Set(["set", "get", "bridge_request"]);

function isWish(message: Message): message is MessageOf<"set" | "get" | "bridge_request"> {
  return wishKinds.has(message.kind);
}

/** The MQTT payload of a message; empty deletes a retained topic. Availability is a bare word. */
export function encodePayload(message: Message): string {
  if (isWish(message)) return message.body.text;
  if (message.body === undefined) return "";
  return message.kind === "availability" || message.kind === "bridge_availability"
    ? message.body
    : JSON.stringify(message.body);
}
