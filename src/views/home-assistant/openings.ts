import { deviceClassOf, valuesOf, type Item, type Options, type Subject } from "./entity.ts";
import type { Group, Part } from "./part.ts";
import { at, command, fixed, flag, flagWord, ifKnown, mapped } from "./templates.ts";

/** A cover: something that opens and closes, and may stand in between. */
export function coverOf(part: Part, subject: Subject): Group | undefined {
  const action = part.writable("cover_action");
  const position = part.both("position");
  if (!action && (!position || part.both("valve_open"))) return undefined;
  const tilt = part.both("tilt");
  const state = part.readable("cover_state");
  const item = action ?? position;
  if (!item) return undefined;
  const options = {
    command_topic: subject.set,
    ...(action ? actionPayloads(action) : positionPayloads(item)),
    ...stateOptions(state, subject),
    ...positionOptions(position, subject),
    ...tiltOptions(tilt, subject),
    ...deviceClassOf(item),
  };
  const entity = { platform: "cover", item, label: "Cover", isMain: true, options } as const;
  return { entity, uses: [action, position, tilt, state] };
}

function actionPayloads(action: Item): Options {
  const words = valuesOf(action);
  const payload = (word: string): string | null =>
    words.includes(word) ? fixed({ [action.key]: word }) : null;
  return {
    payload_open: payload("open"),
    payload_close: payload("close"),
    payload_stop: payload("stop"),
  };
}

function positionPayloads({ key }: Item): Options {
  return {
    payload_open: fixed({ [key]: 100 }),
    payload_close: fixed({ [key]: 0 }),
    payload_stop: null,
  };
}

/** Those that Home Assistant has; a cover that finds its ends is at no known place. */
const coverStates = ["open", "closed", "opening", "closing", "stopped"] as const;

function stateOptions(state: Item | undefined, subject: Subject): Options {
  if (!state) return {};
  const words = Object.fromEntries(coverStates.map((word) => [word, word]));
  return { state_topic: subject.state, value_template: mapped(state.key, words) };
}

function positionOptions(position: Item | undefined, { state, set }: Subject): Options {
  if (!position) return {};
  return {
    position_topic: state,
    position_template: ifKnown(position.key),
    set_position_topic: set,
    set_position_template: command(position.key, "position"),
  };
}

/** Home Assistant reads a tilt in whole numbers only. */
function tiltOptions(tilt: Item | undefined, { state, set }: Subject): Options {
  if (!tilt) return {};
  return {
    tilt_status_topic: state,
    tilt_status_template: ifKnown(tilt.key, `${at(tilt.key)} | round | int`),
    tilt_command_topic: set,
    tilt_command_template: command(tilt.key, "tilt_position"),
  };
}

/** A valve, by its position where it has one. */
export function valveOf(part: Part, { state, set }: Subject): Group | undefined {
  const item = part.both("valve_open");
  if (!item) return undefined;
  const position = part.both("position");
  const options = {
    state_topic: state,
    command_topic: set,
    ...(position ? byPosition(position) : byState(item)),
    ...deviceClassOf(item),
  };
  const entity = { platform: "valve", item, label: "Valve", isMain: true, options } as const;
  return { entity, uses: [item, position] };
}

function byPosition({ key }: Item): Options {
  return {
    reports_position: true,
    value_template: `{{ ${at(key)} | default(none) }}`,
    command_template: command(key, "value"),
  };
}

function byState({ key }: Item): Options {
  return {
    value_template: flag(key, "open", "closed"),
    payload_open: fixed({ [key]: true }),
    payload_close: fixed({ [key]: false }),
  };
}

/** What a lock says beside locked and unlocked. */
const lockStates = { locking: "LOCKING", unlocking: "UNLOCKING", jammed: "JAMMED" } as const;

/** A lock; how it stands exactly is a sensor beside it. */
export function lockOf(part: Part, { state, set }: Subject): Group | undefined {
  const item = part.both("locked");
  if (!item) return undefined;
  const exact = part.readable("lock_state");
  const { key } = item;
  const options = {
    state_topic: state,
    value_template: exact
      ? mapped(exact.key, lockStates, flagWord(key, "LOCKED", "UNLOCKED"))
      : flag(key, "LOCKED", "UNLOCKED"),
    command_topic: set,
    payload_lock: fixed({ [key]: true }),
    payload_unlock: fixed({ [key]: false }),
  };
  const entity = { platform: "lock", item, label: "Lock", isMain: true, options } as const;
  return { entity, uses: [item] };
}
