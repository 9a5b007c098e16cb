import {
  CommandError,
  propertyText,
  type AdapterHost,
  type Command,
  type CommandResult,
  type PropertyRef,
  type Scalar,
  type Write,
} from "koine/adapter";
import type { Device } from "../device.ts";
import type { Named } from "../known.ts";
import { limits } from "../limits.ts";
import type { Connection } from "../radio/radio.ts";
import type { Connector } from "./connector.ts";
import type { Point } from "./point.ts";
import { profileOf } from "./profiles.ts";
import { bytesFor, factsOf } from "./value.ts";
import { readPoints, subscribePoints, writePoint } from "./visit.ts";

export interface ConnectedOptions {
  readonly host: AdapterHost;
  readonly named: Named;
  readonly device: Device;
  readonly connector: Connector;
  /** Where it was heard last: a phone changes its address. */
  readonly address: () => string;
  /** Aborts when the adapter stops. */
  readonly signal: AbortSignal;
}

/** The points of a configured device. */
export function pointsOf({ settings }: Named): readonly Point[] {
  const { profile, points } = settings;
  return [...(profile === undefined ? [] : profileOf(profile)), ...points];
}

/** A device that is read and written over connections. */
export class Connected {
  readonly #options: ConnectedOptions;
  readonly #points: readonly Point[];
  /** The connection that stays, while there is one. */
  #open: Connection | undefined;
  /** What is done with the device, one after the other: a connection takes one call at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectedOptions) {
    this.#options = options;
    this.#points = pointsOf(options.named);
  }

  /** Describes it, and visits it when it is time, until the signal aborts. */
  start(): void {
    const { device, named } = this.#options;
    const { name } = named.settings;
    device.describe(name === undefined ? {} : { name });
    device.knows(this.#points.map(factsOf));
    const every = new Set(this.#points.flatMap((point) => point.every ?? []));
    for (const seconds of every) {
      const points = this.#points.filter((point) => point.every === seconds);
      void this.#visitEvery(seconds * 1_000, points);
    }
    if (named.settings.connect === "stay") void this.#stay();
  }

  /** @throws CommandError when nothing of it could be carried out */
  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    return command.type === "set"
      ? this.#write(command.writes, signal)
      : this.#read(command.reads, signal);
  }

  async #write(writes: readonly Write[], signal: AbortSignal): Promise<CommandResult> {
    const wanted = writes.map((write) => ({ write, point: this.#pointFor(write) }));
    const errors = wanted.flatMap(({ write, point }) =>
      point ? [] : [{ is: write.is, part: write.part, code: "read_only" as const }],
    );
    const possible = wanted.flatMap(({ write, point }) => (point ? [{ write, point }] : []));
    if (possible.length === 0) return { status: "failed", code: "read_only", errors };
    // What does not fit is refused before anything is written.
    for (const { write, point } of possible) bytesFor(point, write.value);
    const { confirmed, failures } = await this.#use(signal, (connection) =>
      this.#writeAll(connection, possible),
    );
    const [first] = failures;
    if (first && confirmed.length === 0) throw first.error;
    const all = [
      ...errors,
      ...failures.map(({ write, error }) => ({
        is: write.is,
        part: write.part,
        code: error.reason,
        message: error.message,
      })),
    ];
    return {
      status: all.length > 0 ? "partial" : "done",
      confirmedBy: weakest(confirmed),
      ...(all.length > 0 && { errors: all }),
    };
  }

  /** One failure does not undo what was written before it, nor keep the rest from being tried. */
  async #writeAll(
    connection: Connection,
    wanted: readonly { readonly write: Write; readonly point: Point }[],
  ): Promise<{ readonly confirmed: Confirmation[]; readonly failures: Failure[] }> {
    const { clock } = this.#options.host;
    const confirmed: Confirmation[] = [];
    const failures: Failure[] = [];
    for (const { write, point } of wanted) {
      try {
        const written = await writePoint(connection, point, write.value, clock);
        const isReported = await this.#isReported(connection, point, write.value);
        confirmed.push(isReported ? "report" : written === "unconfirmed" ? "none" : "ack");
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        failures.push({ write, error });
      }
    }
    return { confirmed, failures };
  }

  /** What can be read is told as the device has it, and not as it was wished. */
  async #isReported(connection: Connection, point: Point, wish: Scalar): Promise<boolean> {
    let isAsWished = false;
    if (!point.read) return false;
    try {
      await readPoints(connection, [point], (one, value) => {
        this.#heard(one, value);
        isAsWished = bytesFor(point, value).equals(bytesFor(point, wish));
      });
    } catch (error) {
      // It was written all the same.
      if (!(error instanceof CommandError)) throw error;
    }
    return isAsWished;
  }

