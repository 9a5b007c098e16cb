import type { Duplex } from "node:stream";
import { systemClock, type Clock } from "../../clock.ts";
import { compactHeap } from "../../heap-compaction.ts";
import { limits } from "../../limits.ts";
import type { AdapterEvent } from "../../model/adapter-event.ts";
import type { Scalar } from "../../model/scalar.ts";
import { LimitError } from "../../errors.ts";
import type { AdapterHost, LinkStatus } from "../adapter.ts";
import { EventQueue } from "../event-queue.ts";
import type { Logger } from "../logger.ts";
import { openMqttStream } from "../mqtt-stream.ts";
import { Allowance } from "./allowance.ts";
import { Calls } from "./calls.ts";
import { Tunnels } from "./tunnels.ts";
import type { AnswerMessage, Channel, LogLevel, StreamMessage, ToGuest, ToHost } from "./wire.ts";

export interface GuestHostOptions {
  readonly channel: Channel<ToHost, ToGuest>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly directory: string;
}

/** The host that an adapter sees in a thread or process of its own: the other end is in the daemon. */
export class GuestHost implements AdapterHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly directory: string;
  readonly store: AdapterHost["store"];
  readonly #channel: Channel<ToHost, ToGuest>;
  readonly #calls = new Calls();
  readonly #tunnels: Tunnels;
  readonly #queue: EventQueue;
  readonly #logLines = new Allowance(limits.guestLogLines);
  readonly #statuses = new Allowance(limits.guestStatuses);
  readonly #stalls = new Allowance(limits.guestStalls);
  readonly #counts = new Map<string, number>();
  readonly #coreCounts = new Map<string, number>();
  /** The newest status, while it may not be told. */
  #status: LinkStatus | undefined;
  /** Events sent of which the host has not said that it took them. */
  #untaken = 0;
  #room: (() => void)[] = [];
  #streams = 0;
  /** It was online once: what it loads is loaded. */
  #isStarted = false;

  constructor({ channel, clock, random, directory }: GuestHostOptions) {
    this.#channel = channel;
    this.clock = clock;
    this.random = random;
    this.directory = directory;
    this.log = this.#logger({});
    this.#tunnels = new Tunnels((message) => channel.post(message));
    const add = (name: string, by = 1): void => addTo(this.#coreCounts, name, by);
    this.#queue = new EventQueue((event) => this.#send(event), { add });
    this.store = {
      get: async (key) => asText(await this.#ask({ method: "get", key })),
      entries: async (prefix) => asEntries(await this.#ask({ method: "entries", prefix })),
      write: async (changes) => void (await this.#ask({ method: "write", changes })),
    };
  }

  status(status: LinkStatus): void {
    if (!this.#isStarted && status.state === "online") {
      this.#isStarted = true;
      systemClock().after(limits.compactAfterMs, compactHeap);
    }
    this.#status = undefined;
    if (this.#statuses.take()) this.#channel.post({ type: "status", status });
    else this.#status = status;
  }

  /** Tells what was held back, and allows as much again: to be called with every beat. */
  breathe(): void {
    this.#logLines.renew();
    this.#statuses.renew();
    this.#stalls.renew();
    for (const [name, by] of this.#counts) this.#channel.post({ type: "count", name, by });
    for (const [name, by] of this.#coreCounts) this.#channel.post({ type: "count_core", name, by });
    this.#counts.clear();
    this.#coreCounts.clear();
    if (this.#status) this.status(this.#status);
  }

  emit(event: AdapterEvent): void {
    // What it says is held against the contract at the other end, which believes nothing anyway.
    try {
      this.#queue.push(event);
    } catch (err) {
      addTo(this.#coreCounts, "refused.adapter_events", 1);
      this.log.debug({ err }, "adapter said what cannot be read");
    }
  }

  async settled(): Promise<void> {
    await this.#queue.taken();
    await this.#ask({ method: "settled" });
  }

  mayStall(ms: number): void {
    if (ms >= 0 && this.#stalls.take()) this.#channel.post({ type: "stall", ms });
  }

  count(name: string, by = 1): void {
    if (Number.isFinite(by)) addTo(this.#counts, name, by);
  }

  async openMqtt(source: "own" | URL, signal: AbortSignal): Promise<Duplex> {
    if (source !== "own") return openMqttStream(source, signal);
    signal.throwIfAborted();
    this.#streams += 1;
    const stream = this.#tunnels.open(this.#streams);
    try {
      await this.#ask({ method: "openMqtt", stream: this.#streams });
      signal.throwIfAborted();
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** Resolves when everything emitted was sent. */
  flushed(): Promise<void> {
    return this.#queue.taken();
  }

  /** Takes what the other end has to say to it. */
  receive(message: AnswerMessage | StreamMessage | Extract<ToGuest, { type: "taken" }>): void {
    switch (message.type) {
      case "answer":
        this.#calls.answered(message);
        break;
      case "taken":
        this.#untaken -= message.events;
        for (const go of this.#room.splice(0)) go();
        break;
      case "chunk":
      case "more":
      case "end":
      case "close":
        this.#tunnels.receive(message);
        break;
    }
  }

  closeStreams(): void {
    this.#tunnels.closeAll();
  }

  /** A logger whose lines are written by the daemon. */
  #logger(bound: Readonly<Record<string, unknown>>): Logger {
    const at =
      (level: LogLevel): Logger["info"] =>
      (fields, message) => {
        if (!this.#logLines.take()) return addTo(this.#coreCounts, "dropped.adapter_logs", 1);
        const all = plain({ ...bound, ...fields });
        this.#channel.post({ type: "log", level, fields: all, message });
      };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      fatal: at("fatal"),
      child: (fields) => this.#logger({ ...bound, ...fields }),
    };
  }

  async #send(event: AdapterEvent): Promise<void> {
    while (this.#untaken >= limits.guestEvents) {
      await new Promise<void>((go) => {
        this.#room.push(go);
      });
    }
    this.#untaken += 1;
    try {
      this.#channel.post({ type: "event", event });
    } catch (err) {
      this.#untaken -= 1;
      this.count("events_not_plain");
      this.log.error({ err, type: event.type }, "event is no plain data");
    }
  }

  async #ask(ask: Extract<ToHost, { type: "call" }>["ask"]): Promise<unknown> {
    if (this.#calls.waiting >= limits.guestCalls) {
      throw new LimitError(`More than ${limits.guestCalls} questions wait for an answer`);
    }
    return this.#calls.ask((call) => this.#channel.post({ type: "call", call, ask })).reply;
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asEntries(value: unknown): readonly (readonly [string, string])[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the host answers
  return value as readonly (readonly [string, string])[];
}

function addTo(counts: Map<string, number>, name: string, by: number): void {
  if (counts.size < limits.guestCounters || counts.has(name)) {
    counts.set(name, (counts.get(name) ?? 0) + by);
  }
}

/** Fields as data: an error as its stack and code, other objects as JSON would have them. */
function plain(fields: Readonly<Record<string, unknown>>): Record<string, Scalar> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: unknown): Scalar {
  if (value instanceof Error) {
    const { name, message, stack = "" } = value;
    const code = "code" in value ? String(value.code) : "";
    return { type: name, message, stack, code };
  }
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  return value === undefined ? null : textOf(value);
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // Circular, or a bigint: that it was there has to do.
    return typeof value;
  }
}
