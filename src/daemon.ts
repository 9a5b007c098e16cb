import { randomBytes } from "node:crypto";
import { z } from "zod";
import { askDaemon } from "./bus/control-client.ts";
import { ControlSocket } from "./bus/control-socket.ts";
import { Users } from "./bus/access/users.ts";
import { openBroker, type Broker } from "./broker.ts";
import { userRequests } from "./bus/access/user-requests.ts";
import { addressText, type ListenerAddress } from "./bus/embedded/listener.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { AdapterInstance, LoadedConfig } from "./config/load.ts";
import { ownNames } from "./config/schema.ts";
import type { Adapter } from "./core/adapter.ts";
import { adapterDirectory } from "./core/adapter-directory.ts";
import { Core, type HostedAdapter } from "./core/core.ts";
import { spawnChild } from "./core/isolation/child.ts";
import { IsolatedAdapter } from "./core/isolation/isolated-adapter.ts";
import { spawnWorker } from "./core/isolation/worker.ts";
import type { Logger } from "./core/logger.ts";
import { openMqttStream } from "./core/mqtt-stream.ts";
import { verb } from "./core/requests.ts";
import { Counters } from "./counters.ts";
import { ConfigError, LimitError, LinkError, reasonOf } from "./errors.ts";
import type { ClockSync } from "./health/clock-sync.ts";
import { gatewayKind, type GatewayProbes } from "./health/gateway.ts";
import { compactHeap } from "./heap-compaction.ts";
import { hostKind } from "./health/host.ts";
import { VitalSigns } from "./health/vital-signs.ts";
import { limits } from "./limits.ts";
import { timestamp } from "./model/state.ts";
import { SystemdNotifier, type NotifyTarget } from "./service/systemd-notifier.ts";
import { openStore } from "./store/level-store.ts";
import type { Store } from "./store/store.ts";
import { openTalk } from "./talk.ts";
import { HomeAssistantPublisher } from "./views/home-assistant/publisher.ts";

export interface DaemonOptions {
  readonly loaded: LoadedConfig;
  readonly dataDirectory: string;
  readonly clock: Clock;
  /** How much faster than life the clock runs, since when in ms since 1970. */
  readonly timeScale: number;
  readonly startedAtMs: number;
  /** What the system says of its clock; `clock` goes by it already. */
  readonly clockSync: ClockSync;
  readonly random: () => number;
  readonly log: Logger;
  readonly version: string;
  /** Where systemd wants to hear of the daemon. */
  readonly systemd: NotifyTarget | undefined;
  readonly process: Pick<GatewayProbes, "memoryRssBytes" | "heapTotalBytes" | "cpuMs"> & {
    readonly pid: number;
  };
}

/** A running gateway. */
export interface Daemon {
  /** Where MQTT clients can connect. */
  readonly addresses: readonly ListenerAddress[];
  /** The broker it uses instead of its own. */
  readonly broker: URL | undefined;
  /** Whether other machines are let in without encryption or password. */
  readonly isInsecure: boolean;
  /** First topic segment of everything it publishes. */
  readonly root: string;
  /** Resolves with the reason when it asks to be started again. */
  readonly restartWanted: Promise<string>;
  /** Stops everything in order; resolves when all is flushed and closed. */
  stop(): Promise<void>;
}

/** What the core stands on. */
interface Foundation {
  readonly id: string;
  readonly store: Store;
  readonly broker: Broker;
  readonly counters: Counters;
}

/** A step that undoes one that was taken at the start. */
type Undo = () => Promise<void>;

/**
 * Puts the parts of Koine together and starts them.
 * @throws LinkError when a port or the data directory cannot be had; nothing is left running then
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { loaded, log } = options;
  const { root, url } = loaded.config.bus;
  const counters = new Counters();
  const undo: Undo[] = [];
  const restart = wish();
  try {
    const store = await openDataDirectory(options);
    undo.push(() => store.close());
    const users = await Users.load(store);
    for (const user of users.unreadable) log.error({ user }, "user record damaged, not let in");
    const id = loaded.config.id ?? (await gatewayId(store));
    const broker = await openBroker({
      ...options,
      config: loaded.config.bus,
      gatewayId: id,
      store,
      users,
      counters,
      log: log.child({ part: "broker" }),
    });
    undo.push(() => broker.close());
    const core = await loadCore(options, { id, store, broker, counters }, restart.ask);
    undo.push(() => core.stop());
    core.requests.addPrivate(userRequests(users));
    const vitalSigns = watchOver(core, { store, broker, counters }, log);
    const systemd = new SystemdNotifier({
      target: options.systemd,
      clock: systemClock(),
      counters,
      log: log.child({ part: "systemd" }),
    });
    vitalSigns.onLook((vitals) => systemd.looked(vitals));
    const control = await openControl(options, core, broker, counters);
    undo.push(() => control.close());
    const { bus } = broker;
    const talk = await openTalk({
      ...options,
      id,
      config: loaded.config,
      bus,
      store,
      core,
      counters,
    });
    undo.push(() => talk.stop());
    const homeAssistant = await loadHomeAssistant(options, { id, store, broker, counters });
    undo.push(() => homeAssistant.stop());
    core.start();
    talk.start();
    homeAssistant.start();
    await subscribed(core, loaded.adapters);
    broker.takeUp();
    const stopLooking = vitalSigns.start();
    undo.push(async () => stopLooking());
    const compaction = systemClock().after(limits.compactAfterMs, compactHeap);
    undo.push(async () => compaction.cancel());
    const { addresses } = broker;
    systemd.ready(`MQTT ${url?.host ?? addresses.map(addressText).join(" ")}`);
    undo.push(async () => systemd.stopping());
    return {
      addresses,
      broker: url,
      isInsecure: broker.isInsecure(),
      root,
      restartWanted: restart.asked,
      stop: () => stopAll(undo, log),
    };
  } catch (error) {
    // Why it could not start is what the user has to know; what else failed is in the log.
    await stopAll(undo, log).catch(() => {});
    throw error;
  }
}

/** A wish that can be uttered once, and waited for. */
function wish(): { readonly asked: Promise<string>; readonly ask: (reason: string) => void } {
  const reasons: ((reason: string) => void)[] = [];
  const asked = new Promise<string>((resolve) => void reasons.push(resolve));
  return { asked, ask: (reason) => reasons[0]?.(reason) };
}

