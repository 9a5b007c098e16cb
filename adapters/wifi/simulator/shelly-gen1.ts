import { z } from "koine/adapter";
import { Drift, parseObject, SimulatedDevice, type SimulatedWorld } from "./client.ts";

export interface ShellyGen1Options {
  /** `shelly1pm-<end of the mac>` */
  readonly id: string;
  /** Twelve hexadecimal digits, in upper case. */
  readonly mac: string;
  readonly model: string;
  readonly intervalMs: number;
  /** What it drives: one relay, or the four channels of a light in mode colour. */
  readonly load: "relay" | "color";
  readonly watts: number;
}

const firmware = "20230913-114003/v1.14.0-gcb84623";

const turnSchema = z.enum(["on", "off", "toggle"]);
const byte = z.number().min(0).max(255);
const lightSchema = z
  .object({
    turn: turnSchema,
    red: byte,
    green: byte,
    blue: byte,
    white: byte,
    gain: z.number().min(0).max(100),
    effect: z.number().min(0).max(3),
  })
  .partial();

const noTimer = { has_timer: false, timer_started: 0, timer_duration: 0, timer_remaining: 0 };

/** A Shelly of generation 1 with one relay or one colour light, as its API documentation describes it. */
export class SimulatedShellyGen1 extends SimulatedDevice {
  readonly #options: ShellyGen1Options;
  readonly #load: Drift;
  readonly #startedAt: number;
  #isOn = false;
  readonly #light = { red: 255, green: 160, blue: 60, white: 0, gain: 80, effect: 0 };
  /** Counts from 0 whenever it is switched on. */
  #wattMinutes = 0;

  constructor(world: SimulatedWorld, options: ShellyGen1Options) {
    const will = { topic: `shellies/${options.id}/online`, payload: "false" };
    super(world, options.id, will, options.intervalMs);
    this.#options = options;
    this.#load = new Drift(options.watts, options.watts / 50, world.random);
    this.#startedAt = world.clock.monotonic();
  }

  protected commandFilters(): string[] {
    const { id, load } = this.#options;
    const base = `shellies/${id}`;
    const filters = ["shellies/command", `${base}/command`, `${base}/${load}/0/command`];
    return load === "color" ? [...filters, `${base}/color/0/set`] : filters;
  }

  protected connected(): void {
    this.#say("online", "true", true);
    this.#announce();
    this.report();
  }

  protected report(): void {
    this.#sayLoad();
    if (this.#options.load === "relay") {
      this.#say("temperature", "41.60");
      this.#say("temperature_f", "106.88");
      this.#say("overtemperature", "0");
      this.#say("temperature_status", "Normal");
    }
    this.#say("input/0", "0");
    this.#say("info", JSON.stringify(this.#info()));
  }

  protected live(seconds: number): void {
    this.#wattMinutes += (this.#watts() * seconds) / 60;
  }

  protected received(topic: string, payload: string): void {
    const { id } = this.#options;
    if (topic === "shellies/command" || topic === `shellies/${id}/command`) this.#serve(payload);
    else if (topic.endsWith("/set")) this.#set(payload);
    else this.#turn(turnSchema.safeParse(payload).data);
  }

  #serve(payload: string): void {
    if (payload === "update") return this.report();
    if (payload !== "announce") return;
    this.#announce();
    this.#say("info", JSON.stringify(this.#info()));
  }

  #set(payload: string): void {
    const wish = lightSchema.safeParse(parseObject(payload)).data;
    if (!wish) return;
    const { turn, ...light } = wish;
    Object.assign(this.#light, light);
    if (turn === undefined) this.#sayLoad();
    else this.#turn(turn);
  }

  #turn(word: z.infer<typeof turnSchema> | undefined): void {
    if (word === undefined) return;
    this.#isOn = word === "toggle" ? !this.#isOn : word === "on";
    this.#say(`${this.#options.load}/0`, this.#isOn ? "on" : "off");
    // What hangs on it is measured a moment after it has moved.
    this.world.clock.after(50, () => this.#sayLoad());
  }

  #sayLoad(): void {
    const path = `${this.#options.load}/0`;
    const watts = this.#watts();
    this.#say(path, this.#isOn ? "on" : "off");
    this.#say(`${path}/power`, watts.toFixed(2));
    this.#say(`${path}/energy`, String(Math.floor(this.#wattMinutes)));
    if (this.#options.load === "color") {
      this.#say(`${path}/status`, JSON.stringify(this.#status(watts)));
    }
  }

  #announce(): void {
    const { id, mac, model, load } = this.#options;
    const announcement = JSON.stringify({
      id,
      model,
      mac,
      ip: "192.0.2.12",
      new_fw: false,
      fw_ver: firmware,
      ...(load === "color" && { mode: "color" }),
    });
    this.publish("shellies/announce", announcement);
    this.#say("announce", announcement);
  }

  #say(path: string, payload: string, retain = false): void {
    this.publish(`shellies/${this.#options.id}/${path}`, payload, retain);
  }

  #watts(): number {
    if (!this.#isOn) return 0;
    const share = this.#options.load === "color" ? this.#light.gain / 100 : 1;
    return Math.max(this.#load.next(2) * share, 0);
  }

  #status(watts: number): object {
    return {
      ison: this.#isOn,
      source: "mqtt",
      ...noTimer,
      mode: "color",
      ...this.#light,
      transition: 0,
      power: Number(watts.toFixed(2)),
      overpower: false,
    };
  }

  #info(): object {
    const { mac, load } = this.#options;
    const { world } = this;
    return {
      wifi_sta: { connected: true, ssid: "simulated", ip: "192.0.2.12", rssi: -64 },
      cloud: { enabled: false, connected: false },
      mqtt: { connected: true },
      time: new Date(world.clock.now()).toISOString().slice(11, 16),
      unixtime: Math.floor(world.clock.now() / 1_000),
      has_update: false,
      mac,
      ...(load === "color" ? this.#lightInfo() : this.#relayInfo()),
      update: { status: "idle", has_update: false, new_version: firmware, old_version: firmware },
      ram_total: 51_056,
      ram_free: 36_772,
      uptime: Math.round((world.clock.monotonic() - this.#startedAt) / 1_000),
    };
  }

  #relayInfo(): object {
    return {
      relays: [{ ison: this.#isOn, ...noTimer, overpower: false, source: "mqtt" }],
      meters: [this.#meter()],
      inputs: [{ input: 0, event: "", event_cnt: 0 }],
      temperature: 41.6,
      overtemperature: false,
      tmp: { tC: 41.6, tF: 106.88, is_valid: true },
      temperature_status: "Normal",
    };
  }

  #lightInfo(): object {
    const meter = this.#meter();
    return {
      mode: "color",
      input: 0,
      lights: [this.#status(meter.power)],
      meters: [meter],
      inputs: [{ input: 0, event: "", event_cnt: 0 }],
    };
  }

  #meter(): { readonly power: number; readonly is_valid: boolean; readonly total: number } {
    const power = Number(this.#watts().toFixed(2));
    return { power, is_valid: true, total: Math.floor(this.#wattMinutes) };
  }
}
