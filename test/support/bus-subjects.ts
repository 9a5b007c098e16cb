import type { IClientOptions } from "mqtt";
import type { TestContext } from "vitest";
import { Dispatcher } from "../../src/bus/dispatcher.ts";
import type { ExternalBus } from "../../src/bus/external/external-bus.ts";
import type { Bus } from "../../src/core/bus.ts";
import { TestBroker, type TestClient } from "./broker.ts";
import { Cable } from "./cable.ts";
import { openExternal, until, type OpenedBus } from "./external.ts";
import { OutsideBroker, versionOf, type BrokerProgram } from "./outside-broker.ts";

/** A kind of bus to try. */
export interface BusSubject<World> {
  readonly name: string;
  /** Skips the test when it needs what is not installed. */
  readonly open: (context: TestContext) => Promise<World>;
}

/** A bus, with whatever it needs. */
export interface BusWorld extends AsyncDisposable {
  readonly bus: Bus;
}

/** A bus that MQTT clients can reach. */
export interface BrokerWorld extends BusWorld {
  readonly client: (options?: IClientOptions) => Promise<TestClient>;
}

/** The external bus, with a cable to its broker that can be pulled. It starts out connected. */
export interface OutsideWorld extends BrokerWorld, OpenedBus {
  readonly bus: ExternalBus;
  readonly broker: OutsideBroker;
  readonly cable: Cable;
}

async function memoryWorld(): Promise<BusWorld> {
  return { bus: new Dispatcher(), [Symbol.asyncDispose]: async () => {} };
}

async function embeddedWorld(): Promise<BrokerWorld> {
  // As brokers of others do, when nobody has told them whom to trust.
  const rules = [
    { verdict: "allow", topic: "koine/1/bridge/request/#", acts: ["publish"] },
  ] as const;
  const broker = await TestBroker.open({ rules });
  return {
    bus: broker.bus,
    client: (options) => broker.client(options),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

async function outsideWorld(program: BrokerProgram): Promise<OutsideWorld> {
  const broker = await OutsideBroker.open(program);
  const cable = await Cable.open(broker.port);
  const opened = await openExternal(cable.port);
  await isConnected(opened.bus);
  return {
    ...opened,
    broker,
    cable,
    client: (options) => broker.client(options),
    async [Symbol.asyncDispose]() {
      await opened.bus.close();
      await cable[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when the bus has its broker, or has lost it. */
export function isConnected(bus: ExternalBus, wanted = true): Promise<void> {
  return until(() => bus.connected === wanted);
}

/** Skips a test that needs a broker of others which is not here. Where KOINE_CI is set it must be. */
export function needs(program: BrokerProgram, { skip }: TestContext): void {
  const isMissing = versionOf(program) === undefined && process.env["KOINE_CI"] === undefined;
  skip(isMissing, `needs ${program}: apt install ${program}`);
}

function outside(program: BrokerProgram): BusSubject<OutsideWorld> {
  const open = async (context: TestContext): Promise<OutsideWorld> => {
    needs(program, context);
    return outsideWorld(program);
  };
  return { name: `external with ${program}`, open };
}

export const outsideSubjects = [outside("mosquitto"), outside("nats-server")];
export const embedded: BusSubject<BrokerWorld> = { name: "embedded", open: embeddedWorld };
export const brokerSubjects: readonly BusSubject<BrokerWorld>[] = [embedded, ...outsideSubjects];
export const busSubjects: readonly BusSubject<BusWorld>[] = [
  { name: "memory", open: memoryWorld },
  ...brokerSubjects,
];
