import { setTimeout as sleep } from "node:timers/promises";
import { connect, type MqttClient } from "mqtt";
import { Line } from "../../adapters/simulation/line.ts";
import { BadCable } from "../../adapters/sms/simulator/bad-cable.ts";
import type { Make } from "../../adapters/sms/simulator/manners.ts";
import { Modem } from "../../adapters/sms/simulator/modem.ts";
import { Network } from "../../adapters/sms/simulator/network.ts";
import { firstFreePort } from "../../src/bus/embedded/listener.ts";
import { systemClock } from "../../src/clock.ts";
import type { Chance } from "./chance.ts";
import { Koine, type Running } from "./daemon.ts";

interface Said {
  readonly topic: string;
  readonly payload: string;
}

/** The ports of this process: a gateway that was killed must find its own free again. */
function ownPorts(): number {
  return 20_000 + (process.pid % 1_000) * 10;
}

/** What comes in and goes out is counted: nothing goes out by itself. */
const quiet = ["dialogue: { enabled: false }", "alerts: { enabled: false }"];

/** Since when time runs faster, for every run of a gateway and for the network. */
const since = Date.now();

interface TrialOptions {
  /** Share of bytes that the cable changes. */
  readonly noise?: number;
  /** Of `koine run`. */
  readonly args?: readonly string[];
  /** Where the modem is, when it is not at its line. */
  readonly port?: string;
  /** More lines of the adapter's configuration. */
  readonly more?: readonly string[];
  /** More lines of the whole one; by default nobody is answered. */
  readonly config?: readonly string[];
}

/** The built daemon at a simulated modem, and a client that loses nothing while the daemon is away. */
export class Trial implements AsyncDisposable {
  static readonly amina = "+254712345678";
  /** How much faster than life the gateway's clock runs where it has to wait. */
  static readonly scale = 10;
  readonly network: Network;
  readonly modem: Modem;
  readonly line: Line;
  readonly said: Said[] = [];
  koine!: Koine;
  daemon!: Running;
  client!: MqttClient;
  readonly #args: readonly string[];

  private constructor(make: Make, noise: number, chance: Chance, args: readonly string[]) {
    const clock = systemClock();
    // The network has the time of the gateway.
    this.network = new Network(systemClock(args.length > 0 ? Trial.scale : 1, since));
    this.modem = new Modem({ clock, network: this.network, make });
    const cable = new BadCable(this.modem, { noise, pieceBytes: 7, random: chance.next });
    this.line = new Line(() => cable, { clock });
    this.#args = args;
  }

  static async open(
    make: Make,
    chance: Chance,
    { noise = 0, args = [], port: modemPort, more = [], config = quiet }: TrialOptions = {},
  ): Promise<Trial> {
    const trial = new Trial(make, noise, chance, args);
    await trial.line.open();
    const port = await firstFreePort("127.0.0.1", ownPorts());
    trial.koine = await Koine.open(
      [
        `bus: { listen: [tcp://127.0.0.1:${port}] }`,
        "log: { level: warn }",
        "adapters:",
        "  - use: sms",
        `    modems: [{ port: "${modemPort ?? trial.line.address}" }]`,
        "    people:",
        `      - { name: Amina, number: "${Trial.amina}" }`,
        ...more.map((line) => `    ${line}`),
        ...config,
      ].join("\n"),
    );
    trial.koine.env = { KOINE_TIME_SINCE: String(since) };
    trial.start();
    await trial.daemon.url();
    trial.client = connect(`mqtt://127.0.0.1:${port}`, {
      clientId: "listener",
      clean: false,
      reconnectPeriod: 50,
    });
    trial.client.on("error", () => {});
    trial.client.on("message", (topic, payload) => {
      trial.said.push({ topic, payload: payload.toString() });
    });
    await trial.client.subscribeAsync(
      ["koine/1/+/event/text", "koine/1/+/result", "koine/1/modem-modem/value/x_sms_state"],
      { qos: 2 },
    );
    return trial;
  }

  start(): void {
    this.daemon = this.koine.start("run", ...this.#args);
  }

  async kill(): Promise<void> {
    this.daemon.child.kill("SIGKILL");
    await this.daemon.exit();
  }

  /** Numbers of characters of the texts that were told. */
  get heard(): number[] {
    return this.said.flatMap(({ topic, payload }) =>
      topic.endsWith("/event/text") ? [(JSON.parse(payload) as { chars: number }).chars] : [],
    );
  }

  /** The last words about commands, by their id. */
  get results(): ReadonlyMap<string, { status: string; stage?: string }> {
    const results = this.said.flatMap(({ topic, payload }) => {
      if (!topic.endsWith("/result")) return [];
      const result = JSON.parse(payload) as { _id: string; status: string; stage?: string };
      return ["accepted", "queued"].includes(result.status) ? [] : [[result._id, result] as const];
    });
    return new Map(results);
  }

  async until(isEnough: () => boolean, seconds: number): Promise<void> {
    const deadline = performance.now() + seconds * 1_000;
    while (!isEnough() && performance.now() < deadline) await sleep(50);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true);
    await this.koine[Symbol.asyncDispose]();
    await this.line.close();
  }
}
