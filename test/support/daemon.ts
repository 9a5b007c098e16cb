import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, connectAsync, type MqttClient } from "mqtt";
import { TestClient, type Received } from "./broker.ts";
import { PayloadCheck } from "./payload-check.ts";

const builtMain = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));

/** The built `koine` as a process of its own, in a directory of its own. */
export class Koine {
  readonly directory: string;
  readonly #main: string;
  readonly #children: Running[] = [];
  readonly #clients: TestClient[] = [];

  private constructor(directory: string, main: string) {
    this.directory = directory;
    this.#main = main;
  }

  /** @param main the program, where it is not the one that was built here */
  static async open(config?: string, main = builtMain): Promise<Koine> {
    if (!existsSync(main)) throw new Error(`"${main}" is not built: npm run build`);
    const koine = new Koine(await mkdtemp(join(tmpdir(), "koine-system-")), main);
    if (config !== undefined) await koine.write("koine.yaml", config);
    return koine;
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.directory, name), text);
  }

  /** More of the environment of what is started. */
  env: Readonly<Record<string, string>> = {};
  /** The Node.js that runs it. */
  node = process.execPath;

  start(...args: readonly string[]): Running {
    return this.startWith([], ...args);
  }

  /** As `start`, with options for Node itself. */
  startWith(node: readonly string[], ...args: readonly string[]): Running {
    // A file size limit, with which tests fill the disk, must be an error and not a signal.
    const script = 'trap "" XFSZ; exec "$@"';
    const command = [this.node, ...node, this.#main, ...args];
    const child = spawn("/bin/sh", ["-c", script, "sh", ...command], {
      cwd: this.directory,
      // Whatever is installed on this machine is none of its business.
      env: {
        PATH: process.env["PATH"],
        NO_COLOR: "1",
        KOINE_ETC: join(this.directory, "etc"),
        ...this.env,
      },
    });
    const running = new Running(child);
    this.#children.push(running);
    return running;
  }

  /** Bytes in the newest log of the data directory. */
  async logSize(): Promise<number> {
    const data = join(this.directory, "koine-data");
    const logs = (await readdir(data)).filter((name) => name.endsWith(".log")).toSorted();
    return (await stat(join(data, logs.at(-1) ?? ""))).size;
  }

  /** Runs a command to its end. */
  async run(
    ...args: readonly string[]
  ): Promise<{ code: number | null; out: string; err: string }> {
    const running = this.start(...args);
    const code = await running.exit();
    return { code, out: running.out, err: running.err };
  }

  /**
   * A client of the daemon, subscribed to everything of the schema, once WiFi devices are listened to:
   * what they say before is nobody's.
   */
  async subscriber(running: Running): Promise<TestClient> {
    const client = await this.client(running);
    await client.subscribe("koine/1/#");
    await client.until(() => isListening(client.received), "the adapters to listen");
    return client;
  }

  async client(running: Running): Promise<TestClient> {
    const url = await running.url();
    const mqtt = connect(url, { protocolVersion: 4, reconnectPeriod: 0 });
    const client = new TestClient(mqtt);
    this.#clients.push(client);
    await new Promise<void>((resolve, reject) => {
      mqtt.once("connect", () => resolve());
      mqtt.once("error", reject);
    });
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map(({ mqtt }) => mqtt.endAsync(true)));
    for (const running of this.#children) {
      const { child } = running;
      await running.leave();
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** All adapters are told of at once, and the gateway itself is the first that is online. */
function isListening(received: readonly Received[]): boolean {
  const stateOf = (adapter: string): string =>
    received.findLast(({ topic }) => topic === `koine/1/bridge/adapter/${adapter}`)?.payload ?? "";
  return stateOf("gateway").includes("online") && !stateOf("wifi").includes("opening");
}

/** A client that holds everything against the published schema. */
async function observe(url: string): Promise<MqttClient> {
  const mqtt = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
  const check = new PayloadCheck();
  mqtt.on("message", (topic, payload, { retain }) => check.take(topic, payload.toString(), retain));
  await mqtt.subscribeAsync("koine/1/#");
  return mqtt;
}

/** One started process. */
export class Running {
  out = "";
  err = "";
  readonly child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #changed: () => void = () => {};
  #observer: Promise<MqttClient> | undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on("data", (data: Buffer) => this.#add("out", data));
    child.stderr?.on("data", (data: Buffer) => this.#add("err", data));
    this.#exited = new Promise((resolve) => {
      child.once("close", (code) => {
        resolve(code);
        this.#changed();
      });
    });
  }

  exit(): Promise<number | null> {
    return this.#exited;
  }

  /** Resolves when stdout matches; rejects when the process ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.out);
      if (found) return found;
      if (this.child.exitCode !== null)
        throw new Error(`Ended without saying ${pattern}: ${this.err}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** The address it says it listens on. From then on all it publishes is watched. */
  async url(): Promise<string> {
    const [, host] = await this.says(/MQTT +tcp:\/\/(\S+)/);
    const url = `mqtt://${host}`;
    this.#observer ??= observe(url);
    await this.#observer;
    return url;
  }

  /** Ends what watches it. */
  async leave(): Promise<void> {
    await (await this.#observer)?.endAsync(true);
  }

  /** Log lines, all of which have to be JSON. */
  log(): readonly Record<string, unknown>[] {
    const lines = this.err.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** From now on the disk takes files up to so many bytes. */
  limitFiles(bytes: number | "unlimited"): void {
    execFileSync("prlimit", ["--pid", String(this.child.pid), `--fsize=${bytes}:unlimited`]);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  #add(stream: "out" | "err", data: Buffer): void {
    this[stream] += data.toString();
    this.#changed();
  }
}
