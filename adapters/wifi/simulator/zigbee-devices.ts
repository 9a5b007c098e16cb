import type { Drift } from "./client.ts";

type Values = Record<string, unknown>;

/** What can be done with a value: it is published, it can be set, it can be asked for. */
const published = 1;
const settable = 2;
const askable = 4;

function numeric(
  name: string,
  unit: string | undefined,
  access: number,
  more: object = {},
): object {
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
  return { type: "numeric", name, label, property: name, access, unit, ...more };
}

function measured(name: string, unit: string): object {
  return numeric(name, unit, published | askable);
}

const percent = { value_min: 0, value_max: 100, category: "diagnostic" };

const linkQuality = numeric("linkquality", "lqi", published, {
  value_min: 0,
  value_max: 255,
  category: "diagnostic",
});

const state = {
  type: "binary",
  name: "state",
  label: "State",
  property: "state",
  access: published | settable | askable,
  value_on: "ON",
  value_off: "OFF",
  value_toggle: "TOGGLE",
};

/** What the bridge makes of a state that is wished; nothing else moves anything. */
function switched(word: unknown, isOn: boolean): boolean | undefined {
  if (typeof word !== "string") return undefined;
  return { on: true, off: false, toggle: !isOn }[word.toLowerCase()];
}

/** A device behind a ZigBee bridge, as the bridge sees it. */
export abstract class ZigbeeDevice {
  readonly name: string;
  /** Sixteen hexadecimal digits after `0x`. */
  readonly address: string;
  abstract readonly model: string;
  abstract readonly description: string;
  /** From the mains it routes for others; from a battery it sleeps. */
  abstract readonly isMains: boolean;

  constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
  }

  exposes(): object[] {
    return [...this.features(), linkQuality];
  }

  state(): Values {
    return { ...this.values(), linkquality: 120 };
  }

  /** Does what is wished; false when nothing of it can be done. */
  set(_wish: Values): boolean {
    return false;
  }

  /** Whether it answers to a question for any of these. */
  answers(_keys: readonly string[]): boolean {
    return false;
  }

  /** Lets the world go on for so many seconds. */
  abstract live(seconds: number): void;
  protected abstract features(): object[];
  protected abstract values(): Values;
}

const coolest = 250;
const warmest = 454;
const presets = { coolest, cool: 250, neutral: 370, warm: 454, warmest };

/** A bulb whose white is cold or warm. */
export class ZigbeeBulb extends ZigbeeDevice {
  readonly model = "SIM-BULB";
  readonly description = "Simulated bulb, white spectrum";
  readonly isMains = true;
  #isOn = false;
  #brightness = 200;
  #mireds = 370;

  live(): void {}

  override answers(keys: readonly string[]): boolean {
    return keys.some((key) => ["state", "brightness", "color_temp"].includes(key));
  }

  override set(wish: Values): boolean {
    const isLit = this.#light(wish);
    const isTinted = "color_temp" in wish && this.#tint(wish["color_temp"]);
    return isLit || isTinted;
  }

  /** State and brightness go together: with one of them wrong, neither is done. */
  #light(wish: Values): boolean {
    if (!("state" in wish) && !("brightness" in wish)) return false;
    const level = "brightness" in wish ? Number(wish["brightness"]) : undefined;
    if (level !== undefined && !(level >= 0 && level <= 255)) return false;
    const wanted = "state" in wish ? switched(wish["state"], this.#isOn) : level !== 0;
    if (wanted === undefined) return false;
    this.#isOn = wanted;
    if (wanted && level !== undefined) this.#brightness = Math.min(Math.max(level, 1), 254);
    return true;
  }

  #tint(wish: unknown): boolean {
    const named = Object.entries(presets).find(([name]) => name === wish);
    const mireds = named ? named[1] : Number(wish);
    if (Number.isNaN(mireds)) return false;
    this.#mireds = Math.min(Math.max(mireds, coolest), warmest);
    return true;
  }

  protected features(): object[] {
    const access = published | settable | askable;
    const range = { value_min: coolest, value_max: warmest };
    const names = Object.entries(presets).map(([name, value]) => ({ name, value }));
    return [
      {
        type: "light",
        features: [
          state,
          numeric("brightness", undefined, access, { value_min: 0, value_max: 254 }),
          numeric("color_temp", "mired", access, { ...range, presets: names }),
        ],
      },
    ];
  }

  protected values(): Values {
    return {
      state: this.#isOn ? "ON" : "OFF",
      brightness: this.#brightness,
      color_mode: "color_temp",
      color_temp: this.#mireds,
    };
  }
}

/** A contact on a door, with a battery. */
export class ZigbeeContact extends ZigbeeDevice {
  readonly model = "SIM-CONTACT";
  readonly description = "Simulated door contact";
  readonly isMains = false;
  readonly #random: () => number;
  #isClosed = true;

  constructor(name: string, address: string, random: () => number) {
    super(name, address);
    this.#random = random;
  }

  live(): void {
    if (this.#random() < 0.05) this.#isClosed = !this.#isClosed;
  }

  protected features(): object[] {
    const contact = { type: "binary", name: "contact", label: "Contact", property: "contact" };
    return [
      { ...contact, access: published, value_on: false, value_off: true },
      numeric("battery", "%", published, percent),
      numeric("voltage", "mV", published, { category: "diagnostic" }),
    ];
  }

  protected values(): Values {
    return { contact: this.#isClosed, battery: 87, voltage: 2_985 };
  }
}

/** A plug that meters what it feeds. */
export class ZigbeePlug extends ZigbeeDevice {
  readonly model = "SIM-PLUG";
  readonly description = "Simulated plug with meter";
  readonly isMains = true;
  readonly #load: Drift;
  #isOn = false;
  #totalKwh = 12.5;

  constructor(name: string, address: string, load: Drift) {
    super(name, address);
    this.#load = load;
  }

  live(seconds: number): void {
    this.#totalKwh += (this.#watts() * seconds) / 3_600_000;
  }

  override answers(keys: readonly string[]): boolean {
    return keys.some((key) => key in this.values());
  }

  override set(wish: Values): boolean {
    const wanted = switched(wish["state"], this.#isOn);
    this.#isOn = wanted ?? this.#isOn;
    return wanted !== undefined;
  }

  #watts(): number {
    return this.#isOn ? Math.max(this.#load.next(1), 0) : 0;
  }

  protected features(): object[] {
    return [
      { type: "switch", features: [state] },
      measured("power", "W"),
      measured("current", "A"),
      measured("voltage", "V"),
      measured("energy", "kWh"),
    ];
  }

  protected values(): Values {
    const watts = this.#watts();
    return {
      state: this.#isOn ? "ON" : "OFF",
      power: watts,
      current: Number((watts / 230).toFixed(2)),
      voltage: 230,
      energy: Number(this.#totalKwh.toFixed(2)),
    };
  }
}
