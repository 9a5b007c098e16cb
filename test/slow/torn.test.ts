import { cp, lstat, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Chance } from "../support/chance.ts";
import { Koine, type Running } from "../support/daemon.ts";
import { RawClient } from "../support/raw-client.ts";

const env = process.env;
const seed = Number(env["KOINE_SEED"] ?? 1);
const cuts = Number(env["KOINE_CUTS"] ?? 50);

/** What is written stays below the 4 MiB after which LevelDB begins another log. */
const messages = 1_200;
const topics = 20;
const burstMax = 20;

/** The longest one start, its checks and its stop may take, in ms. */
const cutMs = 15_000;
/** How long something that is there may take to come, in ms. */
const patienceMs = 5_000;
/** Round trips that let the daemon say what it has to say. */
const roundTrips = 50;

const config = "bus: { listen: ['tcp://127.0.0.1:0'] }\n";
const filter = "keep/#";
const absent = { clientId: "absent", clean: false };

/** What one start of the daemon knew. */
interface Known {
  /** The number that each retained topic holds. */
  readonly kept: ReadonlyMap<string, number>;
  /** The numbers in the queue of the session; undefined when there is no such session. */
  readonly queued: readonly number[] | undefined;
}

test(
  `seed ${seed}: a daemon starts with every cut of its log, with all that came before the cut`,
  async () => {
    await using koine = await Koine.open(config);
    const chance = new Chance(seed);
    const bursts = await fill(koine, chance);
    const log = await newestLog(join(koine.directory, "koine-data"));
    const { size } = await stat(join(koine.directory, log));
    const whole = await startWith(koine, log, size);
    expect(faults(whole, stateAt(messages - 1))).toEqual([]);
    const reached: number[] = [];
    for (let cut = 0; cut < cuts; cut++) {
      const length = cut === 0 ? 0 : chance.between(0, size);
      const known = await startWith(koine, log, length);
      const found = faults(known, sureWith(known, bursts));
      expect({ length, found }).toEqual({ length, found: [] });
      reached.push(Math.max(-1, ...known.kept.values()) + 1);
    }
    // The figures are for whoever runs it.
    process.stdout.write(
      `seed ${seed}: ${cuts} cuts of "${log}" (${size} bytes), messages left of ${messages}: ` +
        `${reached.toSorted((a, b) => a - b).join(" ")}\n`,
    );
  },
  (cuts + 3) * cutMs,
);

/** A device, a session that is away, and acknowledged messages for both it and the retained state. */
async function fill(koine: Koine, chance: Chance): Promise<number[]> {
  const daemon = koine.start("run");
  const port = await portOf(daemon);
  const session = await RawClient.open(port);
  await session.connect(absent);
  await session.subscribe(filter, 1);
  await session.leave();
  const client = await koine.client(daemon);
  const plug = { dn: "Plug", t: "plug", ft: "%prefix%/%topic%/", tp: ["cmnd", "stat", "tele"] };
  await client.publish("tasmota/discovery/024B4F0000AA/config", JSON.stringify(plug));
  await client.publish("tele/plug/STATE", '{"POWER":"OFF"}');
  const bursts: number[] = [];
  for (let n = 0; n < messages;) {
    const end = Math.min(n + chance.between(1, burstMax), messages);
    const numbers = Array.from({ length: end - n }, (_, index) => n + index);
    const filler = ".".repeat(chance.between(0, 500));
    await Promise.all(
      numbers.map((k) => client.publish(topicOf(k), `${k} ${filler}`, { retain: true })),
    );
    bursts.push(...numbers.map(() => n));
    n = end;
  }
  daemon.signal("SIGKILL");
  await daemon.exit();
  return bursts;
}

function topicOf(n: number): string {
  return `keep/${n % topics}`;
}

function numberIn(payload: string | Buffer): number {
  return Number.parseInt(payload.toString(), 10);
}

/** What is known when every message up to a number is. */
function stateAt(last: number): Known {
  const queued = Array.from({ length: last + 1 }, (_, n) => n);
  return { kept: new Map(queued.map((n) => [topicOf(n), n])), queued };
}

/**
 * What has to be there when these are. Messages of one burst may be there one without the other:
 * `bursts` has for each number the first one of its burst.
 */
function sureWith({ kept, queued = [] }: Known, bursts: readonly number[]): Known {
  const newest = Math.max(-1, ...kept.values(), ...queued);
  return stateAt((bursts[newest] ?? 0) - 1);
}

