import { Drift, SimulatedDevice, type SimulatedWorld } from "./client.ts";

export interface TasmotaOptions {
  /** Twelve hexadecimal digits. */
  readonly mac: string;
  readonly topic: string;
  readonly name: string;
  readonly model: string;
  readonly intervalMs: number;
  /** Whether it has a relay, and what kind of load hangs on it. */
  readonly relay?: "plug" | "light";
  /** Watts that the load draws when it is on. */
  readonly watts?: number;
  /** Name of a temperature and humidity sensor. */
  readonly sensor?: string;
}

const firmware = "15.0.1(tasmota)";

/** A device with Tasmota firmware, as its documentation describes it. */
export class SimulatedTasmota extends SimulatedDevice {
  readonly #options: TasmotaOptions;
  readonly #temperature: Drift;
  readonly #humidity: Drift;
  readonly #load: Drift;
  readonly #startedAt: number;
  #isOn = false;
  #dimmer = 60;
  #totalKwh = 1.5;

  constructor(world: SimulatedWorld, options: TasmotaOptions) {
    const will = { topic: `tele/${options.topic}/LWT`, payload: "Offline" };
    super(world, `DVES_${options.mac.slice(-6)}`, will, options.intervalMs);
    this.#options = options;
    this.#temperature = new Drift(21, 0.2, world.random);
    this.#humidity = new Drift(55, 0.8, world.random);
    this.#load = new Drift(options.watts ?? 0, (options.watts ?? 0) / 50, world.random);
    this.#startedAt = world.clock.monotonic();
  }

  protected commandFilters(): string[] {
    return [`cmnd/${this.#options.topic}/#`];
  }

  protected connected(): void {
    const { topic, mac } = this.#options;
    this.publish(`tele/${topic}/LWT`, "Online", true);
    this.publish(`tasmota/discovery/${mac}/config`, JSON.stringify(this.#discovery()), true);
    this.publish(
      `tasmota/discovery/${mac}/sensors`,
      JSON.stringify({ sn: this.#sensors(), ver: 1 }),
      true,
    );
    this.report();
  }

  protected report(): void {
    this.publish(`tele/${this.#options.topic}/STATE`, JSON.stringify(this.#state()));
    const sensors = this.#sensors();
    if (Object.keys(sensors).length > 1) {
      this.publish(`tele/${this.#options.topic}/SENSOR`, JSON.stringify(sensors));
    }
  }

  protected live(seconds: number): void {
    this.#totalKwh += (this.#watts() * seconds) / 3_600_000;
  }

  protected received(topic: string, payload: string): void {
    const command = topic.slice(topic.lastIndexOf("/") + 1).toUpperCase();
    if (command === "POWER" || command === "POWER1") this.#power(payload);
    else if (command === "DIMMER" && this.#options.relay === "light") this.#dim(payload);
    else if (command === "STATUS" || command === "STATUS0") this.#status(payload);
    else if (command === "STATE") this.#reply({ ...this.#state() });
    else this.#reply({ Command: "Unknown" });
  }

  #power(payload: string): void {
    if (this.#options.relay === undefined) return this.#reply({ Command: "Unknown" });
    const word = payload.toUpperCase();
    if (word === "ON" || word === "1") this.#isOn = true;
    else if (word === "OFF" || word === "0") this.#isOn = false;
    else if (word === "TOGGLE" || word === "2") this.#isOn = !this.#isOn;
    const state = this.#isOn ? "ON" : "OFF";
    this.#reply({ POWER: state });
    this.publish(`stat/${this.#options.topic}/POWER`, state);
    // A metering plug measures again as soon as its relay has moved.
    if (word !== "" && this.#options.relay === "plug") this.report();
  }

  #dim(payload: string): void {
    const level = Number(payload);
    if (payload !== "" && level >= 0 && level <= 100) {
      this.#dimmer = Math.round(level);
      this.#isOn = this.#dimmer > 0;
    }
    this.#reply({ POWER: this.#isOn ? "ON" : "OFF", Dimmer: this.#dimmer });
  }

  #status(payload: string): void {
    const { topic } = this.#options;
    const answers: Record<string, unknown> = {
      2: { StatusFWR: { Version: firmware } },
      5: { StatusNET: { Mac: this.#options.mac.match(/../g)?.join(":") } },
      10: { StatusSNS: this.#sensors() },
      11: { StatusSTS: this.#state() },
    };
    for (const [number, answer] of Object.entries(answers)) {
      if (payload !== number && payload !== "0") continue;
      this.publish(`stat/${topic}/STATUS${number}`, JSON.stringify(answer));
    }
  }

  #reply(result: object): void {
    this.publish(`stat/${this.#options.topic}/RESULT`, JSON.stringify(result));
  }

  #watts(): number {
    return this.#isOn ? Math.max(this.#load.next(1), 0) : 0;
  }

  #state(): object {
    const { relay } = this.#options;
    return {
      Time: this.#localTime(),
      UptimeSec: Math.round((this.world.clock.monotonic() - this.#startedAt) / 1_000),
      Heap: 27,
      LoadAvg: 19,
      ...(relay !== undefined && { POWER: this.#isOn ? "ON" : "OFF" }),
      ...(relay === "light" && { Dimmer: this.#dimmer }),
      Wifi: { AP: 1, RSSI: 78, Signal: -61, LinkCount: 1 },
    };
  }

  #sensors(): object {
    const { relay, sensor } = this.#options;
    const watts = this.#watts();
    return {
      Time: this.#localTime(),
      ...(sensor !== undefined && {
        [sensor]: { Temperature: this.#temperature.next(1), Humidity: this.#humidity.next(1) },
        TempUnit: "C",
      }),
      ...(relay === "plug" && {
        ENERGY: {
          Total: Number(this.#totalKwh.toFixed(3)),
          Power: watts,
          Voltage: 231,
          Current: Number((watts / 231).toFixed(3)),
        },
      }),
    };
  }

  /** Tasmota gives local time without a zone. */
  #localTime(): string {
    return new Date(this.world.clock.now()).toISOString().slice(0, 19);
  }

  #discovery(): object {
    const { mac, topic, name, model, relay } = this.#options;
    const relays = { plug: 1, light: 2, none: 0 };
    return {
      ip: "192.0.2.10",
      dn: name,
      fn: [name, null, null, null],
      hn: topic,
      mac,
      md: model,
      ofln: "Offline",
      onln: "Online",
      state: ["OFF", "ON", "TOGGLE", "HOLD"],
      sw: firmware,
      t: topic,
      ft: "%prefix%/%topic%/",
      tp: ["cmnd", "stat", "tele"],
      rl: [relays[relay ?? "none"], 0, 0, 0, 0, 0, 0, 0],
      lt_st: relay === "light" ? 1 : 0,
      ver: 1,
    };
  }
}
