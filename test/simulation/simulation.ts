import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connectAsync, MqttClient } from "mqtt";
import type { Packet } from "mqtt-packet";
import type { SimulatedDevice, SimulatedWorld } from "../../adapters/wifi/simulator/client.ts";
import { limits } from "../../src/limits.ts";
import { addressText } from "../../src/bus/embedded/listener.ts";
import { factKinds } from "../../src/model/payloads.ts";
import type { State } from "../../src/model/state.ts";
import { ManualClock, turns } from "../support/manual-clock.ts";
import { Chance } from "../support/chance.ts";
import { FaultyLine, quiet } from "./faulty-line.ts";
import { commandTimeoutMs, Generation } from "./generation.ts";
import { inhabitants, relayIn, reportMs, wishes } from "./inhabitants.ts";
import { Invariants } from "./invariants.ts";

const dayMs = 86_400_000;

/** A device of the world, and its line. */
interface Inhabitant {
  readonly id: string;
  readonly make: (world: SimulatedWorld) => SimulatedDevice;
  readonly line: FaultyLine;
  /** Undefined while it has no power. */
  device?: SimulatedDevice | undefined;
  /** What the device itself said last of its relay. */
  isOn?: boolean;
}

type Step = (simulation: Simulation) => Promise<void> | void;

const steps: readonly (readonly [weight: number, step: Step])[] = [
  [30, (simulation) => simulation.wait(1_000, 6_000)],
  [12, (simulation) => simulation.wait(10_000, 90_000)],
  [2, (simulation) => simulation.wait(300_000, 900_000)],
  [22, (simulation) => simulation.command()],
  [4, (simulation) => simulation.repeat()],
  [3, (simulation) => simulation.commandMany()],
  [4, (simulation) => simulation.adapterLine.cut()],
  [5, (simulation) => simulation.anyone().line.cut()],
  [5, (simulation) => simulation.turnOnOrOff()],
  [5, (simulation) => simulation.changeNoise()],
  [3, (simulation) => simulation.jump()],
  [2, (simulation) => simulation.changeDisk()],
  [1, (simulation) => simulation.restart()],
  [1, (simulation) => simulation.kill()],
];

/**
 * A whole gateway and its WiFi devices in simulated time: real core, broker, store, adapter and MQTT
 * clients. One seed decides everything that happens.
 */
export class Simulation {
  readonly adapterLine: FaultyLine;
  readonly #clock = new ManualClock();
  readonly #chance: Chance;
  readonly #invariants = new Invariants();
  readonly #inhabitants: readonly Inhabitant[];
  readonly #directory: string;
  #generation!: Generation;
  /** Grows with all that happens; at rest it stands still. */
  #activity = 0;
  #commands = 0;
  /** Until when each command is remembered, in monotonic ms. */
  readonly #repeatable = new Map<string, number>();
  /** Whether the time of day has jumped in this life: a later one cannot tell how old things are. */
  #hasJumped = false;
  /** When everything that the disk refused is on it, in monotonic ms. */
  #writtenBy = 0;

  private constructor(seed: number, directory: string) {
    this.#chance = new Chance(seed);
    this.#directory = directory;
    this.#clock.settle = () => this.#settle();
    this.adapterLine = this.#line();
    this.#inhabitants = this.#people();
  }

