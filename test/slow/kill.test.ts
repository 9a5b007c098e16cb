import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Chance } from "../support/chance.ts";
import { Koine, type Running } from "../support/daemon.ts";
import { RawClient } from "../support/raw-client.ts";
import { Ledger } from "./kill-ledger.ts";
import { Publisher } from "./kill-publisher.ts";
import { Session } from "./kill-session.ts";

const env = process.env;
const seed = Number(env["KOINE_SEED"] ?? 1);
const kills = Number(env["KOINE_KILLS"] ?? 20);
const messages = Number(env["KOINE_KILL_MESSAGES"] ?? 100_000);

/** The longest a life of the daemon may take, with its start and a drain, in ms. */
const lifeMs = 30_000;
/** The longest a thousand messages may take, in ms. */
const thousandMs = 3_000;
/** How long nothing has to come until nothing more is believed to come, in ms. */
const quietMs = 5_000;

const config = "bus: { listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] }\n";

/** What is shown of numbers that should not be: how many, and the first. */
function some(numbers: readonly (number | string)[]): string {
  return numbers.length === 0 ? "none" : `${numbers.length}: ${numbers.slice(0, 10).join(" ")}`;
}

test(
  `seed ${seed}: nothing acknowledged is lost at kill -9`,
  async () => {
    await using trial = await Trial.open();
    const startedAt = performance.now();
    for (const moment of trial.moments()) await trial.live(moment);
    const seconds = (performance.now() - startedAt) / 1_000;
    const kept = await trial.end();
    // The figures are for whoever runs it.
    process.stdout.write(`seed ${seed}: ${trial.figures(seconds)}\n`);
    expect({ ...trial.verdict(), keptWrong: some(trial.keptWrong(kept)) }).toEqual({
      forgottenSessions: 0,
      lost: "none",
      early: "none",
      disordered: "none",
      mixed: "none",
      doubled: "none",
      confused: "none",
      keptWrong: "none",
    });
  },
  (kills + 3) * lifeMs + (messages / 1_000) * thousandMs,
);

/** One data directory, and the lives of the daemons on it. */
class Trial implements AsyncDisposable {
  readonly #koine: Koine;
  readonly #chance = new Chance(seed);
  readonly #ledger = new Ledger();
  readonly #publisher = new Publisher(this.#ledger, this.#chance.fork());
  readonly #sessions = [new Session(1), new Session(2)];
  #daemon: Running;
  #port = 0;
  #lives = 0;
  #killed = 0;

  private constructor(koine: Koine) {
    this.#koine = koine;
    this.#daemon = koine.start("run");
    this.#ledger.onAcknowledged = (n, { topic }) => {
      if (!topic.startsWith("load/")) return;
      for (const session of this.#sessions) session.owe(n);
    };
  }

