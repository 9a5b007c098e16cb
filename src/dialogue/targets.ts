import type { KnownDevice } from "../core/known-devices.ts";
import type { Property } from "../model/description.ts";
import { foldWords } from "./fold.ts";
import type { Lexicon } from "./lexicon.ts";

/** What the configuration says of a device, for whoever texts. */
export interface TargetSettings {
  readonly aliases: readonly string[];
  readonly area?: string | undefined;
  readonly number?: number | undefined;
}

/** Something that can be talked about: a device, or one part of a device that has several. */
export interface Target {
  /** Id of the device, and `/part` where it is one of several. */
  readonly id: string;
  readonly device: KnownDevice;
  readonly part: string | undefined;
  readonly name: string;
  /** What people may call it by; the gateway itself and its modems have none. */
  readonly number: number | undefined;
  readonly area: string | undefined;
  /** What its names are made of. */
  readonly names: readonly (readonly Atom[])[];
  readonly areaAtoms: readonly Atom[];
}

/** A piece of a name, the same in every language: `thing:pump`, `word:north`, `number:2`. */
export type Atom = string;

export function wordAtom(word: string): Atom {
  return `word:${word}`;
}

export function thingAtom(thing: string): Atom {
  return `thing:${thing}`;
}

export function numberAtom(digits: string): Atom {
  return `number:${String(Number(digits))}`;
}

/** Everything that can be talked about, and how it is found by pieces of names. */
export class Targets {
  readonly all: readonly Target[];
  /** Every word of a name as it is written, and what it stands for. */
  readonly words: ReadonlyMap<string, Atom>;

  private constructor(all: readonly Target[], words: ReadonlyMap<string, Atom>) {
    this.all = all;
    this.words = words;
  }

  static of(all: readonly Target[], lexicon: Lexicon): Targets {
    const words = new Map<string, Atom>();
    for (const { name, area } of all) {
      for (const word of [...foldWords(name), ...foldWords(area ?? "")]) {
        if (/^\d/.test(word)) continue;
        const entry = lexicon.at([word], 0)?.entry;
        words.set(word, entry?.kind === "thing" ? thingAtom(entry.thing) : wordAtom(word));
      }
    }
    for (const atom of all.flatMap(({ names }) => names.flat())) {
      const word = /^word:(.*)$/.exec(atom)?.[1];
      if (word !== undefined && !words.has(word)) words.set(word, atom);
    }
    return new Targets(all, words);
  }

  /** The same with what the devices have told since. */
  refreshed(now: (id: string) => KnownDevice | undefined): Targets {
    const all = this.all.map((target) => ({
      ...target,
      device: now(target.device.id) ?? target.device,
    }));
    return new Targets(all, this.words);
  }

  get(id: string): Target | undefined {
    return this.all.find((target) => target.id === id);
  }

  /** The device with that number, or its parts. */
  byNumber(number: number): readonly Target[] {
    return this.all.filter((target) => target.number === number);
  }

  /**
   * Whom these pieces of a name mean. A name that is made of just these goes before those that merely
   * have them; a whole area before names with its word in them.
   */
  matching(atoms: readonly Atom[]): readonly Target[] {
    if (atoms.length === 0) return [];
    const exact = this.all.filter(({ names }) => names.some((name) => isSame(name, atoms)));
    if (exact.length > 0) return exact;
    const area = this.all.filter(({ areaAtoms }) => isSame(areaAtoms, atoms));
    if (area.length > 0) return area;
    const having = this.all.filter(({ names, areaAtoms }) =>
      names.some((name) => atoms.every((atom) => name.includes(atom) || areaAtoms.includes(atom))),
    );
    // "field pump" is the pump in the field, and not what is called so and stands there too.
    const named = having.filter(({ names, areaAtoms }) =>
      names.some((name) => name.every((atom) => atoms.includes(atom) || areaAtoms.includes(atom))),
    );
    return named.length > 0 ? named : having;
  }

  isArea(atoms: readonly Atom[]): boolean {
    const exact = this.all.some(({ names }) => names.some((name) => isSame(name, atoms)));
    return !exact && this.all.some(({ areaAtoms }) => isSame(areaAtoms, atoms));
  }
}

/** What can be talked about of a device: itself, or each of its parts that can be switched alone. */
export function targetsOf(
  device: KnownDevice,
  number: number | undefined,
  { aliases, area = device.description.area }: TargetSettings,
  lexicon: Lexicon,
): readonly Target[] {
  const { name } = device.description;
  const spoken = [name, ...aliases];
  const target = (part: string | undefined): Target => {
    const ending = part === undefined ? "" : ` ${part}`;
    return {
      id: part === undefined ? device.id : `${device.id}/${part}`,
      device,
      part,
      name: `${name}${ending}`,
      number,
      area,
      names: spoken.map((one) => atomsOf(`${one}${ending}`, lexicon)),
      areaAtoms: area === undefined ? [] : atomsOf(area, lexicon),
    };
  };
  const parts = partsOf(Object.values(device.description.properties));
  return parts.length > 1 ? parts.map((part) => target(part)) : [target(undefined)];
}

const switched: ReadonlySet<string> = new Set([
  "onoff",
  "valve_open",
  "cover_action",
  "position",
  "siren",
]);

/** Names of the parts that can be switched alone; the first of several may have none. */
function partsOf(properties: readonly Property[]): readonly string[] {
  const parts = properties
    .filter(({ is, access }) => switched.has(is) && access.includes("w"))
    .map(({ part = "1" }) => part);
  return [...new Set(parts)];
}

function atomsOf(name: string, lexicon: Lexicon): readonly Atom[] {
  const words = foldWords(name);
  const atoms: Atom[] = [];
  for (let index = 0; index < words.length;) {
    const found = lexicon.at(words, index);
    const word = words[index] ?? "";
    if (found?.entry.kind === "thing") {
      atoms.push(thingAtom(found.entry.thing));
      index += found.length;
    } else {
      atoms.push(/^\d+$/.test(word) ? numberAtom(word) : wordAtom(word));
      index += 1;
    }
  }
  return [...new Set(atoms)];
}

function isSame(one: readonly Atom[], other: readonly Atom[]): boolean {
  return one.length === other.length && one.every((atom) => other.includes(atom));
}
