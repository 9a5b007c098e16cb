import { CommandError, partOf, type Command, type EventData, type Scalar } from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import { numberIn } from "../../../reading/codec.ts";
import type { Encoded, Hearing } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import { textOf, type JsonObject } from "../../../reading/json.ts";
import { keyObservations } from "./keys.ts";
import type { GatewayPeer } from "./peer.ts";

type GatewayHearing = Hearing<GatewayPeer>;

/** A sensor on the gateway's own pins, named by its make and, where there are several, its address. */
export function wired(
  kind: string,
  rest: readonly string[],
  message: JsonObject,
  peer: GatewayPeer,
): GatewayHearing {
  const sensor = kind.replace(/toMQTT$/, "");
  const part = partOf(
    [sensor === "CLIMA" ? "" : sensor, ...rest].filter((word) => word !== "").join("_"),
  );
  const named =
    kind === "HCSR501toMQTT"
      ? { motion: message["presence"] ?? message["hcsr501"] ?? null }
      : message;
  const observations = keyObservations(named, { vendor: "openmqttgateway", part });
  return { peer, devices: [{ ref: peer.ref, observations }] };
}

/** The relay on a pin. */
export function relay({ gpio, cmd }: JsonObject, peer: GatewayPeer): GatewayHearing {
  const [pin, on] = [gpio, cmd].map((one) => numberIn(textOf(one)));
  if (on !== 0 && on !== 1) return { devices: [], diagnostic: "bad_payload" };
  const part = pin === undefined ? {} : ({ part: String(pin), optionalPart: true } as const);
  const facts = {
    is: "onoff",
    ...part,
    source: ["ONOFFtoMQTT", ...(pin === undefined ? [] : [pin])].join("."),
  };
  const observation: Observation = {
    facts,
    value: on === 1,
    raw: on,
    conversion: "1 → true, 0 → false",
  };
  return { peer, devices: [{ ref: peer.ref, observations: [observation] }] };
}

/** What receivers for remote controls pass on, by the part that it is told as. */
const receivers: ReadonlyMap<string, string> = new Map([
  ["433toMQTT", "rf"],
  ["SRFBtoMQTT", "rf"],
  ["IRtoMQTT", "ir"],
]);

/** Length of a code that is carried. */
const maxCodeLength = 128;

/** Whether a message is a code of a remote control. */
export function isCode(kind: string): boolean {
  return receivers.has(kind);
}

/** A code says that a button was pressed somewhere: there is no telling on which device. */
export function code(kind: string, message: JsonObject, peer: GatewayPeer): GatewayHearing {
  const part = receivers.get(kind) ?? "rf";
  const sent = [message["value"], message["hex"], message["raw"]].find(isTold);
  if (sent === undefined) return { devices: [], diagnostic: "bad_payload" };
  const value = textOf(sent).slice(0, maxCodeLength);
  const facts = { is: "raw", part, optionalPart: true, source: kind };
  const press: EventData = { name: "action", action: "other", part };
  return { peer, devices: [{ ref: peer.ref, observations: [{ facts, value }], events: [press] }] };
}

function isTold(value: Scalar | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}

/**
 * A relay is the one thing that takes commands.
 * @throws CommandError `unsupported` for everything else
 */
export function encode(
  { writes }: Extract<Command, { type: "set" }>,
  { root }: GatewayPeer,
): Encoded {
  const wishes = writes.map(({ is, part, value, source = "" }) => {
    const pin = /^ONOFFtoMQTT\.(\d+)$/.exec(source)?.[1] ?? /^\d+$/.exec(part ?? "")?.[0];
    if (is !== "onoff" || pin === undefined || typeof value !== "boolean") {
      throw new CommandError("unsupported", `The gateway has no command for ${is}`);
    }
    const payload = JSON.stringify({ gpio: Number(pin), cmd: value ? 1 : 0 });
    return {
      request: { topic: `${root}/commands/MQTTtoONOFF`, payload },
      expectation: { wish: { is, part }, anyOf: [{ is, part, accepts: agrees(value) }] },
    };
  });
  return {
    requests: wishes.map(({ request }) => request),
    expectations: wishes.map(({ expectation }) => expectation),
  };
}
