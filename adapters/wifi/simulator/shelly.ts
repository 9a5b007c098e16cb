import { parseScalar, z } from "koine/adapter";
import { Drift, SimulatedDevice, type SimulatedWorld } from "./client.ts";

export interface ShellyOptions {
  /** `shellyplus1pm-<mac>` */
  readonly id: string;
  readonly name: string;
  readonly app: string;
  readonly intervalMs: number;
  /** What it drives. */
  readonly load: "switch" | "cover";
  readonly watts: number;
}

const callSchema = z.object({
  id: z.number(),
  src: z.string(),
  method: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
});
type Call = z.infer<typeof callSchema>;

/** A device does not answer what it cannot read. */
function parseCall(payload: string): Call | undefined {
  try {
    return callSchema.parse(parseScalar(payload));
  } catch {
    return undefined;
  }
}

/** How far a cover moves in a second, in percent. */
const coverSpeed = 10;

/** A Shelly of generation 2 with one switch or one cover, as its API documentation describes it. */
export class SimulatedShelly extends SimulatedDevice {
  readonly #options: ShellyOptions;
  readonly #load: Drift;
  readonly #startedAt: number;
  #isOn = false;
  #position = 0;
  #target = 0;
  #totalWh = 7_200;

  constructor(world: SimulatedWorld, options: ShellyOptions) {
    super(
      world,
      options.id,
      { topic: `${options.id}/online`, payload: "false" },
      options.intervalMs,
    );
    this.#options = options;
    this.#load = new Drift(options.watts, options.watts / 50, world.random);
    this.#startedAt = world.clock.monotonic();
  }

  protected commandFilters(): string[] {
    return [`${this.#options.id}/rpc`];
  }

  protected connected(): void {
    this.publish(`${this.#options.id}/online`, "true", true);
    this.#notify("NotifyFullStatus", this.#status());
  }

  protected report(): void {
    const { load } = this.#options;
    if (load === "switch") this.#notify("NotifyStatus", { "switch:0": this.#switch() });
    else this.#notify("NotifyStatus", { "cover:0": this.#cover() });
  }

  protected live(seconds: number): void {
    this.#totalWh += (this.#watts() * seconds) / 3_600;
    const way = this.#target - this.#position;
    const step = Math.min(Math.abs(way), coverSpeed * seconds);
    this.#position += Math.sign(way) * step;
  }

  protected received(_topic: string, payload: string): void {
    const call = parseCall(payload);
    if (!call) return;
    const result = this.#call(call);
    const answer =
      result === undefined
        ? { error: { code: 404, message: `No handler for ${call.method}` } }
        : { result };
    const { id } = this.#options;
    this.publish(
      `${call.src}/rpc`,
      JSON.stringify({ id: call.id, src: id, dst: call.src, ...answer }),
    );
  }

  #call({ method, params }: Call): object | null | undefined {
    switch (method) {
      case "Shelly.GetStatus":
        return this.#status();
      case "Shelly.GetDeviceInfo":
        return this.#info();
      case "Switch.Set":
        return this.#options.load === "switch" ? this.#setSwitch(params["on"] === true) : undefined;
      case "Cover.Open":
        return this.#move(100);
      case "Cover.Close":
        return this.#move(0);
      case "Cover.Stop":
        return this.#move(this.#position);
      case "Cover.GoToPosition":
        return this.#move(Number(params["pos"]));
      default:
        return undefined;
    }
  }

  #setSwitch(isOn: boolean): object {
    const wasOn = this.#isOn;
    this.#isOn = isOn;
    // The relay moves and is measured a moment after the answer.
    this.world.clock.after(50, () => this.report());
    return { was_on: wasOn };
  }

  #move(target: number): null | undefined {
    if (this.#options.load !== "cover" || !(target >= 0 && target <= 100)) return undefined;
    this.#target = target;
    this.world.clock.after(50, () => this.report());
    return null;
  }

  #notify(method: string, components: object): void {
    const { id } = this.#options;
    const params = { ts: this.world.clock.now() / 1_000, ...components };
    const message = { src: id, dst: `${id}/events`, method, params };
    this.publish(`${id}/events/rpc`, JSON.stringify(message));
  }

  #watts(): number {
    const moving = this.#options.load === "cover" && this.#position !== this.#target;
    return this.#isOn || moving ? Math.max(this.#load.next(1), 0) : 0;
  }

  #status(): object {
    const mac = this.#options.id.split("-")[1]?.toUpperCase();
    const uptime = Math.round((this.world.clock.monotonic() - this.#startedAt) / 1_000);
    return {
      ...(this.#options.load === "switch"
        ? { "switch:0": this.#switch() }
        : { "cover:0": this.#cover() }),
      sys: { mac, uptime, ram_free: 156_660, available_updates: {} },
      wifi: { status: "got ip", rssi: -58 },
    };
  }

  #switch(): object {
    const watts = this.#watts();
    return {
      id: 0,
      source: "MQTT",
      output: this.#isOn,
      apower: watts,
      voltage: 230.4,
      current: Number((watts / 230.4).toFixed(3)),
      aenergy: { total: Number(this.#totalWh.toFixed(3)) },
      temperature: { tC: 41.2, tF: 106.2 },
    };
  }

  #cover(): object {
    return {
      id: 0,
      source: "MQTT",
      state: this.#coverState(),
      apower: this.#watts(),
      current_pos: Math.round(this.#position),
      ...(this.#position !== this.#target && { target_pos: this.#target }),
      pos_control: true,
      temperature: { tC: 39.8, tF: 103.6 },
    };
  }

  #coverState(): string {
    if (this.#target > this.#position) return "opening";
    if (this.#target < this.#position) return "closing";
    if (this.#position === 100) return "open";
    return this.#position === 0 ? "closed" : "stopped";
  }

  #info(): object {
    const { id, name, app } = this.#options;
    const mac = id.split("-")[1]?.toUpperCase();
    return { name, id, mac, model: `SIM-${app}`, gen: 2, ver: "1.7.1", app };
  }
}
