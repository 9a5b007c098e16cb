import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Koine, type Running } from "../../support/daemon.ts";
import { openMosquitto, type Broker } from "../bus/brokers.ts";

/** Where the simulated stick is, and the network it has. */
export interface Stick {
  readonly port: number;
  readonly key: string;
  readonly network: { panId: number; extendedPanId: string; channel: number };
}

/** A gateway that has just been started, with its broker. */
export interface Started extends AsyncDisposable {
  /** Of the gateway, and of a broker beside it. */
  readonly pids: readonly number[];
  readonly url: string;
}

/** A kind of gateway, whose data are those of a network that was joined before. */
export interface Gateway extends AsyncDisposable {
  readonly name: string;
  /** Filter of everything it tells of devices. */
  readonly filter: string;
  /** The temperature of which device a message tells, if it does. */
  temperatureIn(topic: string, payload: string): readonly [ieee: string, value: number] | undefined;
  /** What switches a device. */
  command(ieee: string, isOn: boolean): readonly [topic: string, payload: string];
  start(): Promise<Started>;
}

const files = ["database.db", "coordinator_backup.json"] as const;

export class KoineGateway implements Gateway {
  readonly name = "Koine";
  readonly filter = "koine/1/+/value/temperature";
  readonly #koine: Koine;
  readonly #port: number;

  private constructor(koine: Koine, port: number) {
    this.#koine = koine;
    this.#port = port;
  }

  static async make({ port, key, network }: Stick, mqttPort: number): Promise<KoineGateway> {
    const koine = await Koine.open(
      [
        `bus: { listen: [tcp://127.0.0.1:${mqttPort}] }`,
        "log: { level: warn }",
        "adapters:",
        `  - { use: zigbee, port: "tcp://127.0.0.1:${port}", stick: zstack }`,
      ].join("\n"),
    );
    const folder = join(koine.directory, "koine-data/adapters/zigbee");
    await mkdir(folder, { recursive: true });
    const file = {
      pan_id: network.panId,
      extended_pan_id: network.extendedPanId,
      channel: network.channel,
      key,
    };
    await writeFile(join(folder, "network.json"), JSON.stringify(file));
    return new KoineGateway(koine, mqttPort);
  }

  /** Where the network is kept. */
  get folder(): string {
    return join(this.#koine.directory, "koine-data/adapters/zigbee");
  }

  /** Asks the running gateway something. */
  request(...words: readonly string[]): Promise<unknown> {
    return this.#koine.run("zigbee", ...words);
  }

  temperatureIn(topic: string, payload: string): readonly [string, number] | undefined {
    const ieee = /\/zigbee-([0-9a-f]{16})\//.exec(topic)?.[1];
    return ieee === undefined ? undefined : [ieee, Number(payload)];
  }

  command(ieee: string, isOn: boolean): readonly [string, string] {
    return [`koine/1/zigbee-${ieee}/set`, JSON.stringify({ onoff: isOn })];
  }

  start(): Promise<Started> {
    const running: Running = this.#koine.start("run");
    return Promise.resolve({
      pids: [running.child.pid ?? 0],
      url: `mqtt://127.0.0.1:${this.#port}`,
      async [Symbol.asyncDispose]() {
        await running.leave();
        running.child.kill("SIGTERM");
        await running.exit();
      },
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#koine[Symbol.asyncDispose]();
  }
}

/** Node and npm as they come with it, on the version that the other gateway wants. */
function node24(): string {
  const { stdout } = spawnSync("npx", ["-y", "-p", "node@24", "which", "node"], {
    encoding: "utf8",
  });
  return stdout.trim().replace(/\/node$/, "");
}

const zigbee2mqttVersion = "2.14.1";

export class Zigbee2mqttGateway implements Gateway {
  readonly name = `zigbee2mqtt ${zigbee2mqttVersion}, Node 24, mosquitto`;
  readonly filter = "zigbee2mqtt/+";
  readonly #folder: string;
  readonly #bin: string;
  readonly #broker: Broker;

  private constructor(folder: string, bin: string, broker: Broker) {
    this.#folder = folder;
    this.#bin = bin;
    this.#broker = broker;
  }

  /** Installs it into a folder of its own, with the devices that have joined Koine. */
  static async make(
    { port, key, network }: Stick,
    source: string,
    installed: string | undefined,
  ): Promise<Zigbee2mqttGateway> {
    const folder = await mkdtemp(join(tmpdir(), "koine-bench-z2m-"));
    const bin = node24();
    const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
    await writeFile(join(folder, "package.json"), "{}");
    if (installed === undefined) {
      const what = `zigbee2mqtt@${zigbee2mqttVersion}`;
      spawnSync("npm", ["install", "--no-audit", "--no-fund", what], { cwd: folder, env });
    } else {
      await cp(installed, join(folder, "node_modules"), { recursive: true });
    }
    const broker = await openMosquitto("quick");
    const bytes = (hex: string): string => `[${[...Buffer.from(hex, "hex")].join(", ")}]`;
    const data = join(folder, "data");
    await mkdir(data);
    for (const name of files) await writeFile(join(data, name), await readFile(join(source, name)));
    await writeFile(
      join(data, "configuration.yaml"),
      [
        "version: 5",
        "homeassistant: {enabled: false}",
        "frontend: {enabled: false}",
        `mqtt: {base_topic: zigbee2mqtt, server: "mqtt://127.0.0.1:${broker.port}"}`,
        `serial: {port: "tcp://127.0.0.1:${port}", adapter: zstack}`,
        "advanced:",
        "  log_level: error",
        "  log_output: [console]",
        `  network_key: ${bytes(key)}`,
        `  pan_id: ${network.panId}`,
        `  ext_pan_id: ${bytes(network.extendedPanId)}`,
        `  channel: ${network.channel}`,
      ].join("\n"),
    );
    return new Zigbee2mqttGateway(folder, bin, broker);
  }

  temperatureIn(topic: string, payload: string): readonly [string, number] | undefined {
    const ieee = /^zigbee2mqtt\/0x([0-9a-f]{16})$/.exec(topic)?.[1];
    if (ieee === undefined) return undefined;
    return [ieee, Number((JSON.parse(payload) as { temperature?: number }).temperature)];
  }

  command(ieee: string, isOn: boolean): readonly [string, string] {
    return [`zigbee2mqtt/0x${ieee}/set`, JSON.stringify({ state: isOn ? "ON" : "OFF" })];
  }

  start(): Promise<Started> {
    const child: ChildProcess = spawn(
      join(this.#bin, "node"),
      [join(this.#folder, "node_modules/zigbee2mqtt/index.js")],
      {
        cwd: this.#folder,
        env: { ...process.env, ZIGBEE2MQTT_DATA: join(this.#folder, "data") },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const ended = once(child, "exit");
    return Promise.resolve({
      pids: [child.pid ?? 0, this.#broker.pid],
      url: `mqtt://127.0.0.1:${this.#broker.port}`,
      async [Symbol.asyncDispose]() {
        child.kill("SIGTERM");
        await ended;
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
