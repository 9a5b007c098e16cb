import { Drift, SimulatedDevice, type SimulatedWorld } from "./client.ts";

export interface DescribedOptions {
  /** Its last topic level, for discovery and for its own topics. */
  readonly id: string;
  readonly name: string;
  readonly model: string;
  /** Six pairs of hexadecimal digits. */
  readonly mac: string;
  readonly intervalMs: number;
}

const modes = ["auto", "manual", "holiday"];
const lowest = 40;
const highest = 90;

/** A pump controller of somebody's own making: it says what it is in Home Assistant's words only. */
export class SimulatedDescribed extends SimulatedDevice {
  readonly #options: DescribedOptions;
  readonly #base: string;
  readonly #fahrenheit: Drift;
  readonly #kilowatts: Drift;
  #isRunning = false;
  #setpoint = 55;
  #mode = "auto";

  constructor(world: SimulatedWorld, options: DescribedOptions) {
    const base = `simulated/${options.id}`;
    const will = { topic: `${base}/health`, payload: "gone" };
    super(world, options.id, will, options.intervalMs);
    this.#options = options;
    this.#base = base;
    this.#fahrenheit = new Drift(58, 0.4, world.random);
    this.#kilowatts = new Drift(1.1, 0.02, world.random);
  }

  protected commandFilters(): string[] {
    return ["homeassistant/status", `${this.#base}/+/set`];
  }

  protected connected(): void {
    this.publish(`${this.#base}/health`, "alive", true);
    this.#describe();
    this.report();
  }

  protected report(): void {
    const state = {
      water: { temperature: this.#fahrenheit.next(1) },
      power: this.#isRunning ? this.#kilowatts.next(3) : 0,
      pump: this.#isRunning ? "running" : "halted",
      setpoint: this.#setpoint,
      mode: this.#mode,
    };
    this.publish(`${this.#base}/state`, JSON.stringify(state));
  }

  protected live(): void {}

  protected received(topic: string, payload: string): void {
    if (topic === "homeassistant/status") {
      if (payload === "online") this.connected();
      return;
    }
    if (this.#obey(topic.slice(this.#base.length + 1), payload)) this.report();
  }

  #obey(path: string, payload: string): boolean {
    if (path === "pump/set") return this.#run(payload);
    if (path === "setpoint/set") return this.#warm(payload);
    if (path === "mode/set") return this.#choose(payload);
    return false;
  }

  #run(word: string): boolean {
    if (word !== "RUN" && word !== "HALT") return false;
    this.#isRunning = word === "RUN";
    return true;
  }

  #warm(text: string): boolean {
    const wanted = Number(text);
    if (text === "" || !(wanted >= lowest && wanted <= highest)) return false;
    this.#setpoint = wanted;
    return true;
  }

  #choose(mode: string): boolean {
    if (!modes.includes(mode)) return false;
    this.#mode = mode;
    return true;
  }

  #describe(): void {
    const { id, name, model, mac } = this.#options;
    const description = {
      dev: {
        ids: [id],
        name,
        mf: "Koine",
        mdl: model,
        sw: "1.4.2",
        cns: [["mac", mac]],
      },
      o: { name: "simulated-pump", sw: "1.4.2" },
      cmps: this.#components(),
      stat_t: `${this.#base}/state`,
      avty_t: `${this.#base}/health`,
      pl_avail: "alive",
      pl_not_avail: "gone",
      qos: 1,
    };
    this.publish(`homeassistant/device/${id}/config`, JSON.stringify(description), true);
  }

  #components(): object {
    const { id } = this.#options;
    return {
      temperature: {
        p: "sensor",
        uniq_id: `${id}_temperature`,
        name: "Water temperature",
        dev_cla: "temperature",
        unit_of_meas: "°F",
        stat_cla: "measurement",
        val_tpl: "{{ value_json.water.temperature }}",
      },
      power: {
        p: "sensor",
        uniq_id: `${id}_power`,
        name: "Power",
        dev_cla: "power",
        unit_of_meas: "kW",
        stat_cla: "measurement",
        val_tpl: "{{ value_json.power }}",
      },
      pump: {
        p: "switch",
        uniq_id: `${id}_pump`,
        name: "Pump",
        val_tpl: "{{ value_json.pump }}",
        cmd_t: `${this.#base}/pump/set`,
        pl_on: "RUN",
        pl_off: "HALT",
        stat_on: "running",
        stat_off: "halted",
      },
      setpoint: {
        p: "number",
        uniq_id: `${id}_setpoint`,
        name: "Setpoint",
        dev_cla: "temperature",
        unit_of_meas: "°F",
        val_tpl: "{{ value_json.setpoint }}",
        cmd_t: `${this.#base}/setpoint/set`,
        min: lowest,
        max: highest,
        step: 0.5,
      },
      mode: {
        p: "select",
        uniq_id: `${id}_mode`,
        name: "Mode",
        val_tpl: "{{ value_json.mode }}",
        cmd_t: `${this.#base}/mode/set`,
        ops: modes,
      },
    };
  }
}
