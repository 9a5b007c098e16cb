import {
  CommandError,
  parseColor,
  rgbOf,
  type Command,
  type Scalar,
  type Write,
} from "koine/adapter";
import type { Caller } from "../../caller.ts";
import type { Encoded, Expectation } from "../../dialect.ts";
import type { Request } from "../../../mqtt/frame.ts";
import type { ShellyPeer } from "./peer.ts";

/** A remote call of a Shelly: the method and its parameters beside the component's id. */
interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, Scalar>>;
}

/** Wishes as JSON-RPC calls, one for each component. */
export function encode(
  command: Extract<Command, { type: "set" }>,
  peer: ShellyPeer,
  caller: Caller,
): Encoded {
  const calls = new Map<string, Call & { readonly writes: Write[] }>();
  for (const write of command.writes) {
    const component = componentOf(write);
    const { method, params } = callOf(write, component.type, command.transitionS);
    const key = `${component.type}:${component.id} ${method}`;
    const before = calls.get(key);
    calls.set(key, {
      method,
      params: { id: component.id, ...before?.params, ...params },
      writes: [...(before?.writes ?? []), write],
    });
  }
  const sent = [...calls.values()].map((call) => ({ call, sent: request(peer, caller, call) }));
  return {
    requests: sent.map((one) => one.sent),
    expectations: sent.flatMap(({ call, sent: { number } }) =>
      call.writes.map((write) => ({ ...expectationOf(write), request: number })),
    ),
  };
}

/** `Shelly.GetDeviceInfo` answers with the MAC address, the name and the firmware. */
export function identify(peer: ShellyPeer, caller: Caller): Request[] {
  return [request(peer, caller, { method: "Shelly.GetDeviceInfo", params: {} })];
}

export function poll(peer: ShellyPeer, caller: Caller): Request[] {
  const status = request(peer, caller, { method: "Shelly.GetStatus", params: {} });
  return [...identify(peer, caller), status];
}

function request(
  { key, prefix }: ShellyPeer,
  caller: Caller,
  { method, params }: Call,
): Request & { readonly number: number } {
  const id = caller.number(key);
  const call = { id, src: caller.name, method };
  const payload = Object.keys(params).length > 0 ? { ...call, params } : call;
  return { topic: `${prefix}/rpc`, payload: JSON.stringify(payload), number: id };
}

/** The component of a property: as its source names it, or the usual one for its meaning. */
function componentOf({ is, part, source }: Write): { type: string; id: number } {
  const [, type, id] = /^([a-z0-9]+):(\d+)/.exec(source ?? "") ?? [];
  if (type !== undefined) return { type, id: Number(id) };
  return { type: usualComponent.get(is) ?? "switch", id: Number(part ?? 1) - 1 };
}

const usualComponent = new Map([
  ["brightness", "light"],
  ["color", "rgb"],
  ["color_temperature", "cct"],
  ["cover_action", "cover"],
  ["position", "cover"],
  ["target_temperature", "thermostat"],
  ["tilt", "cover"],
]);

/** Method prefix of the components that have a common `Set`. */
const setters = new Map([
  ["switch", "Switch"],
  ["light", "Light"],
  ["rgb", "RGB"],
  ["rgbw", "RGBW"],
  ["cct", "CCT"],
  ["rgbcct", "RGBCCT"],
]);

function callOf({ is, value }: Write, type: string, transitionS: number | undefined): Call {
  if (type === "cover") return coverCall(is, value);
  if (type === "thermostat" && is === "target_temperature") {
    return { method: "Thermostat.SetConfig", params: { config: { target_C: value } } };
  }
  if (type === "blutrv" && is === "target_temperature") {
    // A valve behind a gateway: the call that the gateway passes on has an id of its own.
    const inner = { method: "Trv.SetTarget", params: { id: 0, target_C: value } };
    return { method: "BluTRV.Call", params: inner };
  }
  const setter = setters.get(type);
  const params = setParams(is, value);
  if (setter === undefined || !params) {
    throw new CommandError("unsupported", `A Shelly ${type} has no command for ${is}`);
  }
  const fades = transitionS !== undefined && type !== "switch";
  return {
    method: `${setter}.Set`,
    params: fades ? { ...params, transition_duration: transitionS } : params,
  };
}

function setParams(is: string, value: Scalar): Record<string, Scalar> | undefined {
  switch (is) {
    case "onoff":
      return { on: value };
    case "brightness":
      return { brightness: Math.round(Number(value)) };
    case "color_temperature":
      return { ct: value };
    case "color": {
      const color = parseColor(value);
      return color && { rgb: [...rgbOf(color)] };
    }
    default:
      return undefined;
  }
}

function coverCall(is: string, value: Scalar): Call {
  const methods = { open: "Cover.Open", close: "Cover.Close", stop: "Cover.Stop" } as const;
  if (is === "cover_action" && (value === "open" || value === "close" || value === "stop")) {
    return { method: methods[value], params: {} };
  }
  if (is === "position") {
    return { method: "Cover.GoToPosition", params: { pos: Math.round(Number(value)) } };
  }
  if (is === "tilt") {
    return { method: "Cover.GoToPosition", params: { slat_pos: Math.round(Number(value)) } };
  }
  throw new CommandError("unsupported", `A Shelly cover has no command for ${is}`);
}

/** What a cover reports when it obeys; a stop at the end of its way is reported as that end. */
const motions = {
  open: ["opening", "open"],
  close: ["closing", "closed"],
  stop: ["stopped", "open", "closed"],
};

function expectationOf({ is, part, value }: Write): Expectation {
  const wish = { is, part };
  if (is === "cover_action") {
    const wanted = Object.entries(motions).find(([action]) => action === value)?.[1] ?? [];
    const accepts = (report: Scalar): boolean => wanted.some((state) => state === report);
    return { wish, anyOf: [{ is: "cover_state", part, accepts }] };
  }
  return { wish, anyOf: [{ is, part, accepts: (report) => isSame(is, value, report) }] };
}

function isSame(is: string, wish: Scalar, report: Scalar): boolean {
  if (is === "color") {
    const [wanted, now] = [parseColor(wish), parseColor(report)];
    if (!wanted || !now) return false;
    // A colour comes back as three bytes, which moves hue and saturation a little.
    const turn = Math.abs(wanted.h - now.h);
    return Math.abs(wanted.s - now.s) <= 1 && (wanted.s === 0 || Math.min(turn, 360 - turn) <= 2);
  }
  if (is === "brightness" || is === "position" || is === "tilt") {
    return report === Math.round(Number(wish));
  }
  return report === wish;
}
