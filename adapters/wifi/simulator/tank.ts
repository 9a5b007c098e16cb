import { SimulatedDevice, type SimulatedWorld } from "./client.ts";

export interface TankOptions {
  /** Its last topic level, for discovery and for its own topics. */
  readonly id: string;
  readonly name: string;
  /** Six pairs of hexadecimal digits. */
  readonly mac: string;
  readonly intervalMs: number;
}

const [full, empty] = [90, 5];
/** What it loses in each interval, and what it gains once it is filled, in %. */
const [lossPct, gainPct] = [0.5, 10];
const firstPct = 81;

/** A water tank that is emptied slowly and filled again when there is hardly anything left. */
export class SimulatedTank extends SimulatedDevice {
  readonly #options: TankOptions;
  readonly #base: string;
  #levelPct = firstPct;
  #isFilling = false;

  constructor(world: SimulatedWorld, options: TankOptions) {
    const base = `simulated/${options.id}`;
    super(world, options.id, { topic: `${base}/health`, payload: "offline" }, options.intervalMs);
    this.#options = options;
    this.#base = base;
  }

  protected commandFilters(): string[] {
    return ["homeassistant/status"];
  }

  protected connected(): void {
    this.publish(`${this.#base}/health`, "online", true);
    this.#describe();
    this.report();
  }

  protected report(): void {
    this.publish(`${this.#base}/level`, this.#levelPct.toFixed(1));
  }

  protected live(): void {
    if (this.#levelPct <= empty) this.#isFilling = true;
    if (this.#levelPct >= full) this.#isFilling = false;
    this.#levelPct += this.#isFilling ? gainPct : -lossPct;
  }

  protected received(_topic: string, payload: string): void {
    if (payload === "online") this.connected();
  }

  #describe(): void {
    const { id, name, mac } = this.#options;
    const description = {
      dev: { ids: [id], name, mf: "Koine", mdl: "Simulated tank", cns: [["mac", mac]] },
      o: { name: "simulated-tank" },
      cmps: {
        level: {
          p: "sensor",
          uniq_id: `${id}_level`,
          name: "Level",
          unit_of_meas: "%",
          stat_cla: "measurement",
          stat_t: `${this.#base}/level`,
        },
      },
      avty_t: `${this.#base}/health`,
      qos: 1,
    };
    this.publish(`homeassistant/device/${id}/config`, JSON.stringify(description), true);
  }
}
