import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { TestClient } from "./broker.ts";

/** Brokers of others, as Debian packages them under the same names. */
export type BrokerProgram = "mosquitto" | "nats-server";

const versionOption = { mosquitto: "-h", "nats-server": "-v" } as const;

/** Debian puts them where only root looks. */
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };

const attempts = 5;

/** What the program says of its version; nothing when it is not installed. */
export function versionOf(program: BrokerProgram): string | undefined {
  const options = { env, encoding: "utf8" } as const;
  const { error, stdout } = spawnSync(program, [versionOption[program]], options);
  return error ? undefined : (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "unknown");
}

/** A broker of others in a process of its own, in memory or in a directory of its own. */
export class OutsideBroker implements AsyncDisposable {
  readonly #program: BrokerProgram;
  readonly #directory: string;
  readonly port: number;
  readonly #clients: MqttClient[] = [];
  #child: ChildProcess | undefined;

  private constructor(program: BrokerProgram, directory: string, port: number) {
    this.#program = program;
    this.#directory = directory;
    this.port = port;
  }

  /** @param config makes the text of its configuration, when the usual one will not do */
  static async open(program: BrokerProgram, config = configOf): Promise<OutsideBroker> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await OutsideBroker.#tryOpen(program, config);
      } catch (error) {
        // Somebody else was given the port that was free a moment ago.
        const isTaken =
          error instanceof Error && /address (?:already )?in use/i.test(error.message);
        if (!isTaken || attempt === attempts) throw error;
      }
    }
  }

  static async #tryOpen(program: BrokerProgram, config: typeof configOf): Promise<OutsideBroker> {
    const directory = await mkdtemp(join(tmpdir(), "koine-broker-"));
    const broker = new OutsideBroker(program, directory, await freePort());
    const text = await config(program, broker.port, directory);
    await writeFile(join(directory, "broker.conf"), text);
    try {
      await broker.start();
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
    return broker;
  }

  /** Resolves when clients can connect. Rejects, with what the program said, when it ends instead. */
  async start(): Promise<void> {
    const child = spawn(this.#program, ["-c", join(this.#directory, "broker.conf")], { env });
    let said = "";
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    this.#child = child;
    const ended = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("close", () => reject(new Error(`${this.#program} ended: ${said}`)));
    });
    await Promise.race([answers(this.port), ended]);
    // It ends when it is told to, later.
    ended.catch(() => {});
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || !child.kill()) return;
    await once(child, "close");
  }

  async client(options: IClientOptions = {}): Promise<TestClient> {
    const mqtt = connect(`mqtt://127.0.0.1:${this.port}`, {
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    this.#clients.push(mqtt);
    const client = new TestClient(mqtt, false);
    await new Promise<void>((resolve, reject) => {
      mqtt.once("connect", () => resolve());
      mqtt.once("error", reject);
      mqtt.once("close", () => reject(new Error("The broker closed the connection")));
    });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function configOf(program: BrokerProgram, port: number, directory: string): Promise<string> {
  switch (program) {
    case "mosquitto":
      return `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`;
    case "nats-server":
      return `
        server_name: koine
        host: 127.0.0.1
        port: -1
        jetstream { store_dir: ${JSON.stringify(directory)} }
        mqtt { host: 127.0.0.1, port: ${port} }
      `;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Resolves when somebody listens there. */
async function answers(port: number): Promise<void> {
  for (let isThere = false; !isThere;) {
    const socket = connectTcp(port, "127.0.0.1");
    isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!isThere) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
