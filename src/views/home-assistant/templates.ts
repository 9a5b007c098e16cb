/**
 * Templates in Home Assistant's language (Jinja). `None` as a text is an unknown state there, and
 * an empty one changes nothing. A value that the state document does not have is as one of null.
 */

/** A number or word as it is. */
export function plain(key: string): string {
  return `{{ ${at(key)} | default(none) }}`;
}

/** A boolean as one of two words. */
export function flag(key: string, yes = "ON", no = "OFF"): string {
  return `{{ ${flagWord(key, yes, no)} }}`;
}

/** As `flag`, to stand within a template. */
export function flagWord(key: string, yes: string, no: string): string {
  return `'${yes}' if ${at(key)} == true else '${no}' if ${at(key)} == false else 'None'`;
}

/** Whatever `expression` makes of a value that is known, and nothing of one that is not. */
export function ifKnown(key: string, expression = at(key)): string {
  return `{{ '' if ${at(key)} | default(none) is none else ${expression} }}`;
}

/** A state is a text of so many characters at most. */
const stateLength = 255;

export function text(key: string): string {
  return `{{ (${at(key)} | default(none) | string)[:${stateLength}] }}`;
}

/** A list or an object as JSON. */
export function json(key: string): string {
  const known = `(${at(key)} | tojson)[:${stateLength}]`;
  return `{{ 'None' if ${at(key)} | default(none) is none else ${known} }}`;
}

/** A word in words of Home Assistant; `otherwise` is an expression. */
export function mapped(
  key: string,
  words: Readonly<Record<string, string>>,
  otherwise = "'None'",
): string {
  const pairs = Object.entries(words).map(([ours, theirs]) => `'${ours}': '${theirs}'`);
  return `{{ {${pairs.join(", ")}}.get(${at(key)}, ${otherwise}) }}`;
}

/** A command document with what Home Assistant gives as the value. */
export function command(key: string, expression = "value | tojson"): string {
  return `{"${key}": {{ ${expression} }} }`;
}

/** A command document that is always the same. */
export function fixed(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(values);
}

export function at(key: string): string {
  return `value_json.${key}`;
}
