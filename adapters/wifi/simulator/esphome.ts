import { Drift, parseObject, SimulatedDevice, type SimulatedWorld } from "./client.ts";

export interface EsphomeOptions {
  /** Host name, and the first level of its topics. */
  readonly name: string;
  readonly friendlyName: string;
  /** Twelve hexadecimal digits, in lower case. */
  readonly mac: string;
  readonly board: string;
  readonly intervalMs: number;
}

interface Entity {
  readonly component: string;
  readonly object: string;
  readonly name: string;
  /** What Home Assistant is told beside names and topics. */
  readonly keys: object;
}

const version = "2024.12.4";
const restartMs = 3_000;

const entities: readonly Entity[] = [
  {
    component: "sensor",
    object: "temperature",
    name: "Temperature",
    keys: { dev_cla: "temperature", unit_of_meas: "°C", stat_cla: "measurement" },
  },
  {
    component: "sensor",
    object: "humidity",
    name: "Humidity",
    keys: { dev_cla: "humidity", unit_of_meas: "%", stat_cla: "measurement" },
  },
  { component: "binary_sensor", object: "door", name: "Door", keys: { dev_cla: "door" } },
  { component: "switch", object: "relay", name: "Relay", keys: {} },
  {
    component: "light",
    object: "lamp",
    name: "Lamp",
    keys: { schema: "json", clrm: true, supported_color_modes: ["rgb"], brightness: true },
  },
  {
    component: "button",
    object: "restart",
    name: "Restart",
    keys: { dev_cla: "restart", ent_cat: "config" },
  },
];

/** What the firmware makes of a word that switches; nothing else moves anything. */
function switched(word: unknown, isOn: boolean): boolean | undefined {
  if (typeof word !== "string") return undefined;
  return { on: true, off: false, toggle: !isOn }[word.toLowerCase()];
}

/** A channel as the firmware reads it: what is no number is 0, and the rest is clamped. */
function channel(value: unknown): number {
  return Math.round(Math.min(Math.max(Number(value) || 0, 0), 255));
}

/** A node with ESPHome, its MQTT client and no native API, as its sources describe it. */
export class SimulatedEsphome extends SimulatedDevice {
  readonly #options: EsphomeOptions;
  readonly #temperature: Drift;
  readonly #humidity: Drift;
  #isRestarting = false;
  #isDoorOpen = false;
  #isRelayOn = false;
  #isLampOn = false;
  #brightness = 255;
  readonly #color = { r: 255, g: 255, b: 255 };

  constructor(world: SimulatedWorld, options: EsphomeOptions) {
    const will = { topic: `${options.name}/status`, payload: "offline" };
    super(world, `${options.name}-${options.mac}`, will, options.intervalMs);
    this.#options = options;
    this.#temperature = new Drift(22, 0.2, world.random);
    this.#humidity = new Drift(48, 0.8, world.random);
  }

  protected commandFilters(): string[] {
    const { name } = this.#options;
    const commands = ["switch/relay", "light/lamp", "button/restart"].map(
      (path) => `${name}/${path}/command`,
    );
    return ["esphome/discover", `esphome/ping/${name}`, ...commands];
  }

  protected connected(): void {
    this.#isRestarting = false;
    this.#introduce();
    this.publish(`${this.#options.name}/status`, "online", true);
    for (const entity of entities) this.#describe(entity);
    this.report();
    this.#say("binary_sensor/door", this.#isDoorOpen ? "ON" : "OFF");
    this.#say("switch/relay", this.#isRelayOn ? "ON" : "OFF");
    this.#say("light/lamp", this.#lamp());
  }

  protected report(): void {
    if (this.#isRestarting) return;
    this.#say("sensor/temperature", this.#temperature.next(1).toFixed(1));
    this.#say("sensor/humidity", this.#humidity.next(1).toFixed(1));
    if (this.world.random() < 0.05) this.#moveDoor();
  }

  protected live(): void {}

  protected received(topic: string, payload: string): void {
    if (this.#isRestarting) return;
    if (topic.startsWith("esphome/")) return this.#introduce();
    if (topic.includes("/switch/")) this.#switch(payload);
    else if (topic.includes("/light/")) this.#light(payload);
    else if (payload === "PRESS") this.#restart();
  }

  #moveDoor(): void {
    this.#isDoorOpen = !this.#isDoorOpen;
    this.#say("binary_sensor/door", this.#isDoorOpen ? "ON" : "OFF");
  }

  /** A switch tells what has changed, and nothing when nothing has. */
  #switch(payload: string): void {
    const wanted = switched(payload, this.#isRelayOn);
    if (wanted === undefined || wanted === this.#isRelayOn) return;
    this.#isRelayOn = wanted;
    this.#say("switch/relay", wanted ? "ON" : "OFF");
  }

  /** A light tells how it is after every command it can read. */
  #light(payload: string): void {
    const wish = parseObject(payload);
    if (!wish) return;
    this.#isLampOn = switched(wish["state"], this.#isLampOn) ?? this.#isLampOn;
    if ("brightness" in wish) this.#dim(channel(wish["brightness"]));
    const { color } = wish;
    if (typeof color === "object" && color !== null) this.#paint(color);
    this.#say("light/lamp", this.#lamp());
  }

  /** No brightness at all switches off, and the lamp comes back in full. */
  #dim(brightness: number): void {
    if (brightness === 0) this.#isLampOn = false;
    this.#brightness = brightness === 0 ? 255 : brightness;
  }

  #paint(color: object): void {
    for (const [key, value] of Object.entries(color)) {
      if (key === "r" || key === "g" || key === "b") this.#color[key] = channel(value);
    }
  }

  /** Outputs are off after a restart. */
  #restart(): void {
    this.publish(`${this.#options.name}/status`, "offline", true);
    this.#isRestarting = true;
    this.#isRelayOn = false;
    this.#isLampOn = false;
    this.world.clock.after(restartMs, () => this.connected());
  }

  #say(path: string, state: string): void {
    this.publish(`${this.#options.name}/${path}/state`, state, true);
  }

  #lamp(): string {
    return JSON.stringify({
      color_mode: "rgb",
      state: this.#isLampOn ? "ON" : "OFF",
      brightness: this.#brightness,
      color: this.#color,
    });
  }

  #introduce(): void {
    const { name, friendlyName, mac, board } = this.#options;
    const info = {
      ip: "192.0.2.11",
      name,
      friendly_name: friendlyName,
      version,
      mac,
      platform: "ESP32",
      board,
      network: "wifi",
    };
    this.publish(`esphome/discover/${name}`, JSON.stringify(info), true);
  }

  #describe({ component, object, name, keys }: Entity): void {
    const node = this.#options.name;
    const base = `${node}/${component}/${object}`;
    const config = {
      ...keys,
      name,
      ...(component !== "button" && { stat_t: `${base}/state` }),
      ...(!component.endsWith("sensor") && { cmd_t: `${base}/command` }),
      avty_t: `${node}/status`,
      uniq_id: `ESP${component}${object}`,
      dev: this.#device(),
    };
    const topic = `homeassistant/${component}/${node}/${object}/config`;
    this.publish(topic, JSON.stringify(config), true);
  }

  #device(): object {
    const { friendlyName, mac, board } = this.#options;
    return {
      ids: mac,
      name: friendlyName,
      sw: `${version} (Jan 14 2025, 09:31:07)`,
      mdl: board,
      mf: "Espressif",
      cns: [["mac", mac]],
    };
  }
}
