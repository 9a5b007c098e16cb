import { CommandError, parseColor, type Command, type Scalar, type Write } from "koine/adapter";
import type { Encoded, Expectation } from "../../dialect.ts";
import type { Request } from "../../../mqtt/frame.ts";
import { commandTopic, type TasmotaPeer } from "./peer.ts";
import { fanModes, mired, powerOnStates, schemeOf } from "./properties.ts";

/** One wish as Tasmota commands, and what the device will report when it has come true. */
interface Wish {
  readonly commands: readonly (readonly [name: string, argument: string])[];
  readonly expects: Expectation["anyOf"];
}

/** Tasmota fades in steps of half a second, at most 40 of them. */
const maxFadeSteps = 40;

/** Wishes as `cmnd/…` messages. */
export function encode(command: Extract<Command, { type: "set" }>, peer: TasmotaPeer): Encoded {
  const wishes = command.writes.map((write) => ({ write, wish: wishOf(write, peer) }));
  const commands = wishes.flatMap(({ wish }) => wish.commands);
  // Any level switches a light on: off comes last.
  const ordered = [...commands.filter(isNotOff), ...commands.filter((one) => !isNotOff(one))];
  return {
    requests: requestsOf(ordered, command.transitionS, peer),
    expectations: wishes.map(({ write: { is, part }, wish }) => ({
      wish: { is, part },
      anyOf: wish.expects,
    })),
  };
}

function isNotOff([name, argument]: Wish["commands"][number]): boolean {
  return !name.startsWith("POWER") || argument !== "OFF";
}

/** Status 5 answers with the network settings, the MAC address among them. */
export function identify(peer: TasmotaPeer): Request[] {
  return [{ topic: commandTopic(peer, "STATUS"), payload: "5" }];
}

/** Status 11 answers with all that STATE has, Status 10 with all that SENSOR has. */
export function poll(peer: TasmotaPeer): Request[] {
  return ["11", "10"].map((payload) => ({ topic: commandTopic(peer, "STATUS"), payload }));
}

function requestsOf(
  commands: Wish["commands"],
  transitionS: number | undefined,
  peer: TasmotaPeer,
): Request[] {
  if (transitionS === undefined) {
    return commands.map(([name, payload]) => ({ topic: commandTopic(peer, name), payload }));
  }
  const steps = Math.min(Math.max(Math.round(transitionS * 2), 1), maxFadeSteps);
  const once = [["Fade2", "1"], ["Speed2", String(steps)], ...commands];
  const payload = once.map((words) => words.join(" ")).join(";");
  return [{ topic: commandTopic(peer, "Backlog0"), payload }];
}

function wishOf(write: Write, peer: TasmotaPeer): Wish {
  const { is, part, value } = write;
  const n = Number(part ?? 1);
  const same = (accepts: (value: Scalar) => boolean): Wish["expects"] => [{ is, part, accepts }];
  switch (is) {
    case "onoff": {
      const name = n === 1 ? "POWER" : `POWER${n}`;
      return {
        commands: [[name, value === true ? "ON" : "OFF"]],
        expects: same((report) => report === value),
      };
    }
    case "brightness": {
      // Only nothing is 0, which is off.
      const level = String(Math.max(Math.round(Number(value)), Number(value) > 0 ? 1 : 0));
      return {
        commands: [[n === 1 ? "Dimmer" : `Dimmer${n}`, level]],
        expects: same((report) => report === Number(level)),
      };
    }
    case "color_temperature":
      return colorTemperature(Number(value), same);
    case "color":
      return color(value, same);
    case "effect":
      return effect(value, same);
    case "fan_mode":
      return fan(value, same);
    case "position":
      return position(n, Math.round(Number(value)), peer, same);
    case "power_on_behavior":
      return powerOn(value, same);
    case "tilt":
      return tilt(n, Number(value), peer, same);
    case "cover_action":
      return coverAction(value, n, part);
    default:
      throw new CommandError("unsupported", `Tasmota has no command for ${is}`);
  }
}

type Same = (accepts: (value: Scalar) => boolean) => Wish["expects"];

function colorTemperature(kelvin: number, same: Same): Wish {
  const wanted = Math.min(Math.max(Math.round(1e6 / kelvin), mired.min), mired.max);
  return {
    commands: [["CT", String(wanted)]],
    expects: same((report) => report === Math.round(1e6 / wanted)),
  };
}

function color(value: Scalar, same: Same): Wish {
  const wanted = parseColor(value);
  if (!wanted) throw new CommandError("bad_type", "color takes hue and saturation");
  const [h, s] = [Math.round(wanted.h) % 360, Math.round(wanted.s)];
  return {
    commands: [
      ["HSBColor1", String(h)],
      ["HSBColor2", String(s)],
    ],
    expects: same((report) => {
      const now = parseColor(report);
      return now !== undefined && Math.round(now.s) === s && (s === 0 || Math.round(now.h) === h);
    }),
  };
}

function effect(value: Scalar, same: Same): Wish {
  const scheme = schemeOf(value);
  if (scheme === undefined) throw new CommandError("not_in_values", `Tasmota has no such effect`);
  return { commands: [["Scheme", String(scheme)]], expects: same((report) => report === value) };
}

function fan(value: Scalar, same: Same): Wish {
  const speed = fanModes.findIndex((mode) => mode === value);
  if (speed < 0) throw new CommandError("not_in_values", `fan_mode takes ${fanModes.join(", ")}`);
  return { commands: [["FanSpeed", String(speed)]], expects: same((report) => report === value) };
}

function position(n: number, percent: number, { inverted }: TasmotaPeer, same: Same): Wish {
  const sent = inverted?.[n - 1] === true ? 100 - percent : percent;
  return {
    commands: [[`ShutterPosition${n}`, String(sent)]],
    expects: same((report) => report === percent),
  };
}

function powerOn(value: Scalar, same: Same): Wish {
  const state = powerOnStates.findIndex((one) => one === value);
  if (state < 0) {
    throw new CommandError("not_in_values", `power_on_behavior takes ${powerOnStates.join(", ")}`);
  }
  return {
    commands: [["PowerOnState", String(state)]],
    expects: same((report) => report === value),
  };
}

function tilt(n: number, percent: number, { tilts }: TasmotaPeer, same: Same): Wish {
  const [min, max] = tilts[n - 1] ?? [0, 0];
  const degrees = Math.round(min + (percent * (max - min)) / 100);
  const reported = ((degrees - min) * 100) / (max - min || 1);
  return {
    commands: [[`ShutterTilt${n}`, String(degrees)]],
    expects: same((report) => Math.abs(Number(report) - reported) < 1),
  };
}

const motions = [
  { action: "open", command: "ShutterOpen", states: ["opening", "open"], target: 100 },
  { action: "close", command: "ShutterClose", states: ["closing", "closed"], target: 0 },
  { action: "stop", command: "ShutterStop", states: ["stopped"], target: undefined },
];

/** A shutter answers at once with its direction; that it moves is what was asked for. */
function coverAction(action: Scalar, n: number, part: string | undefined): Wish {
  const motion = motions.find((one) => one.action === action);
  if (!motion) throw new CommandError("not_in_values", "cover_action takes open, close or stop");
  const { command, states, target } = motion;
  return {
    commands: [[`${command}${n}`, ""]],
    expects: [
      { is: "cover_state", part, accepts: (report) => states.some((state) => state === report) },
      { is: "position", part, accepts: (report) => report === target },
    ],
  };
}
