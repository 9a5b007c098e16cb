import { slug, type DeviceFacts, type EventData, type Ref, type Scalar } from "koine/adapter";
import type { Heard } from "../../dialect.ts";
import { numberOf, stringOf, textOf, type JsonObject } from "../../../reading/json.ts";
import { macIn } from "../../named-peer.ts";
import { actionIn } from "../../../reading/press-words.ts";
import { keyObservations } from "./keys.ts";

/** What was heard of a device over Bluetooth; undefined when it cannot be told from others. */
export function bluetoothDevice(path: string, message: JsonObject, via: Ref): Heard | undefined {
  const ref = identityOf(path, message);
  if (!ref) return undefined;
  if (isAway(message)) return { ref, facts: { via }, availability: "offline" };
  const events = pressesOf(message);
  const packet = message["packet"];
  return {
    ref,
    facts: { via, ...named(message) },
    observations: keyObservations(message, { vendor: "theengs" }),
    events,
    // A press is sent several times, all under one number.
    ...(events.length > 0 && packet !== undefined && { copyOf: `packet ${textOf(packet)}` }),
  };
}

function named(message: JsonObject): DeviceFacts {
  const [name, model, manufacturer] = ["name", "model", "brand"].map((key) =>
    stringOf(message[key]),
  );
  return {
    ...(name !== undefined && { name }),
    ...(model !== undefined && { model }),
    ...(manufacturer !== undefined && manufacturer !== "GENERIC" && { manufacturer }),
  };
}

const ofTheAway = new Set(["id", "mac", "name", "state", "unlocked"]);

/** What a gateway says of a tracker that it does not hear any more: nothing else is in it. */
function isAway(message: JsonObject): boolean {
  return message["state"] === "offline" && Object.keys(message).every((key) => ofTheAway.has(key));
}

/**
 * The address; or, where that changes, what the beacon calls itself. An address that changes and
 * names nothing is no device.
 */
function identityOf(path: string, message: JsonObject): Ref | undefined {
  const { uuid, major, minor, type } = message;
  if (type === "RMAC") return undefined;
  const [mac] = [message["mac"], message["id"], path].flatMap((one) => macIn(stringOf(one)) ?? []);
  const isRandom = message["mac_type"] === 1 && mac !== undefined && !isStatic(mac);
  if (typeof uuid === "string" && (isRandom || mac === undefined)) {
    const beacon = [slug(uuid).replaceAll("-", ""), major ?? 0, minor ?? 0].map(String).join("-");
    return [["ble-beacon", beacon]];
  }
  if (mac === undefined || (isRandom && isFleeting(message))) return undefined;
  return [["ble", mac]];
}

/** Random addresses that stay have both highest bits set. */
function isStatic(mac: string): boolean {
  return Number.parseInt(mac.slice(0, 2), 16) >> 6 === 3;
}

/** Of a random address: whether nothing says that it is one sensor's for good. */
function isFleeting({ model_id: decoded, prmac: isPrivate }: JsonObject): boolean {
  return decoded === undefined || isPrivate === true;
}

/** Presses as BTHome numbers them, and as the decoder numbers long ones; 0 is none. */
const presses: ReadonlyMap<number, string> = new Map([
  [1, "press"],
  [2, "double_press"],
  [3, "triple_press"],
  [4, "long_press"],
  [5, "long_double_press"],
  [6, "long_triple_press"],
  [9, "long_press"],
  [11, "hold"],
  [128, "hold"],
  [254, "hold"],
]);

/** Name of a button among the keys: the only one, or one of several. */
const buttonKey = /^button(\d?)$/;

function pressesOf(message: JsonObject): EventData[] {
  return Object.entries(message).flatMap(([key, raw]) => {
    const [, part] = buttonKey.exec(key) ?? [];
    const action = part === undefined ? undefined : pressOf(raw);
    if (action === undefined) return [];
    return [{ name: "action", action, ...(part !== "" && part !== undefined && { part }) }];
  });
}

function pressOf(raw: Scalar): string | undefined {
  const number = numberOf(raw);
  if (number === 0 || raw === false) return undefined;
  if (number === undefined) return actionIn(textOf(raw).toLowerCase());
  return presses.get(number) ?? "other";
}
