import type { Chance } from "../support/chance.ts";
import { wifiCases } from "../support/wifi-cases.ts";

/** One publication of somebody who means no good. */
export interface Shot {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

const { states } = wifiCases();
const frames = states.flatMap(({ topic, payload, before }) => [...before, { topic, payload }]);

/** So many devices of each kind at most: what is to be found is a leak, not the limit of devices. */
const pool = 40;
const frameCount = 4_000;

const keys = [
  "onoff",
  "brightness",
  "position",
  "color",
  "_id",
  "_expires",
  "_dry_run",
  "_by",
  "x",
];
const verbs = ["rename", "remove", "replace", "explain", "info", "wifi/pair", "nothing"];
const params = ["device", "name", "with", "_id", "verb"];
const levels = [
  "set",
  "get",
  "value",
  "state",
  "bridge",
  "request",
  "result",
  "+x",
  "ü",
  "",
  "$SYS",
];
const noise = [
  "",
  " ",
  "\u0000",
  "{",
  "]",
  '"',
  "\\",
  "nan",
  "1e999",
  "-0",
  "\ud83d\ude00",
  "\u202e",
];

/** Topics, payloads and commands, some right, most of them nearly so. */
export class FuzzInput {
  readonly #chance: Chance;
  #devices: readonly string[] = ["nobody"];

  /** Every new key a device says is a property it has from then on: so many and no more. */
  readonly #frames: readonly Pick<Shot, "topic" | "payload">[];

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#frames = Array.from({ length: frameCount }, () => this.#frame());
  }

  /** Ids of devices there are. */
  get devices(): readonly string[] {
    return this.#devices;
  }

  set devices(ids: readonly string[]) {
    if (ids.length > 0) this.#devices = ids;
  }

  next(): Shot {
    const chance = this.#chance;
    const qos = chance.happens(0.3) ? 1 : 0;
    const shot = chance.weighted([
      [40, () => chance.pick(this.#frames)],
      [25, () => this.#command()],
      [10, () => this.#request()],
      [15, () => ({ topic: this.#topic("x"), payload: this.#document() })],
      [10, () => ({ topic: this.#topic("koine/1"), payload: this.#document() })],
    ])();
    // What is retained elsewhere is somebody's to keep, and no leak.
    const retain = !shot.topic.startsWith("x/") && chance.happens(0.05);
    return { ...shot, qos, retain };
  }

  /** What no line at the control socket should be. */
  line(): string {
    const verb = this.#chance.pick(verbs);
    return this.#chance.happens(0.5)
      ? this.#mangled(JSON.stringify({ verb, device: this.#device() }))
      : this.#document().replaceAll("\n", " ");
  }

  /** A real message of a real device, under one of a few names, damaged or not. */
  #frame(): Pick<Shot, "topic" | "payload"> {
    const { topic, payload } = this.#chance.pick(frames);
    const n = this.#chance.between(1, pool);
    const renamed = topic.replace(/[0-9A-Fa-f]{6}(?=\/|$)/, () => `A0${1_000 + n}`);
    return {
      topic: renamed,
      payload: this.#chance.happens(0.7) ? this.#mangled(payload) : payload,
    };
  }

  #command(): Pick<Shot, "topic" | "payload"> {
    const chance = this.#chance;
    const topic = `koine/1/${this.#device()}/${chance.pick(["set", "set", "get", `set/${chance.pick(keys)}`])}`;
    return { topic, payload: this.#maybeMangled(this.#object(keys)) };
  }

  #request(): Pick<Shot, "topic" | "payload"> {
    const topic = `koine/1/bridge/request/${this.#chance.pick(verbs)}`;
    return { topic, payload: this.#maybeMangled(this.#object(params)) };
  }

  #device(): string {
    return this.#chance.pick(this.#chance.happens(0.9) ? this.devices : ["nobody", "bridge", "ü"]);
  }

  #topic(root: string): string {
    const below = Array.from({ length: this.#chance.between(1, 5) }, () =>
      this.#chance.pick(levels),
    );
    // A client may not publish to a filter.
    return [root, ...below].join("/").replaceAll(/[+#\0]/g, "p");
  }

  #document(): string {
    return this.#maybeMangled(this.#object([...keys, ...params]));
  }

  #object(names: readonly string[]): string {
    const count = this.#chance.between(0, 4);
    const entries = Array.from({ length: count }, () => {
      const name = this.#chance.pick(names);
      return [name, name === "_id" ? this.#id() : this.#value(3)];
    });
    return JSON.stringify(Object.fromEntries(entries));
  }

  /** One of so many: a command is remembered for minutes. */
  #id(): unknown {
    return this.#chance.happens(0.9) ? `id${this.#chance.between(1, pool)}` : this.#value(1);
  }

  #value(depth: number): unknown {
    const chance = this.#chance;
    const leaf = chance.pick([
      () => null,
      () => chance.happens(0.5),
      () => chance.between(-1_000, 1_000),
      () => chance.next() * 10 ** chance.between(-8, 300),
      () => chance.pick(noise).repeat(chance.between(1, 200)),
      () => this.#device(),
      () => "toggle",
    ]);
    if (depth === 0 || chance.happens(0.8)) return leaf();
    const inner = Array.from({ length: chance.between(0, 4) }, () => this.#value(depth - 1));
    return chance.happens(0.5) ? inner : Object.fromEntries(inner.entries());
  }

  #maybeMangled(text: string): string {
    return this.#chance.happens(0.3) ? this.#mangled(text) : text;
  }

  /** Cut, doubled, nested or with something in it that does not belong there. */
  #mangled(text: string): string {
    const chance = this.#chance;
    const at = chance.between(0, text.length);
    return chance.weighted<() => string>([
      [3, () => text.slice(0, at)],
      [3, () => text.slice(0, at) + chance.pick(noise) + text.slice(at)],
      [3, () => text.slice(0, at) + chance.pick(noise) + text.slice(at + 1)],
      [
        2,
        () =>
          text.replace(/-?\d+(?:\.\d+)?/, () => chance.pick(["1e400", "-1e9", "NaN", '""', "[]"])),
      ],
      [1, () => text + text],
      [1, () => "[".repeat(chance.between(1, 5_000)) + text],
      [1, () => JSON.stringify({ [text.slice(0, 20)]: text.repeat(chance.between(1, 20)) })],
    ])();
  }
}
