import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";
import { Load } from "./bus/load.ts";

const messages = Number(process.env["KOINE_BENCH_MESSAGES"] ?? 2_000);
const rounds = Number(process.env["KOINE_BENCH_ROUNDS"] ?? 5);
const perSecond = 200;
const guessesPerSecond = 100;
/** From how many addresses the guesses come. */
const addresses = [1, 250] as const;

test.each(addresses)(
  "what wrong passwords from %i addresses cost others",
  async (from) => {
    await using koine = await Koine.open("bus: { listen: [tcp://127.0.0.1:0] }\nadapters: []\n");
    const adding = koine.start("user", "add", "anna", "--role", "admin");
    adding.child.stdin?.end("correct horse\n");
    expect(await adding.exit()).toBe(0);
    const daemon = koine.start("run");
    const [, port] = await daemon.says(/MQTT +tcp:\/\/127\.0\.0\.1:(\d+)/);
    await using load = new Load(Number(port));
    await load.ask("open", { publishers: 1, subscribers: 1, qos: 1 });
    const p99 = async (): Promise<number> => {
      const { latencies } = await load.ask("trickle", { messages, perSecond, qos: 1 });
      return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
    };
    await p99();
    const lines: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const quiet = await p99();
      const attack = new AbortController();
      const guessing = guess(Number(port), from, attack.signal);
      const attacked = await p99();
      attack.abort();
      const ratio = (attacked / quiet).toFixed(2);
      lines.push(
        `  quiet ${quiet.toFixed(2)} ms, attacked ${attacked.toFixed(2)} ms, ratio ${ratio}, ` +
          `${await guessing} guesses`,
      );
    }
    const title = `p99 of 1:1 QoS 1, ${guessesPerSecond} wrong passwords per second from ${from} addresses`;
    process.stdout.write(`${title}\n${lines.join("\n")}\n`);
  },
  600_000,
);

/** Guesses the password of changing users, from changing addresses, until it is told to stop. */
async function guess(port: number, from: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count++) {
    const localAddress = `127.0.0.${2 + (count % from)}`;
    const socket = connectTcp({ port, host: "127.0.0.1", localAddress }).on("error", () => {});
    const username = count % 2 === 0 ? "anna" : `user${count}`;
    const password = Buffer.from(`guess ${count}`);
    socket.write(
      generate({
        cmd: "connect",
        clientId: `g${count}`,
        clean: true,
        keepalive: 0,
        username,
        password,
      }),
    );
    socket.resume();
    await sleep(1_000 / guessesPerSecond);
  }
  return count;
}
