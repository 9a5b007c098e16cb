import type { EventData } from "koine/adapter";

/** What somebody did, in words that devices use, by that word. */
const presses: Readonly<Record<string, string>> = {
  single: "press",
  press: "press",
  pressed: "press",
  click: "press",
  tap: "press",
  short: "press",
  short_press: "press",
  short_release: "press",
  press_release: "press",
  initial_press: "press",
  single_press: "press",
  button_short_press: "press",
  button_short_release: "press",
  double: "double_press",
  double_press: "double_press",
  double_click: "double_press",
  button_double_press: "double_press",
  triple: "triple_press",
  triple_press: "triple_press",
  button_triple_press: "triple_press",
  quadruple: "quadruple_press",
  quadruple_press: "quadruple_press",
  button_quadruple_press: "quadruple_press",
  many: "many_press",
  many_press: "many_press",
  hold: "hold",
  long: "long_press",
  long_press: "long_press",
  button_long_press: "long_press",
  long_release: "release",
  button_long_release: "release",
  release: "release",
  released: "release",
  hold_release: "release",
  brightness_move_up: "dim_up",
  brightness_move_down: "dim_down",
  brightness_step_up: "dim_up",
  brightness_step_down: "dim_down",
  brightness_stop: "dim_stop",
  rotate_left: "rotate_left",
  rotate_right: "rotate_right",
  shake: "shake",
  slide: "slide",
  fall: "fall",
  flip90: "flip",
  flip180: "flip",
  arm_all_zones: "arm_away",
  arm_day_zones: "arm_home",
  disarm: "disarm",
  panic: "panic",
  emergency: "panic",
  recall: "recall_scene",
};

/** Words that are an action where they stand alone, and name a button beside one of the others. */
const namesToo: Readonly<Record<string, string>> = {
  on: "on",
  off: "off",
  toggle: "toggle",
  open: "open",
  close: "close",
  stop: "stop",
};

/** What a word of a device means; undefined when it is no action that is known. */
export function actionIn(word: string): string | undefined {
  if (Object.hasOwn(presses, word)) return presses[word];
  return Object.hasOwn(namesToo, word) ? namesToo[word] : undefined;
}

/**
 * What was done on which part, of one word for both: `single_left` is a press on the part `left`,
 * `on_hold` that the part `on` is held. A word that is not known is `other`, with itself as part.
 */
export function pressIn(word: string): EventData {
  const tokens = word.toLowerCase().split("_");
  const found = splitBy(presses, tokens) ?? splitBy(namesToo, tokens);
  const part = found ? found.part.replace(/^button_(?=.)/, "") : word.toLowerCase();
  const plain = part
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "")
    .slice(0, 32);
  return { name: "action", action: found?.action ?? "other", ...(plain !== "" && { part: plain }) };
}

/** The longest run of words to the end, or else from the start, that is an action. */
function splitBy(
  table: Readonly<Record<string, string>>,
  tokens: readonly string[],
): { readonly action: string; readonly part: string } | undefined {
  for (let length = tokens.length; length > 0; length--) {
    for (const from of [tokens.length - length, 0]) {
      const word = tokens.slice(from, from + length).join("_");
      const action = Object.hasOwn(table, word) ? table[word] : undefined;
      if (action === undefined) continue;
      const rest = [...tokens.slice(0, from), ...tokens.slice(from + length)];
      return { action, part: rest.join("_") };
    }
  }
  return undefined;
}
