import type { Expectation } from "../../../dialect.ts";
import type { PropertyFacts, Scalar } from "koine/adapter";
import { isObject, numberOf, stringOf, textOf, type JsonObject } from "../../../../reading/json.ts";
import {
  extractor,
  nearest,
  reads,
  readsNumber,
  says,
  word,
  type Description,
  Payload,
  type Point,
} from "../point.ts";
import { settable } from "./sensor.ts";

/** A cover: what it does, where it is, how its slats stand, and what it can be told. */
export function cover(description: Description): readonly Point[] {
  const { config, place } = description;
  const deviceClass = stringOf(config["device_class"]);
  const classed = deviceClass === undefined ? place : { ...place, class: deviceClass };
  return [
    ...stateOf(config, classed),
    ...positionOf(config, classed),
    ...tiltOf(config, place),
    ...actionOf(config, place),
  ];
}

type Place = Omit<PropertyFacts, "is">;

function stateOf(config: JsonObject, place: Place): Point[] {
  const topic = stringOf(config["state_topic"]);
  if (topic === undefined) return [];
  const states = new Map([
    [word(config, "state_open", "open"), "open"],
    [word(config, "state_opening", "opening"), "opening"],
    [word(config, "state_closed", "closed"), "closed"],
    [word(config, "state_closing", "closing"), "closing"],
    [word(config, "state_stopped", "stopped"), "stopped"],
  ]);
  const read = reads(extractor(config, "value_template"), states);
  return [{ facts: { is: "cover_state", ...place, access: "r" }, topic, read }];
}

/** Where open and closed lie on the device's scale: 100 and 0 unless it says otherwise. */
function positionOf(config: JsonObject, place: Place): Point[] {
  const topic = stringOf(config["position_topic"]);
  if (topic === undefined && config["set_position_topic"] === undefined) return [];
  const scale = scaleOf(
    numberOf(config["position_closed"]) ?? 0,
    numberOf(config["position_open"]) ?? 100,
  );
  const extract = inDocument("position", extractor(config, "position_template", "value_template"));
  const keys = ["set_position_topic", "set_position_template"] as const;
  const write = says(config, ...keys, scale.encode, "position");
  return [onScale({ facts: { is: "position", ...place }, topic, extract, scale, write })];
}

function tiltOf(config: JsonObject, place: Place): Point[] {
  const topic = stringOf(config["tilt_status_topic"]);
  if (topic === undefined && config["tilt_command_topic"] === undefined) return [];
  const scale = scaleOf(numberOf(config["tilt_min"]) ?? 0, numberOf(config["tilt_max"]) ?? 100);
  const extract = extractor(config, "tilt_status_template");
  const keys = ["tilt_command_topic", "tilt_command_template"] as const;
  const write = says(config, ...keys, scale.encode, "tilt_position");
  return [onScale({ facts: { is: "tilt", ...place }, topic, extract, scale, write })];
}

export interface Scale {
  readonly decode: (raw: number) => number;
  readonly encode: (value: Scalar) => number | undefined;
  readonly text: string | undefined;
}

/** A linear scale whose ends are 0 and 100 %. */
export function scaleOf(low: number, high: number): Scale {
  const span = high - low || 1;
  return {
    decode: (raw) => ((raw - low) * 100) / span,
    encode: (value) =>
      typeof value === "number" ? Math.round(low + (value * span) / 100) : undefined,
    text: low === 0 && high === 100 ? undefined : `${low}…${high} → 0…100`,
  };
}

interface OnScale extends Pick<Point, "facts" | "topic"> {
  readonly extract: (payload: Payload) => string | undefined;
  readonly scale: Scale;
  readonly write: Pick<Point, "write">;
}

/** A percentage that the device counts on a scale of its own. */
export function onScale({ facts, topic, extract, scale, write }: OnScale): Point {
  const { decode, encode, text } = scale;
  const read = readsNumber(extract, decode, text);
  return settable({ facts, topic, read, ...nearest(encode, decode), ...write });
}

const motions = {
  open: ["open", "opening"],
  close: ["closed", "closing"],
  stop: ["stopped", "open", "closed"],
} as const;

function actionOf(config: JsonObject, place: Place): Point[] {
  const words = new Map<Scalar, string>([
    ["open", word(config, "payload_open", "OPEN")],
    ["close", word(config, "payload_close", "CLOSE")],
    // A component without a word for it cannot stop.
    ...(config["payload_stop"] === null
      ? []
      : [["stop", word(config, "payload_stop", "STOP")] as const]),
  ]);
  const write = says(config, "command_topic", "command_template", (value) => words.get(value));
  if (!write.write) return [];
  const facts: PropertyFacts = {
    is: "cover_action",
    ...place,
    values: [...words.keys()].map(String),
  };
  return [
    {
      facts: { ...facts, access: "w" },
      ...write,
      shownBy: (value) => shownBy(value, config, place),
    },
  ];
}

/** That it moves, or stands where it should; nothing where the component reports neither. */
function shownBy(value: Scalar, config: JsonObject, { part }: Place): Expectation["anyOf"] {
  const wanted: readonly string[] =
    value === "open" || value === "close" ? motions[value] : motions.stop;
  const hasState = config["state_topic"] !== undefined;
  const hasPosition = config["position_topic"] !== undefined;
  return [
    ...(hasState
      ? [
          {
            is: "cover_state",
            part,
            accepts: (report: Scalar) => wanted.some((one) => one === report),
          },
        ]
      : []),
    ...(hasPosition ? [{ is: "position", part, accepts: () => true }] : []),
  ];
}

/** A value that may also stand in a document, under its name. */
function inDocument(
  key: string,
  extract: (payload: Payload) => string | undefined,
): (payload: Payload) => string | undefined {
  return (payload) => {
    const found = extract(payload);
    if (found?.startsWith("{") !== true) return found;
    const document = new Payload(found).json;
    return isObject(document) && document[key] !== undefined ? textOf(document[key]) : undefined;
  };
}

/** A valve is open or not, or opens so far. */
export function valve({ config, place }: Description): readonly Point[] {
  const topic = stringOf(config["state_topic"]);
  const extracted = extractor(config, "value_template");
  const extract = inDocument(config["reports_position"] === true ? "position" : "state", extracted);
  if (config["reports_position"] === true) {
    const scale = scaleOf(
      numberOf(config["position_closed"]) ?? 0,
      numberOf(config["position_open"]) ?? 100,
    );
    const write = says(config, "command_topic", "command_template", scale.encode);
    return [onScale({ facts: { is: "position", ...place }, topic, extract, scale, write })];
  }
  const states = new Map([
    [word(config, "state_open", "open"), true],
    [word(config, "state_closed", "closed"), false],
  ]);
  const moving = new Set([
    word(config, "state_opening", "opening"),
    word(config, "state_closing", "closing"),
  ]);
  const read = reads(extract, states);
  const encode = (value: Scalar): string =>
    value === true ? word(config, "payload_open", "OPEN") : word(config, "payload_close", "CLOSE");
  const write = says(config, "command_topic", "command_template", encode);
  const settled = (payload: Payload): ReturnType<typeof read> =>
    moving.has(extract(payload) ?? "") ? undefined : read(payload);
  return [settable({ facts: { is: "valve_open", ...place }, topic, read: settled, ...write })];
}
