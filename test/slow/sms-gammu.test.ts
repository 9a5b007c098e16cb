import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Line } from "../../adapters/simulation/line.ts";
import type { Make } from "../../adapters/sms/simulator/manners.ts";
import { Modem } from "../../adapters/sms/simulator/modem.ts";
import { Network } from "../../adapters/sms/simulator/network.ts";
import { systemClock } from "../../src/clock.ts";

const hasTools = ["/usr/bin/gammu", "/usr/bin/socat"].every((file) => existsSync(file));
const all: readonly Make[] = ["sim800l", "sim7600", "e3372", "ec25"];
const makes = all.filter((make) => (process.env["KOINE_SMS_MAKES"] ?? make).includes(make));

/** A modem at a serial port, for a program that knows nothing of Koine. */
class Bench implements AsyncDisposable {
  readonly network = new Network(systemClock());
  readonly #folder: string;
  readonly #line: Line;
  readonly #bridge: ReturnType<typeof spawn>;

  private constructor(folder: string, line: Line, bridge: ReturnType<typeof spawn>) {
    this.#folder = folder;
    this.#line = line;
    this.#bridge = bridge;
  }

  static async open(make: Make): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), "koine-gammu-"));
    const clock = systemClock();
    const path = join(folder, "modem");
    let modem: Modem | undefined;
    const line = new Line(() => modem ?? bench.#made(make), { clock });
    await line.open();
    const target = `tcp:127.0.0.1:${line.port}`;
    const bridge = spawn("socat", [`pty,link=${path},raw,echo=0`, target]);
    const bench = new Bench(folder, line, bridge);
    modem = bench.#made(make);
    while (!existsSync(path)) await sleep(20);
    const config = ["[gammu]", `device = ${path}`, "connection = at115200", ""].join("\n");
    await writeFile(join(folder, "gammurc"), config);
    return bench;
  }

  #made(make: Make): Modem {
    return new Modem({ clock: systemClock(), network: this.network, make });
  }

  /** Runs gammu; resolves to what it printed. */
  async gammu(...args: readonly string[]): Promise<string> {
    const child = spawn("gammu", ["-c", join(this.#folder, "gammurc"), ...args]);
    let out = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    }
    await once(child, "close");
    return out;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bridge.kill();
    await this.#line.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

describe.skipIf(!hasTools)("gammu, which knows nothing of us", { timeout: 120_000 }, () => {
  test.for(makes)("sends and receives over the simulated %s", async (make) => {
    await using bench = await Bench.open(make);
    expect(await bench.gammu("identify")).toContain("867322001234567");
    bench.network.text("+254712345678", "Habari 😀 from the field. ".repeat(5));
    bench.network.text("+254712345678", "short one {€}");
    const listed = await bench.gammu("getallsms");
    expect(listed).toContain("Habari 😀 from the field.");
    expect(listed).toContain("short one {€}");
    const sent = await bench.gammu(
      "sendsms",
      "TEXT",
      "+254700000009",
      "-text",
      "hello [from] gammu",
    );
    expect(sent).toContain("OK, message reference");
    expect(bench.network.arrived).toEqual([
      { to: "+254700000009", text: "hello [from] gammu", parts: 1 },
    ]);
  });
});