  async #read(reads: readonly PropertyRef[], signal: AbortSignal): Promise<CommandResult> {
    const wanted = new Set(reads.map(propertyText));
    const points = this.#points.filter(
      (point) => point.read && (wanted.size === 0 || wanted.has(propertyText(point))),
    );
    if (points.length === 0)
      throw new CommandError("unsupported", "It cannot be read by connecting");
    await this.#use(signal, (connection) => this.#readAll(connection, points));
    return { status: "done", confirmedBy: "report" };
  }

  #pointFor(write: PropertyRef): Point | undefined {
    return this.#points.find(
      (point) => point.write !== "no" && propertyText(point) === propertyText(write),
    );
  }

  #heard({ is, part }: Point, value: Scalar): void {
    const { device, host } = this.#options;
    const facts = { is, ...(part !== undefined && { part }) };
    device.tell([{ facts, value }], host.clock.monotonic());
  }

  #readAll(connection: Connection, points: readonly Point[]): Promise<void> {
    return readPoints(connection, points, (point, value) => this.#heard(point, value));
  }

  /** With the connection that stays, or one for this. */
  async #use<T>(signal: AbortSignal, use: (connection: Connection) => Promise<T>): Promise<T> {
    const { connector, address } = this.#options;
    const done = connector.admit(() =>
      this.#inTurn(async () => {
        if (signal.aborted) throw givenUp();
        return this.#open ? use(this.#open) : connector.visit(address, signal, use);
      }),
    );
    const over = new AbortController();
    try {
      return await Promise.race([done, this.#abandoned(signal, over.signal)]);
    } finally {
      over.abort();
      done.catch(() => {});
    }
  }

  /** Rejects some time after whoever asked has given up: what is under way may still say more. */
  async #abandoned(signal: AbortSignal, over: AbortSignal): Promise<never> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true, signal: over });
    });
    await this.#options.host.clock.sleep(abandonMs, over).catch(() => {});
    throw givenUp();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #visitEvery(everyMs: number, points: readonly Point[]): Promise<void> {
    const { host, signal, connector, address } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const read = (): Promise<void> =>
          this.#use(signal, (connection) => this.#readAll(connection, points));
        await (this.#open ? read() : connector.later(address, signal, read));
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#failed(error);
      }
      const waitMs = failures === 0 ? everyMs : Math.min(everyMs, revisitMs(failures));
      await host.clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** Connects, subscribes and stays; again when the link is gone. */
  async #stay(): Promise<void> {
    const { host, signal } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const connection = await this.#inTurn(() => this.#subscribed());
        failures = 0;
        await connection.gone;
      } catch (error) {
        this.#failed(error);
      }
      this.#open = undefined;
      failures += 1;
      await host.clock.sleep(revisitMs(failures), signal).catch(() => {});
    }
  }

  /** The connection that stays, once it tells what it is to tell. */
  async #subscribed(): Promise<Connection> {
    const { connector, address, signal } = this.#options;
    const connection = await connector.open(address, signal);
    try {
      await subscribePoints(connection, this.#points, (point, value) => this.#heard(point, value));
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#open = connection;
    return connection;
  }

  #failed(error: unknown): void {
    const { host, device, signal } = this.#options;
    if (signal.aborted) return;
    const code = error instanceof CommandError ? error.reason : "device_error";
    const message = error instanceof Error ? error.message : undefined;
    host.emit({
      type: "diagnostic",
      ref: device.ref,
      code,
      ...(message !== undefined && { message }),
      isNote: true,
    });
  }
}

/** Time for what was given up to say how it ended, in ms. */
const abandonMs = 500;

function givenUp(): CommandError {
  return new CommandError("no_answer", "It was called off before the device had its turn");
}

type Confirmation = "report" | "ack" | "none";

interface Failure {
  readonly write: Write;
  readonly error: CommandError;
}

/** How sure the least sure of several writes is. */
function weakest(all: readonly Confirmation[]): Confirmation {
  return (["none", "ack"] as const).find((one) => all.includes(one)) ?? "report";
}

function revisitMs(failures: number): number {
  return Math.min(limits.revisitMs * 2 ** (failures - 1), limits.revisitCeilingMs);
}
