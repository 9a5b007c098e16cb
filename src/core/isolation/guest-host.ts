import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { limits } from "../../limits.ts";
import type { AdapterEvent } from "../../model/adapter-event.ts";
import type { Scalar } from "../../model/scalar.ts";
import type { AdapterHost } from "../adapter.ts";
import { EventQueue } from "../event-queue.ts";
import type { Logger } from "../logger.ts";
import { openMqttStream } from "../mqtt-stream.ts";
import { Calls } from "./calls.ts";
import { Tunnels } from "./tunnels.ts";
import type { AnswerMessage, Channel, LogLevel, StreamMessage, ToGuest, ToHost } from "./wire.ts";

export interface GuestHostOptions {
  readonly channel: Channel<ToHost, ToGuest>;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The host that an adapter sees in a thread of its own: the other end of it is in the daemon. */
export class GuestHost implements AdapterHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly store: AdapterHost["store"];
  readonly #channel: Channel<ToHost, ToGuest>;
  readonly #calls = new Calls();
  readonly #tunnels: Tunnels;
  readonly #queue: EventQueue;
  /** Events sent of which the host has not said that it took them. */
  #untaken = 0;
  #room: (() => void)[] = [];
  #streams = 0;

  constructor({ channel, clock, random }: GuestHostOptions) {
    this.#channel = channel;
    this.clock = clock;
    this.random = random;
    this.log = logInto(channel, {});
    this.#tunnels = new Tunnels((message) => channel.post(message));
    const countCore = (name: string, by = 1): void =>
      channel.post({ type: "count_core", name, by });
    this.#queue = new EventQueue((event) => this.#send(event), { add: countCore });
    this.store = {
      get: async (key) => asText(await this.#ask({ method: "get", key })),
      entries: async (prefix) => asEntries(await this.#ask({ method: "entries", prefix })),
      write: async (changes) => void (await this.#ask({ method: "write", changes })),
    };
  }

  status(status: Parameters<AdapterHost["status"]>[0]): void {
    this.#channel.post({ type: "status", status });
  }

  emit(event: AdapterEvent): void {
    this.#queue.push(event);
  }

  async settled(): Promise<void> {
    await this.#queue.taken();
    await this.#ask({ method: "settled" });
  }

  mayStall(ms: number): void {
    this.#channel.post({ type: "stall", ms });
  }

  count(name: string, by = 1): void {
    this.#channel.post({ type: "count", name, by });
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

/** A logger whose lines are written by the daemon. */
function logInto(
  channel: Channel<ToHost, ToGuest>,
  bound: Readonly<Record<string, unknown>>,
): Logger {
  const at =
    (level: LogLevel): Logger["info"] =>
    (fields, message) =>
      channel.post({ type: "log", level, fields: plain({ ...bound, ...fields }), message });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: (fields) => logInto(channel, { ...bound, ...fields }),
  };
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
