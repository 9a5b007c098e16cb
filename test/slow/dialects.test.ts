import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configSchema } from "../../adapters/wifi/config.ts";
import { createCaller } from "../../adapters/wifi/caller.ts";
import { dialects } from "../../adapters/wifi/dialects/index.ts";
import { Normaliser } from "../../adapters/wifi/normalise.ts";
import { Peers } from "../../adapters/wifi/peers.ts";
import { Dispatcher } from "../../src/bus/dispatcher.ts";
import { Core } from "../../src/core/core.ts";
import { Counters } from "../../src/counters.ts";
import type { Description } from "../../src/model/description.ts";
import type { State } from "../../src/model/state.ts";
import { specOf } from "../../src/model/vocabulary.ts";
import { MemoryStore } from "../../src/testing/memory-store.ts";
import { MemoryLog } from "../support/log.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { wifiCases, type StateCase } from "../support/wifi-cases.ts";

const env = process.env;
const seconds = Number(env["KOINE_DIALECT_SECONDS"] ?? 30);
const seed = Number(env["KOINE_SEED"] ?? 1);

const { states } = wifiCases();
const names = [...new Set(states.map(({ dialect }) => dialect))];

/** What no field of a payload should be. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1e9,
    -1e9,
    1e308,
    0.1,
    "",
    "nan",
    "ON",
    "on",
    "None",
    [],
    {},
    "1e400",
    "-0",
    "é",
    "\u0000",
  ),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 20 }),
);

interface Frame {
  readonly topic: string;
  readonly payload: string;
}

/** A real payload with one thing in it that does not belong there. */
function mutated({ topic, payload }: Frame): fc.Arbitrary<Frame> {
  const cut = fc
    .tuple(fc.nat(payload.length), fc.nat(8), fc.string({ maxLength: 5 }))
    .map(([at, length, noise]) => payload.slice(0, at) + noise + payload.slice(at + length));
  const field = fc.tuple(fc.nat(), odd).map(([n, value]) => withField(payload, n, value));
  const number = odd.map((value) => payload.replace(/-?\d+(?:\.\d+)?/, String(value)));
  const renamed = fc
    .tuple(fc.nat(), fc.string({ maxLength: 6 }))
    .map(([n, word]) => withLevel(topic, n, word.replace(/[+#\0/]/g, "x")));
  return fc.record({
    topic: fc.oneof({ weight: 4, arbitrary: fc.constant(topic) }, renamed),
    payload: fc.oneof(fc.constant(payload), cut, field, number, fc.string()),
  });
}

/** The payload with its n-th value replaced; as it is when it is no JSON. */
function withField(payload: string, n: number, value: unknown): string {
  try {
    let left = n % Math.max(payload.split(":").length - 1, 1);
    return JSON.stringify(JSON.parse(payload), (key, before: unknown) => {
      if (key === "") return before;
      left -= 1;
      return left === -1 ? value : before;
    });
  } catch {
    // No JSON: the other mutations are for it.
    return payload;
  }
}

function withLevel(topic: string, n: number, word: string): string {
  const levels = topic.split("/");
  levels[n % levels.length] = word;
  return levels.join("/");
}

function framesOf(
  dialect: string,
): fc.Arbitrary<{ readonly one: StateCase; readonly frames: readonly Frame[] }> {
  const cases = states.filter((one) => one.dialect === dialect);
  return fc.constantFrom(...cases).chain((one) => {
    const own = [...one.before, { topic: one.topic, payload: one.payload }];
    const related = cases.filter(({ topic }) => topic.split("/")[0] === one.topic.split("/")[0]);
    const any = fc.constantFrom(...own, ...related).chain(mutated);
    return fc.record({
      one: fc.constant(one),
      frames: fc.array(any, { minLength: 1, maxLength: 4 }),
    });
  });
}

describe.each(names)("%s", (dialect) => {
  test(
    `${seconds} s of damaged messages give values or counts, and nothing out of range that is good`,
    async () => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(framesOf(dialect), async ({ one, frames }) => {
          runs += 1;
          const world = await World.open(one.config ?? {});
          for (const frame of one.before) await world.take(frame, true);
          for (const frame of frames) await world.take(frame, false);
          await world.close();
          expect(world.wrong).toEqual([]);
        }),
        {
          seed,
          numRuns: 10_000_000,
          interruptAfterTimeLimit: seconds * 1_000,
          markInterruptAsFailure: false,
        },
      );
      // The figure is for whoever runs it.
      process.stdout.write(`${dialect}: ${runs} sequences in ${seconds} s\n`);
    },
    seconds * 1_000 + 60_000,
  );
});

/** A reader and a core that hold every state they publish against the vocabulary. */
class World {
  readonly wrong: string[] = [];
  readonly #core: Core;
  readonly #reader: Normaliser;
  readonly #descriptions = new Map<string, Description>();
  #atMs = 0;

  private constructor(core: Core, bus: Dispatcher, reader: Normaliser) {
    this.#core = core;
    this.#reader = reader;
    bus.subscribe(["description", "state"], (message) => {
      if (message.kind === "description") {
        if (message.body) this.#descriptions.set(message.device, message.body);
      } else if (message.body) this.#judge(message.device, message.body);
    });
  }

  static async open(config: object): Promise<World> {
    const bus = new Dispatcher();
    const core = await Core.load({
      bus,
      store: new MemoryStore(),
      clock: new ManualClock(),
      counters: new Counters(),
      log: new MemoryLog(),
      random: () => 0.5,
      openMqtt: () => Promise.reject(new Error("No broker in this test")),
      directoryOf: () => "/nonexistent",
      values: false,
      refreshMs: 300_000,
      commandTimeoutMs: 10_000,
    });
    const reader = new Normaliser({
      dialects,
      peers: new Peers(dialects),
      config: configSchema.parse(config),
      caller: createCaller(() => 0.5),
      count: () => {},
    });
    return new World(core, bus, reader);
  }

  async take({ topic, payload }: Frame, retained: boolean): Promise<void> {
    this.#atMs += 10_000;
    const receptions = this.#reader.read({ topic, payload, retained, receivedMs: this.#atMs });
    for (const event of receptions.flatMap(({ events }) => events)) {
      await this.#core.devices.take("wifi", event);
    }
  }

  async close(): Promise<void> {
    await this.#core.stop();
  }

  #judge(device: string, state: State): void {
    const properties = this.#descriptions.get(device)?.properties ?? {};
    for (const [key, value] of Object.entries(state)) {
      if (key.startsWith("_") || typeof value !== "number") continue;
      const property = properties[key];
      const range = property && specOf(property.is)?.range;
      if (!property) this.wrong.push(`${key} is not described`);
      else if (!Number.isFinite(value)) this.wrong.push(`${key} is ${value}`);
      else if (range && (value < range[0] || value > range[1])) {
        this.wrong.push(`${key} is ${value}, beyond ${range.join(" to ")}`);
      }
    }
  }
}
