import { CommandError, parseColor, rgbOf, type Command, type Write } from "koine/adapter";
import { agrees } from "../../../reading/agreement.ts";
import type { Encoded } from "../../dialect.ts";
import type { Request } from "../../../mqtt/frame.ts";

import { addOns, type WledPeer } from "./peer.ts";

/** Wishes as messages: whole states where a part of them would undo another. */
export function encode(command: Extract<Command, { type: "set" }>, peer: WledPeer): Encoded {
  const { writes, transitionS } = command;
  const light = writes.filter((write) => !isRelay(write));
  const relays = addOns.encode(writes.filter(isRelay), peer.root);
  const isOff = light.some(({ is, value }) => is === "onoff" && value === false);
  // Any other wish would switch it on again, unless both are said at once.
  const isOne = transitionS !== undefined || (isOff && light.length > 1);
  const requests = isOne
    ? [together(light, transitionS, peer)]
    : light.map((one) => request(one, peer));
  return {
    requests: [...requests, ...relays.requests],
    expectations: [
      ...light.map(({ is, part, value }) => ({
        wish: { is, part },
        anyOf: [
          { is, part, accepts: agrees(reported(is, value)) },
          // While it is off it tells of no brightness.
          ...(isOff && is === "brightness" ? [{ is: "onoff", accepts: agrees(false) }] : []),
        ],
      })),
      ...relays.expectations,
    ],
  };
}

function isRelay({ source }: Write): boolean {
  return source?.startsWith("relay/") === true;
}

/** A level comes back as one of 255 steps. */
function reported(is: string, value: Write["value"]): Write["value"] {
  return is === "brightness" ? (byteOf(value) * 100) / 255 : value;
}

/** Only nothing is 0, which is off. */
function byteOf(value: Write["value"]): number {
  const percent = Number(value);
  return Math.max(Math.round((percent * 255) / 100), percent > 0 ? 1 : 0);
}

function request({ is, value }: Write, { root }: WledPeer): Request {
  switch (is) {
    case "onoff":
      return { topic: root, payload: value === true ? "ON" : "OFF" };
    case "brightness":
      return { topic: root, payload: String(byteOf(value)) };
    case "color": {
      const hex = rgbIn(value).map((byte) => byte.toString(16).padStart(2, "0"));
      return { topic: `${root}/col`, payload: `#${hex.join("")}` };
    }
    case "effect":
      return { topic: `${root}/api`, payload: `FX=${effectIn(value)}` };
    default:
      throw new CommandError("unsupported", `WLED has no command for ${is}`);
  }
}

/** Only the JSON interface takes several wishes, and a time; in tenths of a second. */
function together(
  writes: readonly Write[],
  transitionS: number | undefined,
  { root }: WledPeer,
): Request {
  const state: Record<string, unknown> =
    transitionS === undefined ? {} : { transition: Math.round(transitionS * 10) };
  const segment: Record<string, unknown> = {};
  for (const { is, value } of writes) {
    if (is === "onoff") state["on"] = value === true;
    else if (is === "brightness") state["bri"] = byteOf(value);
    else if (is === "color") segment["col"] = [rgbIn(value)];
    else if (is === "effect") segment["fx"] = Number(effectIn(value));
    else throw new CommandError("unsupported", `WLED has no command for ${is}`);
  }
  const seg = Object.keys(segment).length > 0 ? { seg: [segment] } : {};
  return { topic: `${root}/api`, payload: JSON.stringify({ ...state, ...seg }) };
}

function rgbIn(value: Write["value"]): readonly number[] {
  const color = parseColor(value);
  if (!color) throw new CommandError("bad_type", "color takes hue and saturation");
  return rgbOf(color);
}

function effectIn(value: Write["value"]): string {
  if (typeof value === "string" && /^\d{1,3}$/.test(value)) return value;
  throw new CommandError("not_in_values", "effect takes the number of a WLED effect, such as 9");
}