/**
 * Resolves when the adapters in this thread have opened their links, or soon: devices that have waited
 * for the gateway speak as soon as they are let in, and nobody repeats that.
 */
async function subscribed(core: Core, instances: readonly AdapterInstance[]): Promise<void> {
  const clock = systemClock();
  const near = instances.filter(({ isolation }) => isolation === "none");
  const own = new Set(near.map(({ name }) => name));
  const until = clock.monotonic() + limits.doorMs;
  const isOpening = (): boolean =>
    core.adapters.some(
      ({ name, state }) => own.has(name) && (state === "stopped" || state === "opening"),
    );
  while (isOpening() && clock.monotonic() < until) await clock.sleep(limits.doorLookMs);
}

async function openDataDirectory(options: DaemonOptions): Promise<Store> {
  const { dataDirectory, clock, log } = options;
  const asideName = `damaged-${new Date(clock.now()).toISOString().replaceAll(":", "-")}`;
  const { store, repairs } = await openStore(dataDirectory, asideName).catch(
    async (error: unknown) => {
      throw (await otherDaemon(dataDirectory)) ?? error;
    },
  );
  for (const repair of repairs) log.warn({ repair }, "data directory repaired");
  return store;
}

const infoSchema = z.object({ pid: z.number(), addresses: z.array(z.string()) });

/** Why the directory cannot be used, when that is another Koine. */
async function otherDaemon(directory: string): Promise<LinkError | undefined> {
  const clock = systemClock();
  try {
    const timeoutMs = limits.controlInfoMs;
    const { data } = await askDaemon({ directory, verb: "info", clock, timeoutMs });
    const { pid, addresses } = infoSchema.parse(data);
    return new LinkError(
      `Cannot use data directory "${directory}": Koine with process id ${pid} does, at ${addresses.join(" ")}`,
    );
  } catch {
    // Nobody who could be asked: the first error says more.
    return undefined;
  }
}

/** The core with every adapter of the configuration, and the gateway itself as one more. */
async function loadCore(
  options: DaemonOptions,
  { id, store, broker, counters }: Foundation,
  restart: (reason: string) => void,
): Promise<Core> {
  const { loaded, clock, random, log } = options;
  const { publish, commands, gateway } = loaded.config;
  const core = await Core.load({
    bus: broker.bus,
    store,
    clock,
    random,
    log,
    counters,
    openMqtt: async (source, signal) =>
      source === "own" ? broker.openMqtt(signal) : openMqttStream(source, signal),
    directoryOf: (adapter) => adapterDirectory(options.dataDirectory, adapter),
    values: publish.values,
    refreshMs: publish.refresh * 1_000,
    commandTimeoutMs: commands.timeout * 1_000,
  });
  for (const instance of loaded.adapters) core.host(hosted(instance, options, counters));
  const self = gatewayKind({
    ...options.process,
    id,
    version: options.version,
    restart,
    broker,
    devicesOnline: () => core.devicesOnline,
    counted: (name) => counters.sum(name),
    counters: () => counters.entries(),
    adapters: () =>
      core.adapters.filter(({ name }) => loaded.adapters.some((one) => one.name === name)),
  });
  const { dataDirectory, clockSync } = options;
  const machine = hostKind({ id, dataDirectory, clockSync });
  core.host({ name: ownNames.gateway, kind: self.kind, adapter: self.create(gateway) });
  core.host({
    name: ownNames.host,
    kind: machine.kind,
    adapter: machine.create({ interval: gateway.interval }),
  });
  return core;
}

