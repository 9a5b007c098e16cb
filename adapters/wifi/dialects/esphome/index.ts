import { slug, z, CommandError, type Command, type DeviceFacts, type Write } from "koine/adapter";
import type { Dialect, Encoded, Expectation, Hearing } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import type { Frame, Request } from "../../../mqtt/frame.ts";
import { parseDeviceObject, stringOf, type JsonObject } from "../../../reading/json.ts";
import { below, macIn, rootedPeer, rootedPeerShape } from "../../named-peer.ts";
import { Payload, shown, type Message } from "../home-assistant/point.ts";

import { pointsOf } from "./points.ts";

const peerSchema = z.object({
  ...rootedPeerShape,
  /** Components that were heard: `switch/relay`. */
  components: z.array(z.string()).readonly(),
});
type EsphomePeer = Readonly<z.infer<typeof peerSchema>>;

/** Components of one device that are remembered; more are not carried. */
const maxComponents = 128;

/**
 * ESPHome nodes that are not described for Home Assistant, and what any node tells of itself under
 * `esphome/discover/…`. A node that is described is read by its description, which has units; here
 * there are none, and a number keeps the node's own name. Source: ESPHome's documentation of its
 * MQTT component.
 */
export const esphome: Dialect<EsphomePeer> = {
  name: "esphome",
  rank: "guessed",
  peerSchema,
  recognise(frame, { peers }) {
    const name = announcedName(frame.topic);
    if (name !== undefined)
      return frame.payload === "" ? undefined : (peers.get(name) ?? esphomePeer(name));
    const root = rootOf(frame);
    return root === undefined ? undefined : esphomePeer(root);
  },
  normalise,
  encode,
  identify: ask,
  poll: () => [],
};

type EsphomeHearing = Hearing<EsphomePeer>;

const kinds =
  "sensor|text_sensor|binary_sensor|switch|light|cover|fan|lock|number|select|button|valve|climate";
const stateTopic = new RegExp(`^(.+)/(${kinds})/([^/]+)/(?:[a-z_]+/)?state$`);

/** A node tells its address when it is asked. */
function ask({ root }: EsphomePeer): Request[] {
  return [{ topic: `esphome/ping/${root.slice(root.lastIndexOf("/") + 1)}`, payload: "" }];
}

function esphomePeer(root: string, mac?: string, components: readonly string[] = []): EsphomePeer {
  const name = root.slice(root.lastIndexOf("/") + 1);
  const heard = components.flatMap((one) => topicsOf(root, one));
  return {
    ...rootedPeer({ make: "esphome", name, root, mac }),
    topics: [`esphome/discover/${name}`],
    claims: heard,
    components,
  };
}

/** Topics that a component of a kind may have beside its state. */
const aspects: Readonly<Record<string, readonly string[]>> = {
  cover: ["position", "tilt"],
  valve: ["position"],
  fan: ["speed_level", "oscillation", "direction"],
  climate: ["mode", "action", "current_temperature", "target_temperature", "preset"],
};

function topicsOf(root: string, component: string): string[] {
  const [kind = ""] = component.split("/");
  const own = `${root}/${component}`;
  return [`${own}/state`, ...(aspects[kind] ?? []).map((aspect) => `${own}/${aspect}/state`)];
}

function announcedName(topic: string): string | undefined {
  return /^esphome\/discover\/([^/]+)$/.exec(topic)?.[1];
}

function rootOf({ topic }: Frame): string | undefined {
  const root = stateTopic.exec(topic)?.[1];
  return root !== undefined && slug(root) !== "" && !root.startsWith("homeassistant/")
    ? root
    : undefined;
}

function normalise(frame: Frame, peer: EsphomePeer): EsphomeHearing {
  const { topic, payload } = frame;
  if (announcedName(topic) !== undefined) return announced(payload, peer);
  const path = below(topic, peer.root) ?? "";
  if (path === "status") return status(payload, peer);
  const [, , kind, object] = stateTopic.exec(topic) ?? [];
  if (kind === undefined || object === undefined || payload === "") return { devices: [] };
  const component = `${kind}/${object}`;
  const isNew = !peer.components.includes(component) && peer.components.length < maxComponents;
  const known = isNew ? esphomePeer(peer.root, peer.mac, [...peer.components, component]) : peer;
  return { ...componentHearing(topic, component, payload, known), peer: known };
}

function announced(payload: string, before: EsphomePeer): EsphomeHearing {
  const message = parseDeviceObject(payload);
  if (!message) return { devices: [], diagnostic: "bad_payload" };
  const peer = esphomePeer(
    before.root,
    macIn(stringOf(message["mac"])) ?? before.mac,
    before.components,
  );
  return { peer, devices: [{ ref: peer.ref, facts: factsOf(message) }] };
}

function factsOf(message: JsonObject): DeviceFacts {
  const name = stringOf(message["friendly_name"]) ?? stringOf(message["name"]);
  const [model, firmware] = ["board", "version"].map((key) => stringOf(message[key]));
  return {
    manufacturer: "ESPHome",
    ...(name !== undefined && { name }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
  };
}

function status(payload: string, { ref }: EsphomePeer): EsphomeHearing {
  if (payload !== "online" && payload !== "offline")
    return { devices: [], diagnostic: "bad_payload" };
  return { devices: [{ ref, facts: {}, availability: payload }] };
}

function componentHearing(
  topic: string,
  component: string,
  payload: string,
  { ref, root }: EsphomePeer,
): EsphomeHearing {
  const points = pointsOf(root, component);
  const read = new Payload(payload);
  const concerned = points.filter((point) => point.topic === topic);
  const said = concerned.map((point) => ({ facts: point.facts, one: point.read?.(read) }));
  const observations = said.flatMap(({ facts, one }): Observation[] =>
    one === undefined || one === "unreadable" ? [] : [{ facts, ...one }],
  );
  const properties = points.map(({ facts }) => facts);
  const isBad = said.some(({ one }) => one === "unreadable");
  return {
    devices: [{ ref, facts: { properties }, observations }],
    ...(isBad && { diagnostic: "bad_value" }),
  };
}

function encode({ writes }: Extract<Command, { type: "set" }>, peer: EsphomePeer): Encoded {
  const wishes = writes.map((write) => wishOf(write, peer));
  const fields = new Map<string, JsonObject>();
  const requests: Request[] = [];
  for (const message of wishes.flatMap(({ messages }) => messages)) {
    if ("payload" in message) requests.push(message);
    else fields.set(message.topic, { ...fields.get(message.topic), ...message.fields });
  }
  const documents = [...fields].map(([topic, document]) => ({
    topic,
    payload: JSON.stringify(document),
  }));
  return {
    requests: [...documents, ...requests],
    expectations: wishes.map(({ expectation }) => expectation),
  };
}

function wishOf(
  { is, part, source = "", value }: Write,
  { root }: EsphomePeer,
): { readonly messages: readonly Message[]; readonly expectation: Expectation } {
  const point = pointsOf(root, source).find(({ facts }) => facts.is === is);
  const messages = point?.write?.(value);
  if (!point || !messages)
    throw new CommandError("unsupported", `The node has no command for ${is}`);
  const anyOf = shown({ ...point, facts: { ...point.facts, part } }, value);
  return { messages, expectation: { wish: { is, part }, anyOf } };
}