function faults({ kept, queued = [] }: Known, sure: Known): string[] {
  const wrong = [...kept].filter(([topic, n]) => topicOf(n) !== topic || n >= messages);
  const old = [...sure.kept].filter(([topic, n]) => (kept.get(topic) ?? -1) < n);
  const lost = (sure.queued ?? []).filter((n) => !queued.includes(n));
  const disordered = queued.filter((n, index) => n <= (queued[index - 1] ?? -1));
  return [
    ...wrong.map(([topic, n]) => `${topic} holds ${n}, which was not sent there`),
    ...old.map(([topic, n]) => `${topic} holds ${kept.get(topic) ?? "nothing"} and not ${n}`),
    ...some(lost, "not queued"),
    ...some(disordered, "queued out of order"),
  ];
}

function some(numbers: readonly number[], what: string): string[] {
  if (numbers.length === 0) return [];
  return [`${numbers.length} ${what}: ${numbers.slice(0, 10).join(" ")}`];
}

/** Starts the daemon on a copy of the data with so much of a log, sees what it knows, and stops it. */
async function startWith(koine: Koine, log: string, length: number): Promise<Known> {
  const data = join(koine.directory, "koine-data");
  const copy = join(koine.directory, "copy");
  await rm(copy, { recursive: true, force: true });
  const filterSockets = async (path: string): Promise<boolean> => !(await lstat(path)).isSocket();
  await cp(data, copy, { recursive: true, filter: filterSockets });
  await truncate(join(copy, log.slice("koine-data/".length)), length);
  await koine.write("copy.yaml", `data: ${copy}\n${config}`);
  const daemon = koine.start("run", "--config", "copy.yaml");
  const known = await look(await portOf(daemon));
  const info = await koine.run("request", "info", "--data", copy);
  expect(info.code).toBe(0);
  expect(info.out).toContain('"wifi"');
  daemon.signal("SIGTERM");
  expect(await daemon.exit()).toBe(0);
  return known;
}

async function portOf(daemon: Running): Promise<number> {
  const [, port] = await daemon.says(/MQTT +tcp:\/\/127\.0\.0\.1:(\d+)/);
  return Number(port);
}

/** The newest `*.log` of a directory and those in it, relative to its parent. */
async function newestLog(directory: string): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).filter((name) =>
    name.endsWith(".log"),
  );
  const logs = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const newest = logs.toSorted((a, b) => b.at - a.at)[0];
  if (!newest) throw new Error("There is no log");
  return join("koine-data", newest.name);
}

async function look(port: number): Promise<Known> {
  const queued = await lookAtQueue(port);
  const kept = await lookAtKept(port, queued?.at(-1) ?? -1);
  return { kept, queued };
}

/** Fetches what is queued, the last of it being a message that comes when all others have. */
async function lookAtQueue(port: number): Promise<number[] | undefined> {
  const publisher = await RawClient.open(port);
  await publisher.connect();
  const flags = { qos: 1, retain: false, dup: false } as const;
  const end = { cmd: "publish", topic: "keep/end", payload: "end", messageId: 1 } as const;
  publisher.send({ ...end, ...flags });
  await publisher.next("puback");
  await publisher.leave();
  const session = await RawClient.open(port);
  const numbers: number[] = [];
  const complete = session.messages(patienceMs, ({ topic, payload }) => {
    if (topic !== end.topic) numbers.push(numberIn(payload));
    return topic === end.topic;
  });
  const isKnown = await session.connect(absent);
  if (isKnown) await complete;
  await session.leave();
  return isKnown ? numbers : undefined;
}

/** What is retained: at least what belongs to the end of the queue, and what else comes. */
async function lookAtKept(port: number, last: number): Promise<Map<string, number>> {
  const kept = new Map<string, number>();
  const client = await RawClient.open(port);
  await client.connect();
  const wanted = stateAt(last).kept.size;
  const complete = client.messages(patienceMs, ({ topic, payload }) => {
    kept.set(topic, numberIn(payload));
    return kept.size >= wanted;
  });
  await client.subscribe(filter, 1);
  if (wanted > 0) await complete;
  for (let trip = 0; trip < roundTrips; trip++) {
    const answered = client.next("pingresp");
    client.send({ cmd: "pingreq" });
    await answered;
  }
  await client.leave();
  return kept;
}