  /**
   * Lets one seed's story happen, and the world heal after it.
   * @throws Error when anything does not hold that must
   */
  static async run(seed: number, stepCount: number): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "koine-simulation-"));
    const simulation = new Simulation(seed, directory);
    try {
      await simulation.#begin();
      for (let n = 0; n < stepCount; n++) await simulation.#step();
      await simulation.#heal();
    } finally {
      await simulation.#end();
      await rm(directory, { recursive: true, force: true });
    }
  }

  async wait(leastMs: number, mostMs: number): Promise<void> {
    await this.#clock.advance(this.#chance.between(leastMs, mostMs));
  }

  anyone(): Inhabitant {
    return this.#chance.pick(this.#inhabitants);
  }

  command(): void {
    const id = `c${this.#commands++}`;
    const { id: device } = this.anyone();
    const text = JSON.stringify({ ...this.#chance.pick(wishes), _id: id });
    this.#invariants.asked.set(id, { device, text, results: [], repeats: 0, mayBeLost: false });
    this.#repeatable.set(id, this.#clock.monotonic() + limits.commandMemoryMs);
    this.#publish(device, text);
  }

  async commandMany(): Promise<void> {
    for (let n = this.#chance.between(2, 12); n > 0; n--) this.command();
  }

  /** Sends one of the last commands again, while it must be remembered. */
  repeat(): void {
    const now = this.#clock.monotonic();
    const recent = [...this.#repeatable].slice(-5).filter(([, until]) => now < until);
    const [id] = recent.length > 0 ? this.#chance.pick(recent) : [""];
    const asked = this.#invariants.asked.get(id);
    if (!asked) return;
    asked.repeats += 1;
    this.#publish(asked.device, asked.text);
  }

  async turnOnOrOff(): Promise<void> {
    const inhabitant = this.anyone();
    if (inhabitant.device) await this.#turnOff(inhabitant);
    else this.#turnOn(inhabitant);
  }

  changeNoise(): void {
    const line = this.#chance.pick([this.adapterLine, ...this.#inhabitants.map((one) => one.line)]);
    const isNoisy = line.noise === quiet;
    line.noise = isNoisy ? { doubled: 0.3, late: 0.3, torn: 0.05 } : quiet;
  }

  jump(): void {
    this.#clock.wallMs += this.#chance.between(-dayMs, dayMs);
    this.#clock.isSynced = this.#chance.happens(0.8);
    this.#hasJumped = true;
  }

  changeDisk(): void {
    const { store } = this.#generation;
    store.refuses = !store.refuses;
    this.#writtenBy = store.refuses ? Infinity : this.#clock.monotonic() + limits.storeRetryMs;
  }

  async restart(): Promise<void> {
    if (this.#generation.store.refuses) this.#forgetCommands();
    await this.#generation.stop();
    await this.#live();
  }

  async kill(): Promise<void> {
    if (this.#clock.monotonic() < this.#writtenBy) this.#forgetCommands();
    // Nothing was promised yet about commands that nobody has answered.
    for (const asked of this.#invariants.asked.values()) {
      if (asked.results.length === 0) asked.mayBeLost = true;
    }
    await this.#generation.kill();
    await this.#live();
  }

  async #begin(): Promise<void> {
    await this.#live();
    for (const inhabitant of this.#inhabitants) this.#turnOn(inhabitant);
    await this.#clock.advance(reportMs);
    this.#invariants.holds();
  }

  async #step(): Promise<void> {
    await this.#chance.weighted(steps)(this);
    await this.#settle();
    this.#invariants.holds();
  }

  /** Everything works again: then all must be well in time. */
  async #heal(): Promise<void> {
    this.#generation.store.refuses = false;
    this.#clock.isSynced = true;
    for (const inhabitant of this.#inhabitants) {
      inhabitant.line.noise = quiet;
      if (!inhabitant.device) this.#turnOn(inhabitant);
    }
    this.adapterLine.noise = quiet;
    await this.#clock.advance(limits.retryCeilingMs + commandTimeoutMs + 3 * reportMs);
    this.#invariants.everyoneIsAnswered();
    this.#allAreOnline();
    await this.#subscriberSeesTheSame();
  }

  #allAreOnline(): void {
    const problems: string[] = [];
    const { retained } = this.#invariants;
    const adapter = retained.get("koine/1/bridge/adapter/wifi") ?? "";
    if (!adapter.includes('"state":"online"')) problems.push(`The adapter is ${adapter}`);
    for (const { id, isOn } of this.#inhabitants) {
      const availability = retained.get(`koine/1/${id}/availability`);
      if (availability !== "online") problems.push(`${id} is ${availability}`);
      const state = JSON.parse(retained.get(`koine/1/${id}/state`) ?? "{}") as State;
      if (isOn !== undefined && state["onoff"] !== isOn) {
        problems.push(`${id} is ${isOn ? "on" : "off"} and told as ${JSON.stringify(state)}`);
      }
    }
    for (const [name, count] of this.#generation.counters.entries()) {
      if (name.startsWith("dropped")) problems.push(`${count} ${name}`);
    }
    if (problems.length > 0) {
      const known = [...retained].filter(([topic]) => topic.endsWith("/availability"));
      throw new Error(`${problems.join("\n")}\nKnown: ${JSON.stringify(known)}`);
    }
  }

  /** A client that comes late gets exactly what was published last. */
  async #subscriberSeesTheSame(): Promise<void> {
    const [address] = this.#generation.bus.addresses;
    if (!address) throw new Error("Nobody listens");
    const url = addressText(address).replace("tcp:", "mqtt:");
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
    const { retained } = this.#invariants;
    const seen = new Map<string, string>();
    client.on("message", (topic, payload) => seen.set(topic, payload.toString()));
    await client.subscribeAsync("koine/1/#");
    // The clock of the world stands still, that of the socket does not.
    for (let look = 0; look < 100 && seen.size < retained.size; look++) await delay(5);
    await client.endAsync();
    const topics = new Set([...seen.keys(), ...retained.keys()]);
    const differing = [...topics].filter((topic) => seen.get(topic) !== retained.get(topic));
    if (differing.length === 0) return;
    const differences = differing.map((topic) => [topic, seen.get(topic), retained.get(topic)]);
    throw new Error(`Seen by a new subscriber, and published last: ${JSON.stringify(differences)}`);
  }

  /** Starts the daemon, and lets the devices find it. */
  async #live(): Promise<void> {
    const { adapterLine: line } = this;
    const directory = this.#directory;
    const generation = await Generation.open({
      directory,
      clock: this.#clock,
      chance: this.#chance.fork(),
      line,
    });
    this.#generation = generation;
    if (this.#hasJumped) this.#repeatable.clear();
    this.#hasJumped = false;
    this.#writtenBy = 0;
    this.#invariants.reborn();
    generation.bus.subscribe(factKinds, (message) => {
      this.#activity += 1;
      if (!generation.isDead) this.#invariants.take(message);
    });
    generation.core.start();
    await this.#settle();
  }

  /** Lets everything happen that needs no time. */
  async #settle(): Promise<void> {
    let before = this.#activity;
    for (let calm = 0; calm < 2; calm++) {
      await turns();
      if (this.#activity !== before || this.#generation.store.waiting > 0) calm = -1;
      before = this.#activity;
    }
  }

  async #end(): Promise<void> {
    for (const inhabitant of this.#inhabitants) await this.#turnOff(inhabitant);
    this.adapterLine.cut();
    await this.#generation.kill();
  }

  #publish(device: string, text: string): void {
    this.#generation.bus.publish({ kind: "set", device, body: { text, retained: false } });
  }

  /** The disk had refused to remember them when the daemon ended. */
  #forgetCommands(): void {
    this.#invariants.asked.clear();
    this.#repeatable.clear();
  }

  #turnOn(inhabitant: Inhabitant): void {
    const { line } = inhabitant;
    const device = inhabitant.make({
      url: "",
      clock: this.#clock,
      random: this.#chance.fork().next,
      connect: (options) =>
        new MqttClient(() => line.open(this.#generation.connect()), {
          ...options,
          keepalive: 0,
        }),
    });
    inhabitant.device = device;
    device.start();
  }

  async #turnOff(inhabitant: Inhabitant): Promise<void> {
    const { device, line } = inhabitant;
    inhabitant.device = undefined;
    line.cut();
    await device?.stop();
  }

  #line(heard?: (packet: Packet) => void): FaultyLine {
    return new FaultyLine({
      clock: this.#clock,
      chance: this.#chance.fork(),
      seen: (packet, from) => {
        this.#activity += 1;
        if (from === "near") heard?.(packet);
      },
    });
  }

  #people(): readonly Inhabitant[] {
    return inhabitants.map(([id, make]) => {
      const inhabitant: Inhabitant = {
        id,
        make,
        line: this.#line((packet) => {
          const isOn = relayIn(packet);
          if (isOn !== undefined) inhabitant.isOn = isOn;
        }),
      };
      return inhabitant;
    });
  }
}
