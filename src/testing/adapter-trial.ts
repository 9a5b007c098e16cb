import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dispatcher } from "../bus/dispatcher.ts";
import { systemClock, type Clock } from "../clock.ts";
import type { Adapter, AdapterKind, Isolation } from "../core/adapter.ts";
import { Core } from "../core/core.ts";
import { spawnChild } from "../core/isolation/child.ts";
import { IsolatedAdapter } from "../core/isolation/isolated-adapter.ts";
import { spawnWorker } from "../core/isolation/worker.ts";
import type { Logger } from "../core/logger.ts";
import { openMqttStream } from "../core/mqtt-stream.ts";
import { Counters } from "../counters.ts";
import { LinkError } from "../errors.ts";
import type { Description } from "../model/description.ts";
import type { AdapterState } from "../model/bridge.ts";
import type { Message, MessageOf } from "../model/message.ts";
import { factKinds, misfit } from "../model/payloads.ts";
import type { State } from "../model/state.ts";
import type { Kind } from "../model/topic.ts";
import { MemoryStore } from "./memory-store.ts";

export interface TrialOptions {
  readonly kind: AdapterKind<unknown>;
  /** As it would stand in the configuration file, without `use` and `name`. */
  readonly config: unknown;
  readonly isolation: Isolation;
}

/** How long something that must come is waited for, in ms. */
const patienceMs = 10_000;

/** One adapter in a gateway of its own, with everything it leads to on record. */
export class AdapterTrial implements AsyncDisposable {
  readonly counters: Counters;
  readonly messages: Message[] = [];
  /** What on the bus is not as the published schema says. */
  readonly misfits: string[] = [];
  /** Lines of the log, level and message. */
  readonly log: string[] = [];
  readonly adapter: Adapter;
  readonly #clock: Clock = systemClock();
  readonly #bus = new Dispatcher();
  readonly #kind: AdapterKind<unknown>;
  /** Of the adapter's own files. */
  readonly #directory: string;
  #core: Core | undefined;
  /** Everybody who waits for the next message. */
  #waiting: (() => void)[] = [];

  private constructor(
    kind: AdapterKind<unknown>,
    adapter: Adapter,
    counters: Counters,
    directory: string,
  ) {
    this.#kind = kind;
    this.#directory = directory;
    this.adapter = adapter;
    this.counters = counters;
    this.#bus.subscribe(factKinds, (message) => {
      this.messages.push(message);
      const problem = misfit(message);
      if (problem !== undefined) this.misfits.push(problem);
      for (const look of this.#waiting.splice(0)) look();
    });
  }

  /**
   * Makes the adapter and runs it.
   * @throws ZodError when the configuration is refused
   */
  static async open({ kind, config, isolation }: TrialOptions): Promise<AdapterTrial> {
    const parsed = kind.configSchema.parse(config);
    const clock = systemClock();
    const directory = await mkdtemp(join(tmpdir(), "koine-trial-"));
    const { module, env } = kind;
    const guest = { name: kind.kind, kind: kind.kind, module, env, config: parsed, directory };
    const counters = new Counters();
    const adapter =
      isolation === "none"
        ? kind.create(parsed)
        : new IsolatedAdapter({
            guest: { ...guest, timeScale: 1, startedAtMs: clock.now(), probeMs: 0 },
            spawn: isolation === "worker" ? spawnWorker : spawnChild,
            counters,
            clock,
          });
    const trial = new AdapterTrial(kind, adapter, counters, directory);
    await trial.start();
    return trial;
  }

  /** Runs the adapter, again when it was stopped. */
  async start(): Promise<void> {
    this.#core = await Core.load({
      bus: this.#bus,
      store: new MemoryStore(),
      clock: this.#clock,
      counters: this.counters,
      log: recorder(this.log),
      random: () => 0,
      openMqtt: async (source, signal) => {
        if (source !== "own") return openMqttStream(source, signal);
        throw new LinkError("There is no broker in a trial; give the adapter the URL of one");
      },
      directoryOf: () => this.#directory,
      values: true,
      refreshMs: 300_000,
      commandTimeoutMs: patienceMs,
    });
    this.#core.host({ name: this.#kind.kind, kind: this.#kind.kind, adapter: this.adapter });
    this.#core.start();
  }

  /** Stops the adapter; resolves when it has. */
  async stop(): Promise<void> {
    await this.#core?.stop();
    this.#core = undefined;
  }

  /** All messages of one kind, in order. */
  of<K extends Kind>(kind: K): MessageOf<K>[] {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the filter leaves
    return this.messages.filter((message) => message.kind === kind) as MessageOf<K>[];
  }

  /** How the adapter stands now. */
  get state(): AdapterState {
    return this.of("bridge_adapter").at(-1)?.body?.state ?? "stopped";
  }

  /** The newest description of each device. */
  get devices(): readonly Description[] {
    const devices = new Map<string, Description>();
    for (const { device, body } of this.of("description")) if (body) devices.set(device, body);
    return [...devices.values()];
  }

  /** The newest state of a device. */
  stateOf(device: string): State | undefined {
    return this.of("state").findLast((message) => message.device === device)?.body;
  }

  /**
   * Resolves when something has come true.
   * @param what names it, for the error
   * @throws LinkError when it does not in time
   */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    const giveUp = new AbortController();
    const late = this.#clock.after(patienceMs, () => {
      giveUp.abort();
      for (const look of this.#waiting.splice(0)) look();
    });
    while (!isTrue()) {
      if (giveUp.signal.aborted) {
        const log = this.log.length > 0 ? `; the log says: ${this.log.join("; ")}` : "";
        throw new LinkError(`Nothing came within ${patienceMs / 1_000} s: ${what}${log}`);
      }
      await new Promise<void>((look) => {
        this.#waiting.push(look);
      });
    }
    late.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function recorder(lines: string[]): Logger {
  const at =
    (level: string): Logger["info"] =>
    ({ err }, message) => {
      const reason = err instanceof Error ? ` (${err.message})` : "";
      lines.push(`${level}: ${message}${reason}`);
    };
  return {
    debug: () => {},
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: () => recorder(lines),
  };
}
