import { reading } from "../readings.ts";
import { acted, u8, type ObjectReader, type Told } from "./told.ts";

/** The parts that one code of a button names; a press of the only button has no part. */
type Parts = readonly (string | undefined)[];
const theOnly: Parts = [undefined];

const yeelightRemote = ["on", "off", "brightness", "plus", "m", "minus"];

/** The keys of remote controls, by their number. */
const keys: Readonly<Record<string, readonly string[]>> = {
  YLYK01YL: yeelightRemote,
  "YLYK01YL-FANCL": ["fan", "light", "wind_speed", "color_temperature", "wind_mode", "brightness"],
  "YLYK01YL-VENFAN": [
    "swing",
    "power",
    "timer_60_minutes",
    "increase_wind_speed",
    "timer_30_minutes",
    "decrease_wind_speed",
  ],
  "YLYB01YL-BHFRC": [
    "stop",
    "air_exchange",
    "fan",
    "increase_speed",
    "decrease_speed",
    "dry",
    "light",
    "swing",
    "heat",
  ],
};

/** Wall switches whose code says which of their buttons were pressed together. */
const together: Readonly<Record<string, readonly Parts[]>> = {
  "K9B-1BTN": [theOnly],
  "K9B-2BTN": [["left"], ["right"], ["left", "right"]],
  "K9B-3BTN": [
    ["left"],
    ["middle"],
    ["right"],
    ["left", "middle"],
    ["middle", "right"],
    ["left", "right"],
    ["left", "middle", "right"],
  ],
};
const togetherActions = ["press", "long_press", "double_press"];

const actions = [
  "press",
  "double_press",
  "long_press",
  "triple_press",
  "release",
  "press",
  "long_press",
];

/** Object 0x1001: key, value, kind of press. What each byte means depends on the model. */
export const press: ObjectReader = {
  sizes: [3],
  tell: (data, model = "") => {
    const kind = data.readUInt8(2);
    const code = u8(data);
    if (model === "YLKG07YL/YLKG08YL") return dimmed(code, data.readUInt8(1), kind);
    if (model === "XMMF01JQD") return turned(code);
    const parts = together[model];
    if (parts) return pressed(togetherActions[kind], parts[code]);
    const names = keys[model];
    if (!names) return pressed(actions[kind], [keyNumber(code)]);
    const name = names[code];
    const found = pressed(actions[kind], name === undefined ? undefined : [name]);
    return found && model === "YLYK01YL" ? { ...found, ...switchState(name) } : found;
  },
};

/** The first key of a device has no number: it may be the only one. */
function keyNumber(index: number): string | undefined {
  return index === 0 ? undefined : String(index);
}

function pressed(action: string | undefined, parts: Parts | undefined): Told | undefined {
  if (action === undefined || !parts) return undefined;
  return { events: parts.map((part) => acted(action, part)) };
}

/** The remote shows what it switched last. */
function switchState(key: string | undefined): Told {
  if (key !== "on" && key !== "off") return {};
  return { observations: [reading("onoff", key === "on")] };
}

function turned(code: number): Told | undefined {
  const action = ["rotate_right", "rotate_left"][code];
  return action === undefined ? undefined : { events: [acted(action)] };
}

const pressKind = 3;
const turnKind = 4;

/** The dimmer counts presses, seconds and steps. Steps to the left are negative. */
function dimmed(code: number, value: number, kind: number): Told | undefined {
  if (kind === turnKind) {
    return code === 0 ? steps(value) : steps(code, "pressed");
  }
  if (kind !== pressKind) return pressed(actions[kind], theOnly);
  if (code === 0) return { events: [acted("press", undefined, { data: { presses: value } })] };
  if (code !== 1) return undefined;
  return { events: [acted("long_press", undefined, { data: { duration_s: value } })] };
}

function steps(byte: number, part?: string): Told {
  const toRight = byte <= 0x7f;
  const count = toRight ? byte : 0x100 - byte;
  return { events: [acted(toRight ? "rotate_right" : "rotate_left", part, { steps: count })] };
}

const four = ["left", "mid_left", "mid_right", "right"];

/** The parts that the value of a press object names; undefined: no button of this model. */
const partsOf: Readonly<Record<string, (value: number | undefined) => Parts | undefined>> = {
  XMWS01XS: (value) => [["left"], ["right"]][value ?? -1],
  XMWXKG01YL: (value) => [["left"], ["right"], ["left", "right"]][(value ?? 0) - 1],
  "PTX-F1-Display": (value = 0) => (value >= 1 && value <= 4 ? [String(value)] : undefined),
  XMWXKG01LM: () => theOnly,
  KS2BB: () => theOnly,
  KS1: (value) => partOfFour(value),
  KS1BP: (value) => partOfFour(value),
};

function partOfFour(value = 0): Parts | undefined {
  const part = four[value - 1];
  return part === undefined ? undefined : [part];
}

/** A press object of models whose buttons are known; `others`: of those with one button too. */
function pressOf(action: string, others = false): ObjectReader {
  return {
    tell: (data, model = "") => {
      const known = partsOf[model];
      if (!known) return others ? pressed(action, theOnly) : undefined;
      return pressed(action, known(data.length > 0 ? u8(data) : undefined));
    },
  };
}

const wallSwitchActions = new Map([
  [1, "press"],
  [8, "long_press"],
  [15, "double_press"],
]);

const plainPress = pressOf("press");

/** Objects of presses, by number. */
export const presses: ReadonlyMap<number, ObjectReader> = new Map([
  [0x4a0c, pressOf("press", true)],
  [0x4a0d, pressOf("double_press", true)],
  [0x4a0e, pressOf("long_press", true)],
  [
    0x4e0c,
    {
      tell: (data, model) =>
        model === "K9BB-1BTN"
          ? pressed(wallSwitchActions.get(data.length > 0 ? u8(data) : 0), theOnly)
          : plainPress.tell(data, model),
    } satisfies ObjectReader,
  ],
  [0x4e0d, pressOf("double_press")],
  [0x4e0e, pressOf("long_press")],
  [0x560c, plainPress],
  [0x560d, pressOf("double_press")],
  [0x560e, pressOf("long_press")],
]);
