import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TestClient } from "../support/broker.ts";
import { Chance } from "../support/chance.ts";
import { Koine, type Running } from "../support/daemon.ts";
import { FuzzInput } from "./fuzz-input.ts";

const env = process.env;
const seconds = Number(env["KOINE_FUZZ_SECONDS"] ?? 60);
const seeds = env["KOINE_SEED"] === undefined ? [1, 2, 3, 4, 5] : [Number(env["KOINE_SEED"])];

/**
 * How much the heap may grow from the middle of a run to its end: noise of what is in flight. A short
 * run sees few collections, and shows only what grows fast.
 */
const slackBytes = (seconds < 30 ? 12 : 4) * 2 ** 20;

/** Floors of the heap that a run sees at least: one for each third. */
const leastFloors = 3;

/** A quarter of what is there anyway: collections come often, and a leak cannot hide. */
const heapMib = 96;

test.each(seeds)(
  "seed %i: the daemon lives, is right and its heap is flat",
  async (seed) => {
    await using koine = await Koine.open(
      "bus: { listen: [tcp://127.0.0.1:0] }\ngateway: { interval: 1 }\ncommands: { timeout: 0.5 }\n",
    );
    const daemon = koine.startWith([`--max-old-space-size=${heapMib}`], "run");
    const input = new FuzzInput(new Chance(seed));
    const shooter = await koine.client(daemon);
    const subscriber = await koine.client(daemon);
    const heap = watch(subscriber, input);
    await subscriber.subscribe("koine/1/#");
    const socket = connect(join(koine.directory, "koine-data", "koine.sock"));
    // It hangs up on what is no line; what it answers is held by other tests.
    socket.on("error", () => {}).resume();
    const until = performance.now() + seconds * 1_000;
    let shots = 0;
    // A short run on a busy machine may see no collection, and so no floor to compare.
    const isOver = (): boolean => performance.now() >= until && heap.length >= leastFloors;
    while (!isOver()) {
      await salvo(shooter, input, socket);
      shots += 100;
      subscriber.received.length = 0;
    }
    socket.destroy();
    await isWell(koine, daemon);
    const [middle, end] = [
      heap.slice(heap.length / 3, (heap.length * 2) / 3),
      heap.slice(-heap.length / 3),
    ];
    // The figures are for whoever runs it.
    process.stdout.write(
      `seed ${seed}: ${shots} publications in ${seconds} s, ${input.devices.length} devices, ` +
        `heap floor ${mib(median(middle))} MiB in the middle, ${mib(median(end))} MiB at the end\n`,
    );
    expect(median(end)).toBeLessThan(median(middle) + slackBytes);
  },
  seconds * 1_000 + 60_000,
);

/** The floors of the daemon's heap as they come, in bytes; and the devices, for the input. */
function watch({ mqtt }: TestClient, input: FuzzInput): number[] {
  const floors: number[] = [];
  mqtt.on("message", (topic, payload) => {
    if (topic === "koine/1/bridge/devices") {
      const devices = JSON.parse(payload.toString()) as { id: string }[];
      input.devices = devices.map(({ id }) => id);
    }
    // The input may ask for its removal.
    if (payload.length === 0) return;
    if (!/^koine\/1\/gateway-[^/]+\/state$/.test(topic)) return;
    const state = JSON.parse(payload.toString()) as { heap_used: number; _q?: object };
    // Until the first full collection it is no floor.
    if (state._q === undefined || !("heap_used" in state._q)) floors.push(state.heap_used);
  });
  return floors;
}

/** A hundred publications, the last one acknowledged: no more than the daemon takes. */
async function salvo(shooter: TestClient, input: FuzzInput, socket: Socket): Promise<void> {
  for (let n = 0; n < 99; n++) {
    const { topic, payload, qos, retain } = input.next();
    shooter.mqtt.publish(topic, payload, { qos, retain });
  }
  if (socket.writable) socket.write(`${input.line()}\n`);
  await shooter.publish("fuzz/end", "");
}

async function isWell(koine: Koine, daemon: Running): Promise<void> {
  expect(daemon.child.exitCode).toBeNull();
  const info = await koine.run("request", "info");
  expect(info.code).toBe(0);
  expect(info.out).toContain('{"name":"wifi","state":"online"}');
  const errors = daemon.log().filter(({ level }) => Number(level) >= 50);
  expect(errors).toEqual([]);
  daemon.signal("SIGTERM");
  expect(await daemon.exit()).toBe(0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