  static async open(): Promise<Trial> {
    const trial = new Trial(await Koine.open(config));
    await trial.#isUp();
    for (const session of trial.#sessions) await session.open(trial.#port, "load/#");
    return trial;
  }

  /** At how many acknowledgements lives end, in order; the last one is the end of all. */
  moments(): number[] {
    const inside = Array.from({ length: kills - 1 }, () => this.#chance.between(1, messages));
    return [...inside.toSorted((a, b) => a - b), messages];
  }

  /** Publishes and drains until so many are acknowledged, and then a little longer. */
  async live(moment: number): Promise<void> {
    await this.#publisher.connect(this.#port);
    const drains = this.#sessions.map((session) => this.#drainAtTimes(session, moment));
    await this.#publisher.reached(moment);
    if (kills === 0) {
      await this.#publisher.stop();
    } else {
      // A moment that is not that of an acknowledgement: those come in groups.
      await wait(this.#chance.between(0, 20));
      await this.#restart("SIGKILL");
    }
    await Promise.all(drains);
    this.#lives += 1;
    // With all that waits in the store, and nobody there to take it.
    if (this.#lives === Math.ceil(kills / 3)) await this.#restart("SIGTERM");
    if (this.#lives === Math.ceil((kills * 2) / 3)) await this.#restart("SIGKILL");
  }

  /** Takes what is left; the value of each kept topic, for a fresh subscriber. */
  async end(): Promise<Map<string, number>> {
    await Promise.all(this.#sessions.map((session) => session.drainFully(this.#port)));
    const kept = await this.#kept();
    await this.#stop("SIGTERM");
    return kept;
  }

  figures(seconds: number): string {
    const { acknowledged, entries } = this.#ledger;
    const repetitions = this.#sessions.map((session) => session.repetitions.length);
    const doubled = this.#doubled();
    const resent = doubled.filter((n) => this.#ledger.entry(n).sends > 1).length;
    return (
      `${this.#killed} kills, ${entries.length} sent, ${acknowledged} acknowledged, ` +
      `duplicates ${repetitions.join(" and ")} (of QoS 2 end to end ${doubled.length}, ${resent} of them resent), ` +
      `${(acknowledged / seconds).toFixed(0)} msgs/s in ${seconds.toFixed(0)} s with the restarts, ` +
      `above the granted QoS ${this.#sessions.map(({ aboveGranted }) => aboveGranted).join(" and ")}`
    );
  }

  /**
   * What is wrong. Order is held within one QoS [MQTT-4.6.0-6], and over both, which MQTT leaves open
   * and Koine promises (`mixed`).
   */
  verdict(): Record<string, number | string> {
    const ledger = this.#ledger;
    const of = (numbers: (session: Session) => Iterable<number>): string =>
      some(this.#sessions.flatMap((session) => [...numbers(session)]));
    return {
      forgottenSessions: this.#sessions.reduce((sum, { forgotten }) => sum + forgotten, 0),
      lost: of(({ owed }) => owed),
      early: of(({ arrivals }) => ledger.early(arrivals)),
      disordered: of(({ arrivals }) => [1, 2].flatMap((qos) => ledger.disordered(arrivals, qos))),
      mixed: of(({ arrivals }) => ledger.disordered(arrivals)),
      doubled: some(this.#doubled()),
      confused: of(({ confused }) => confused),
    };
  }

  /** Topics whose value is neither the last acknowledged one nor one that was sent later. */
  keptWrong(kept: ReadonlyMap<string, number>): string[] {
    const acknowledged = this.#ledger.last("keep/");
    const topics = new Set([...acknowledged.keys(), ...kept.keys()]);
    return [...topics].filter((topic) => {
      const value = kept.get(topic) ?? -1;
      return value < (acknowledged.get(topic) ?? 0) || this.#ledger.entry(value).topic !== topic;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#koine[Symbol.asyncDispose]();
  }

  /** What was sent with QoS 2 and came more than once to the subscription with QoS 2. */
  #doubled(): number[] {
    const exact = this.#sessions.filter(({ qos }) => qos === 2);
    const repeated = exact.flatMap(({ repetitions }) => repetitions);
    return repeated.filter((n) => this.#ledger.entry(n).qos === 2);
  }

  async #isUp(): Promise<void> {
    const [, port] = await this.#daemon.says(/MQTT +tcp:\/\/127\.0\.0\.1:(\d+)/);
    this.#port = Number(port);
  }

  async #restart(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.#stop(signal);
    this.#daemon = this.#koine.start("run");
    await this.#isUp();
  }

  async #stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#daemon.signal(signal);
    if (signal === "SIGKILL") this.#killed += 1;
    const code = await this.#daemon.exit();
    const isRight = code === (signal === "SIGKILL" ? null : 0);
    if (!isRight) throw new Error(`${signal} ended it with ${code}: ${this.#daemon.err}`);
  }

  /** In some lives, from some moment on, and sometimes not to the end. */
  async #drainAtTimes(session: Session, moment: number): Promise<void> {
    const chance = this.#chance;
    const from = chance.between(this.#ledger.acknowledged, moment);
    const cutAfter = chance.happens(0.4) ? chance.between(1, 3_000) : Infinity;
    if (chance.happens(0.5)) return;
    await this.#ledger.reached(from);
    // The daemon may be killed before it has answered.
    await session.drain(this.#port, cutAfter).catch(() => {});
  }

  /** What a fresh subscriber gets, until it has a value for every topic that is owed one. */
  async #kept(): Promise<Map<string, number>> {
    const kept = new Map<string, number>();
    const wanted = this.#ledger.last("keep/").size;
    const client = await RawClient.open(this.#port);
    await client.connect();
    const complete = client.messages(quietMs, ({ topic, payload }) => {
      kept.set(topic, Number.parseInt(payload.toString(), 10));
      return kept.size >= wanted;
    });
    await client.subscribe("keep/#", 1);
    await complete;
    await client.leave();
    return kept;
  }
}