/** What says whether the daemon works; anybody may ask for it. */
function watchOver(
  core: Core,
  { store, broker: { echo }, counters }: Omit<Foundation, "id">,
  log: Logger,
): VitalSigns {
  const own: readonly string[] = Object.values(ownNames);
  const vitalSigns = new VitalSigns({
    clock: systemClock(),
    store,
    echo,
    adapters: () => core.adapters.filter(({ name }) => !own.includes(name)),
  });
  vitalSigns.onLook(({ healthy, troubles }) => {
    if (healthy) return;
    counters.add("vital_signs.unhealthy");
    log.error({ troubles }, "the gateway does not work");
  });
  const health = verb(z.strictObject({}), async () => {
    const { loopLagMs, busMs, storeMs, ...words } = await vitalSigns.look();
    return { ...words, loop_lag_ms: loopLagMs, bus_ms: busMs, store_ms: storeMs };
  });
  core.requests.add({ health });
  return vitalSigns;
}

/** The door for the command line, and what can be asked there of the daemon as a whole. */
async function openControl(
  { version, startedAtMs, dataDirectory, loaded, process: { pid } }: DaemonOptions,
  core: Core,
  { addresses }: Broker,
  counters: Counters,
): Promise<ControlSocket> {
  const info = verb(z.strictObject({}), () => ({
    version,
    pid,
    started: timestamp(startedAtMs),
    root: loaded.config.bus.root,
    addresses: addresses.map(addressText),
    adapters: core.adapters.map(({ name, state, cause: { code, reason } }) => ({
      name,
      state,
      ...(code !== undefined && { code }),
      ...(reason !== undefined && { reason }),
    })),
  }));
  core.requests.add({ info });
  return ControlSocket.open({
    directory: dataDirectory,
    ask: (name, text) => core.requests.ask(name, text, "control"),
    counters,
  });
}

/** What tells Home Assistant of every device. */
function loadHomeAssistant(
  options: DaemonOptions,
  { id, store, broker, counters }: Foundation,
): Promise<HomeAssistantPublisher> {
  const { bus, publish, home_assistant: view } = options.loaded.config;
  return HomeAssistantPublisher.load({
    ...options,
    root: bus.root,
    gatewayId: id,
    refreshS: publish.refresh,
    bus: broker.bus,
    store,
    openMqtt: (signal) => broker.openMqtt(signal),
    isKept: bus.url === undefined,
    isEnabled: view.enabled,
    prefix: view.prefix,
    statusTopic: view.status,
    counters,
    log: options.log.child({ part: "home-assistant" }),
  });
}

/** An adapter as its isolation asks: in this thread, or in a thread or process of its own. */
function hosted(
  { name, kind, config, isolation, simulated }: AdapterInstance,
  { loaded, timeScale, startedAtMs, dataDirectory }: DaemonOptions,
  counters: Counters,
): HostedAdapter {
  const common = { name, kind: kind.kind, requests: kind.requests, simulated };
  switch (isolation) {
    case "none":
      return { ...common, adapter: makeAdapter(name, () => kind.create(config)) };
    case "worker":
    case "process": {
      const { module, env } = kind;
      const directory = adapterDirectory(dataDirectory, name);
      const probeMs = loaded.config.gateway.probe * 60_000;
      const time = { timeScale, startedAtMs, probeMs };
      const guest = { name, kind: kind.kind, module, env, config, directory, ...time };
      const clock = systemClock();
      const spawn = isolation === "worker" ? spawnWorker : spawnChild;
      const adapter = new IsolatedAdapter({ guest, spawn, counters, clock });
      return { ...common, adapter, heap: () => adapter.heap };
    }
  }
}

/** @throws ConfigError when the adapter cannot be made */
function makeAdapter(name: string, create: () => Adapter): Adapter {
  try {
    return create();
  } catch (cause) {
    throw new ConfigError(`Cannot make adapter "${name}": ${reasonOf(cause)}`, { cause });
  }
}

const gatewayIdKey = "meta/gateway-id";

/** Made at the first start and kept. */
async function gatewayId(store: Store): Promise<string> {
  const known = await store.get(gatewayIdKey);
  if (known !== undefined) return known;
  const made = randomBytes(4).toString("hex");
  await store.write([{ key: gatewayIdKey, value: made }]);
  return made;
}

/**
 * Runs every step, last first, even when an earlier one fails; what hangs is left behind in time.
 * @throws AggregateError with all that failed
 */
async function stopAll(steps: Undo[], log: Logger): Promise<void> {
  const errors: unknown[] = [];
  const late = new AbortController();
  // Whoever waits for the end waits in real time, at whatever speed the worlds run.
  const deadline = systemClock().sleep(limits.shutdownMs, late.signal);
  const isLate = deadline.then(
    () => true,
    () => false,
  );
  for (const step of steps.splice(0).toReversed()) {
    try {
      if (await Promise.race([step().then(() => false), isLate])) {
        throw new LimitError(`Stopping took more than ${limits.shutdownMs / 1_000} s`);
      }
    } catch (error) {
      errors.push(error);
    }
  }
  late.abort();
  if (errors.length === 0) return;
  const error = new AggregateError(errors, "Not everything could be stopped");
  log.error({ err: error }, "shutdown incomplete");
  throw error;
}
