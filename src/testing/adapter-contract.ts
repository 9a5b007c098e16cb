import { strict as assert } from "node:assert";
import { getActiveResourcesInfo } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { isolations, type AdapterKind, type Isolation } from "../core/adapter.ts";
import { isKoineError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Ref } from "../model/identity.ts";
import { pattern } from "../model/pattern.ts";
import { AdapterTrial } from "./adapter-trial.ts";

/** The other side of the wire, made new for each test. */
export interface ContractWorld {
  /** What the adapter needs to reach this world, as it would stand in the configuration file. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Makes a device tell something that it did not tell before. */
  report(): void | Promise<void>;
  /** Cuts the link, in the middle of a message; it can be opened again at once. */
  cut(): void | Promise<void>;
  close(): Promise<void>;
}

/** An adapter kind, and how to make a world for it. */
export interface ContractSubject {
  readonly kind: AdapterKind<unknown>;
  readonly world: () => Promise<ContractWorld>;
}

/** One thing that every adapter does. `run` rejects, with what is wrong, when this one does not. */
export interface ContractTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Moments after the start of a run at which it is told to stop, in ms. */
const moments = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233];

/** Everything that an adapter must do wherever it is run: hand it to any test framework. */
export function adapterContract(
  subject: ContractSubject,
  isolation: Isolation,
): readonly ContractTest[] {
  const { kind } = subject;
  return [
    {
      name: "declares what it is, and a strict configuration",
      run: () => declares(subject),
    },
    {
      name: "opens its link and describes what it reports",
      run: () => within(subject, isolation, opens),
    },
    {
      name: "refuses a command for a property that a device does not have",
      run: () => within(subject, isolation, refuses),
    },
    {
      name: "lives through a link that is cut in the middle of a message",
      run: () => within(subject, isolation, survives),
    },
    {
      name: "stops in time, and runs again",
      run: () => within(subject, isolation, runsAgain),
    },
    {
      name: "stops in time, at whatever moment it is told",
      run: async () => {
        for (const afterMs of moments) {
          await within(subject, isolation, (trial) => stopsAfter(trial, afterMs));
        }
      },
    },
    {
      name: "leaves nothing open",
      run: async () => {
        const before = resources();
        await within(subject, isolation, opens);
        await leavesNothing(before, kind.kind);
      },
    },
  ];
}

type Check = (trial: AdapterTrial, world: ContractWorld) => Promise<void>;

async function within(
  { kind, world: make }: ContractSubject,
  isolation: Isolation,
  check: Check,
): Promise<void> {
  const world = await make();
  try {
    const trial = await AdapterTrial.open({ kind, config: world.config, isolation });
    try {
      await check(trial, world);
    } finally {
      await trial[Symbol.asyncDispose]();
    }
    assert.deepEqual(trial.misfits, [], "everything on the bus is as the published schema says");
    assert.equal(trial.counters.get("adapter.abandoned"), 0, "the adapter did not stop in time");
  } finally {
    await world.close();
  }
}

async function declares({ kind, world: make }: ContractSubject): Promise<void> {
  assert.match(kind.kind, pattern.name, "kind is a word of a-z, 0-9, _ and -");
  assert.ok(URL.canParse(kind.module), "module is import.meta.url");
  assert.ok(isolations.includes(kind.isolation), `isolation is one of ${isolations.join(", ")}`);
  const world = await make();
  try {
    const config = { ...world.config, not_a_key: 1 };
    assert.ok(!kind.configSchema.safeParse(config).success, "an unknown key is an error");
    assert.equal(typeof kind.create(kind.configSchema.parse(world.config)).run, "function");
  } finally {
    await world.close();
  }
}

async function opens(trial: AdapterTrial, world: ContractWorld): Promise<void> {
  await trial.until("online", () => trial.state === "online");
  await trial.until("a device", () => trial.devices.length > 0);
  const told = trial.of("state").length;
  await world.report();
  await trial.until("a new value", () => trial.of("state").length > told);
  const refused = [...trial.counters.entries()].filter(([name]) => name.startsWith("refused."));
  assert.deepEqual(refused, [], "everything it told could be used");
}

async function refuses(trial: AdapterTrial): Promise<void> {
  await trial.until("a device", () => trial.devices.length > 0);
  const ref: Ref = trial.devices[0]?.identifiers ?? [];
  const writes = [{ is: "x_contract_nothing", value: 1 }];
  const command = { type: "set", id: "contract:1", ref, writes, timeoutMs: 2_000 } as const;
  try {
    const { status } = await trial.adapter.execute(command, new AbortController().signal);
    assert.equal(status, "failed");
  } catch (error) {
    if (!isKoineError(error, "command")) throw error;
  }
}

async function survives(trial: AdapterTrial, world: ContractWorld): Promise<void> {
  await opens(trial, world);
  const before = trial.of("bridge_adapter").length;
  await world.cut();
  await trial.until("notice of the cut", () => trial.of("bridge_adapter").length > before);
  await trial.until("online again", () => trial.state === "online");
  const told = trial.of("state").length;
  await world.report();
  await trial.until("a new value", () => trial.of("state").length > told);
}

async function runsAgain(trial: AdapterTrial, world: ContractWorld): Promise<void> {
  await trial.until("online", () => trial.state === "online");
  await stops(trial);
  trial.messages.length = 0;
  await trial.start();
  await opens(trial, world);
}

async function stopsAfter(trial: AdapterTrial, afterMs: number): Promise<void> {
  await delay(afterMs);
  await stops(trial);
}

async function stops(trial: AdapterTrial): Promise<void> {
  const startedAt = performance.now();
  await trial.stop();
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < limits.adapterStopMs, `it took ${Math.round(tookMs)} ms to stop`);
}

/** What is no handle of anybody: timers are unref'd by the clock, the rest is of the runtime. */
const passing = new Set(["Timeout", "Immediate", "TickObject", "FSReqCallback", "FSReqPromise"]);

function resources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of getActiveResourcesInfo()) {
    if (!passing.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

async function leavesNothing(before: ReadonlyMap<string, number>, kind: string): Promise<void> {
  let left: string[] = [];
  for (let look = 0; look < 20; look++) {
    left = [...resources()].flatMap(([name, count]) =>
      count > (before.get(name) ?? 0) ? name : [],
    );
    if (left.length === 0) return;
    await delay(100);
  }
  assert.fail(`${kind} leaves open: ${left.join(", ")}`);
}
