import type { Scalar } from "koine/adapter";
import { isObject, listOf, stringOf, type JsonObject, textOf } from "../../../../reading/json.ts";
import {
  extractor,
  readsText,
  says,
  word,
  type Description,
  type Payload,
  type Point,
  type Said,
} from "../point.ts";
import { plain, settable } from "./sensor.ts";

const states = new Set(["cleaning", "docked", "paused", "idle", "returning", "error"]);

/** A robot: what it does, its battery, and what it can be told. */
export function vacuum({ config, place }: Description): readonly Point[] {
  const topic = stringOf(config["state_topic"]);
  const speeds = listOf(config["fan_speed_list"]).filter((one) => typeof one === "string");
  return [
    { facts: { is: "vacuum_state", ...place, access: "r" }, topic, read: inDocument(stateIn) },
    {
      facts: { is: "battery", ...place, access: "r" },
      topic,
      read: inDocument(({ battery_level: level }) =>
        level === undefined ? undefined : { value: level },
      ),
    },
    settable({
      facts: { is: "preset", ...place, values: speeds },
      topic,
      read: inDocument(({ fan_speed: speed }) =>
        stringOf(speed) === undefined ? undefined : { value: speed ?? null },
      ),
      ...says(config, "set_fan_speed_topic", "", (value) => value),
    }),
    ...actionOf(config, place),
  ];
}

function inDocument(read: (document: JsonObject) => Said): NonNullable<Point["read"]> {
  return (payload: Payload) => (isObject(payload.json) ? read(payload.json) : "unreadable");
}

function stateIn({ state }: JsonObject): Said {
  if (state === undefined) return undefined;
  if (state === null) return { value: null };
  return typeof state === "string" && states.has(state) ? { value: state } : "unreadable";
}

function actionOf(config: JsonObject, place: Description["place"]): Point[] {
  const words = new Map<Scalar, string>([
    ["start", word(config, "payload_start", "start")],
    ["stop", word(config, "payload_stop", "stop")],
    ["pause", word(config, "payload_pause", "pause")],
    ["return_home", word(config, "payload_return_to_base", "return_to_base")],
    ["locate", word(config, "payload_locate", "locate")],
    ["clean_spot", word(config, "payload_clean_spot", "clean_spot")],
  ]);
  const write = says(config, "command_topic", "", (value) => words.get(value));
  if (!write.write) return [];
  const wanted: Readonly<Record<string, readonly string[]>> = {
    start: ["cleaning"],
    stop: ["idle", "docked"],
    pause: ["paused", "idle"],
    return_home: ["returning", "docked"],
  };
  return [
    {
      facts: { is: "vacuum_action", ...place, access: "w" },
      ...write,
      shownBy: (value) => {
        const fitting = wanted[textOf(value)];
        if (!fitting) return [];
        return [
          {
            is: "vacuum_state",
            part: place.part,
            accepts: (report) => fitting.some((one) => one === report),
          },
        ];
      },
    },
  ];
}

/** An alarm panel in its own words: what arms and disarms is not ours to interpret. */
export function alarmPanel({ config, place, vendorName }: Description): readonly Point[] {
  const facts = { is: vendorName(""), type: "string", access: "r", ...plain(place) } as const;
  return [
    {
      facts,
      topic: stringOf(config["state_topic"]),
      read: readsText(extractor(config, "value_template")),
    },
  ];
}

/** A mower in its own words. */
export function lawnMower({ config, place, vendorName }: Description): readonly Point[] {
  const facts = {
    is: vendorName("activity"),
    type: "string",
    access: "r",
    ...plain(place),
  } as const;
  const topic = stringOf(config["activity_state_topic"]);
  return [{ facts, topic, read: readsText(extractor(config, "activity_value_template")) }];
}
