import { parseScalar, type EventData, type PropertyFacts, type Scalar } from "koine/adapter";
import { isObject, listOf, stringOf, textOf, type JsonObject } from "../../../../reading/json.ts";
import { actionIn, pressIn } from "../../../../reading/press-words.ts";
import {
  extractor,
  reads,
  says,
  word,
  type Description,
  type Payload,
  type Point,
} from "../point.ts";
import { nameOf, plain, settable } from "./sensor.ts";

/** Words for on and off of a component. */
interface OnOff {
  readonly read: NonNullable<Point["read"]>;
  readonly write: Pick<Point, "write">;
}

function onOff(config: JsonObject, template: string, commandTemplate: string): OnOff {
  const [on, off] = [word(config, "payload_on", "ON"), word(config, "payload_off", "OFF")];
  const table = new Map([
    [word(config, "state_on", on), true],
    [word(config, "state_off", off), false],
  ]);
  const encode = (value: Scalar): string => (value === true ? on : off);
  return {
    read: reads(extractor(config, template, "value_template"), table),
    write: says(config, "command_topic", commandTemplate, encode),
  };
}

/** Something to switch; a setting that is on or off keeps its own name. */
export function switchEntity({ config, place, vendorName, words }: Description): readonly Point[] {
  const { read, write } = onOff(config, "value_template", "command_template");
  const isSetting = stringOf(config["entity_category"]) !== undefined;
  const isLock = /child.?lock/.test(words);
  const own = isSetting && !isLock;
  const facts: PropertyFacts = own
    ? { is: vendorName(""), type: "boolean", kind: "setting", ...plain(place), ...nameOf(config) }
    : { is: isLock ? "child_lock" : "onoff", ...place, ...nameOf(config), ...outletClass(config) };
  return [settable({ facts, topic: stringOf(config["state_topic"]), read, ...write })];
}

function outletClass({ device_class: deviceClass }: JsonObject): Pick<PropertyFacts, "class"> {
  return deviceClass === "outlet" ? { class: "outlet" } : {};
}

/** Without a template a siren takes JSON, and may report it. */
export function siren({ config, place }: Description): readonly Point[] {
  const [on, off] = [word(config, "payload_on", "ON"), word(config, "payload_off", "OFF")];
  const table = new Map([
    [word(config, "state_on", on), true],
    [word(config, "state_off", off), false],
  ]);
  const extract = extractor(config, "state_value_template", "value_template");
  const stated = (payload: Payload): string | undefined =>
    isObject(payload.json) && payload.text.startsWith("{")
      ? textOf(payload.json["state"])
      : extract(payload);
  const encode = (value: Scalar): string => {
    const state = value === true ? on : off;
    return config["command_template"] === undefined ? JSON.stringify({ state }) : state;
  };
  const write = says(config, "command_topic", "command_template", encode);
  const topic = stringOf(config["state_topic"]);
  return [
    settable({ facts: { is: "siren", ...place }, topic, read: reads(stated, table), ...write }),
  ];
}

/** A scene: true sets it. */
export function scene({ config, place, vendorName }: Description): readonly Point[] {
  const payload = word(config, "payload_on", "ON");
  const write = says(config, "command_topic", "", (value) =>
    value === true ? payload : undefined,
  );
  const facts: PropertyFacts = {
    is: vendorName(""),
    type: "boolean",
    kind: "action",
    ...plain(place),
    ...nameOf(config),
  };
  return [settable({ facts, ...write })];
}

/** Something to press: true presses it. */
export function button({ config, place, vendorName }: Description): readonly Point[] {
  const press = word(config, "payload_press", "PRESS");
  const write = says(config, "command_topic", "command_template", (value) =>
    value === true ? press : undefined,
  );
  const isIdentify = config["device_class"] === "identify";
  const facts: PropertyFacts = isIdentify
    ? { is: "identify", ...place }
    : { is: vendorName(""), type: "boolean", kind: "action", ...plain(place), ...nameOf(config) };
  return [settable({ facts, ...write })];
}

