import { hueSaturationOf, type Scalar } from "koine/adapter";
import { hexColor } from "../../../reading/codec.ts";
import { isObject } from "../../../reading/json.ts";
import { boolean, factsOf, same, words, type ValueId, type ZwaveValue } from "./value.ts";

/** Full level; 255 is the last one, and 100 is none. */
const fullLevel = 99;

/** A switch. */
export function switched(id: ValueId): ZwaveValue {
  return { facts: factsOf(id, "onoff"), read: boolean, write: same, target: "targetValue" };
}

/** A level of light, or how far a cover is open. */
export function level(id: ValueId, is: "brightness" | "position" | "tilt"): ZwaveValue {
  return {
    facts: factsOf(id, is),
    read: (raw) =>
      typeof raw === "number" && raw <= fullLevel ? (raw * 100) / fullLevel : undefined,
    write: (value) =>
      typeof value === "number" ? Math.round((value * fullLevel) / 100) : undefined,
    target: "targetValue",
    says: "0…99 → 0…100",
  };
}

/** Keys of window coverings that are the angle of slats. */
const slats = new Set(["10", "11", "22", "23"]);

/** Position or slats of a window covering. */
export function covering(id: ValueId): ZwaveValue {
  return level(id, slats.has(id.key ?? "") ? "tilt" : "position");
}

const barrierStates: ReadonlyMap<number, string> = new Map([
  [0, "closed"],
  [252, "closing"],
  [253, "stopped"],
  [254, "opening"],
  [255, "open"],
]);

/** A garage door. */
export function barrier(id: ValueId): ZwaveValue {
  return words(id, "cover_state", barrierStates);
}

const hex = hexColor("");

/** A colour is told as a text and as its channels, and set as a text. */
export function color(id: ValueId): ZwaveValue | undefined {
  const isText = id.property === "hexColor";
  if (!isText && (id.property !== "currentColor" || id.key !== undefined)) return undefined;
  return {
    facts: factsOf(id, "color"),
    read: (raw) => (typeof raw === "string" ? hex.decode(raw) : channels(raw)),
    write: (value) => hex.encode?.(value)?.toLowerCase(),
    target: "hexColor",
    source: "hexColor",
    says: "RGB → h, s",
  };
}

/** A lamp without colours has only channels of white. */
function channels(raw: Scalar): Scalar | undefined {
  if (!isObject(raw)) return undefined;
  const { red, green, blue } = raw;
  if (typeof red !== "number" || typeof green !== "number" || typeof blue !== "number") return null;
  return { ...hueSaturationOf([red, green, blue]) };
}

const securedMode = 255;
/** Unsecured, with timeout or on one side only. */
const openModes: ReadonlySet<number> = new Set([0, 1, 16, 17, 32, 33]);

/** A lock, and the door that it is in. */
export function lock(id: ValueId): ZwaveValue | undefined {
  if (id.property === "doorStatus") return { facts: factsOf(id, "open"), read: doorRead };
  if (id.property !== "currentMode") return undefined;
  return {
    facts: factsOf(id, "locked"),
    read: (raw) => (typeof raw === "number" ? isSecured(raw) : undefined),
    write: (value) => (value === true ? securedMode : 0),
    target: "targetMode",
    says: "255 → true, 0, 1, 16, 17, 32, 33 → false",
  };
}

/** 254 says that it does not know. */
function isSecured(mode: number): boolean | null {
  if (mode === securedMode) return true;
  return openModes.has(mode) ? false : null;
}

function doorRead(raw: Scalar): Scalar | undefined {
  return raw === "open" || raw === "closed" ? raw === "open" : undefined;
}
