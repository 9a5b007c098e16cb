import { CommandError, parseColor, rgbOf, type Command, type Write } from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Encoded, Expectation } from "../../dialect.ts";
import type { Request } from "../../../mqtt/frame.ts";
import type { JsonObject } from "../../../reading/json.ts";
import type { ShellyPeer } from "./peer.ts";
import { topics } from "./topics.ts";
import { textOf } from "../../../reading/json.ts";

type SetCommand = Extract<Command, { type: "set" }>;

/** Longest fade a light takes, in ms. */
const maxTransitionMs = 5_000;

/** Wishes as messages: one document for each light, one word for everything else. */
export function encode(command: SetCommand, peer: ShellyPeer): Encoded {
  const isForLight = lightsOf(command.writes);
  const lights = command.writes.filter(isForLight);
  const rest = command.writes.filter((write) => !isForLight(write));
  const encoded = rest.map((write) => encodeOne(write, peer));
  return {
    requests: [
      ...lightRequests(lights, command, peer),
      ...encoded.flatMap(({ requests }) => requests),
    ],
    expectations: [
      ...lights.map(expectationOf),
      ...encoded.flatMap(({ expectations }) => expectations),
    ],
  };
}

const lightWords = new Set(["brightness", "color", "color_temperature", "effect"]);

/** Switching on belongs to a light where it is one, or is set together with one. */
function lightsOf(writes: readonly Write[]): (write: Write) => boolean {
  const parts = new Set(writes.filter(({ is }) => lightWords.has(is)).map(({ part }) => part));
  return ({ is, part, source }) =>
    lightWords.has(is) ||
    (is === "onoff" && (parts.has(part) || /^(?:light|color|white)\//.test(source ?? "")));
}

function lightRequests(
  writes: readonly Write[],
  { transitionS }: SetCommand,
  { root, modes }: ShellyPeer,
): Request[] {
  const documents = new Map<string, JsonObject>();
  for (const write of writes) {
    const light = lightTopic(write);
    const fields = fieldsOf(write, documents.get(light)?.["mode"] ?? modes[light]);
    documents.set(light, { ...documents.get(light), ...fields });
  }
  const fade =
    transitionS === undefined
      ? {}
      : { transition: Math.min(Math.round(transitionS * 1_000), maxTransitionMs) };
  return [...documents].map(([light, document]) => ({
    topic: `${root}/${light}/set`,
    payload: JSON.stringify({ ...document, ...fade }),
  }));
}

/** `color/0`, from where the property was heard. */
function lightTopic({ is, part = "1", source = "" }: Write): string {
  const heard = /^(?:light|color|white)\/\d+/.exec(source)?.[0];
  return heard ?? `${is === "color" ? "color" : "light"}/${Number(part) - 1}`;
}

function fieldsOf({ is, value }: Write, mode: JsonObject[string] | undefined): JsonObject {
  switch (is) {
    case "onoff":
      return { turn: value === true ? "on" : "off" };
    case "brightness":
      return { [mode === "color" ? "gain" : "brightness"]: Math.round(Number(value)) };
    case "color_temperature":
      return { ...(mode !== undefined && { mode: "white" }), temp: value };
    case "effect":
      return { effect: Number(value) };
    default: {
      const color = parseColor(value);
      if (!color) throw new CommandError("bad_type", "color takes hue and saturation");
      const [red, green, blue] = rgbOf(color);
      return { mode: "color", red, green, blue };
    }
  }
}

function encodeOne(write: Write, { root }: ShellyPeer): Encoded {
  const { is, part = "1", value } = write;
  const n = Number(part) - 1;
  switch (is) {
    case "cover_action":
      return {
        requests: [{ topic: `${root}/roller/${n}/command`, payload: textOf(value) }],
        expectations: [coverExpectation(write)],
      };
    case "target_temperature":
      return {
        requests: [{ topic: `${root}/thermostat/${n}/command/target_t`, payload: textOf(value) }],
        expectations: [expectationOf(write)],
      };
    case "valve_open":
      return {
        requests: [
          { topic: `${root}/valve/${n}/command`, payload: value === true ? "open" : "close" },
        ],
        expectations: [expectationOf(write)],
      };
    default:
      return topics.encode([write], root);
  }
}

function expectationOf({ is, part, value }: Write): Expectation {
  const wanted = is === "brightness" ? Math.round(Number(value)) : value;
  return { wish: { is, part }, anyOf: [{ is, part, accepts: agrees(wanted) }] };
}

const motions = { open: "opening", close: "closing", stop: "stopped" } as const;

/** It moves; or, where it was there already, it stands there. */
function coverExpectation({ is, part, value }: Write): Expectation {
  const state = value === "open" || value === "close" ? motions[value] : motions.stop;
  const end = value === "open" ? 100 : 0;
  return {
    wish: { is, part },
    anyOf: [
      { is: "cover_state", part, accepts: (report) => report === state },
      { is: "position", part, accepts: (report) => value !== "stop" && report === end },
    ],
  };
}