/** A lock says whether it is locked, and what it is doing. */
export function lock({ config, place }: Description): readonly Point[] {
  const topic = stringOf(config["state_topic"]);
  const extract = extractor(config, "value_template");
  const states = new Map([
    [word(config, "state_locked", "LOCKED"), "locked"],
    [word(config, "state_unlocked", "UNLOCKED"), "unlocked"],
    [word(config, "state_locking", "LOCKING"), "locking"],
    [word(config, "state_unlocking", "UNLOCKING"), "unlocking"],
    [word(config, "state_jammed", "JAMMED"), "jammed"],
    [word(config, "state_open", "OPEN"), "unlatched"],
  ]);
  const readState = reads(extract, states);
  const encode = (value: Scalar): string =>
    value === true
      ? word(config, "payload_lock", "LOCK")
      : word(config, "payload_unlock", "UNLOCK");
  const write = says(config, "command_topic", "command_template", encode);
  const readLocked = (payload: Payload): ReturnType<typeof readState> => {
    const said = readState(payload);
    if (said === undefined || said === "unreadable" || said.value === null) return said;
    // On its way it is neither.
    if (!["locked", "unlocked", "unlatched"].includes(textOf(said.value))) return undefined;
    return { ...said, value: said.value === "locked" };
  };
  const locked = settable({ facts: { is: "locked", ...place }, topic, read: readLocked, ...write });
  if (topic === undefined) return [locked];
  return [locked, { facts: { is: "lock_state", ...place, access: "r" }, topic, read: readState }];
}

function actionOf(type: string): string {
  return actionIn(type) ?? "other";
}

/** An event entity: its payload is JSON that names the type of event. */
export function event({ config, place }: Description): readonly Point[] {
  const extract = extractor(config, "value_template");
  const part = place.part;
  const happened = (payload: Payload): EventData[] => {
    const text = extract(payload);
    const document = text === payload.text ? payload.json : jsonIn(text);
    const type = isObject(document) ? stringOf(document["event_type"]) : undefined;
    if (type === undefined || !listOf(config["event_types"]).includes(type)) return [];
    return [{ name: "action", action: actionOf(type), ...(part !== undefined && { part }) }];
  };
  const types = listOf(config["event_types"]).filter((type) => typeof type === "string");
  const values = [...new Set(types.map(actionOf))];
  return [
    {
      facts: { is: "action", ...place, values, access: "e" },
      topic: stringOf(config["state_topic"]),
      happened,
    },
  ];
}

function jsonIn(text: string | undefined): Scalar | undefined {
  if (text === undefined) return undefined;
  try {
    return parseScalar(text);
  } catch {
    // The template made something else of it.
    return undefined;
  }
}

function partIn(subtype: string): string {
  const bare = subtype.toLowerCase().replace(/^button_(?=.)/, "");
  return bare.replace(/[^a-z0-9]+/g, "_").slice(0, 32);
}

/** A trigger: one payload on one topic is one press of one button. */
export function trigger({ config, place }: Description): readonly Point[] {
  const [type, subtype] = [stringOf(config["type"]), stringOf(config["subtype"])];
  if (config["automation_type"] !== "trigger" || type === undefined) return [];
  const extract = extractor(config, "value_template");
  const wanted = config["payload"] === undefined ? undefined : word(config, "payload", "");
  // Some name the whole of what was done as the subtype.
  const isWhole = (type === "action" || type === "click") && subtype !== undefined;
  const { action, part } = isWhole
    ? pressIn(subtype)
    : { action: actionOf(type), part: subtype === undefined ? undefined : partIn(subtype) };
  const happened = (payload: Payload): EventData[] => {
    const text = extract(payload);
    if (text === undefined || text === "" || (wanted !== undefined && text !== wanted)) return [];
    return [{ name: "action", action, ...(part !== undefined && { part }) }];
  };
  const { source } = place;
  const facts: PropertyFacts = {
    is: "action",
    ...(part !== undefined && { part }),
    ...(source !== undefined && { source }),
    access: "e",
  };
  return [{ facts, topic: stringOf(config["topic"]), happened }];
}
