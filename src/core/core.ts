import { randomUUID } from "node:crypto";
import { CommandError } from "../errors.ts";
import type { HeapFigures } from "../heap-floor.ts";
import { isList, isScalar, type Scalar } from "../model/scalar.ts";
import type { Adapter, AdapterKind } from "./adapter.ts";
import type { HostServices } from "./adapter-host.ts";
import type { Bus } from "./bus.ts";
import { CommandAnswers } from "./command-answers.ts";
import { CommandLedger } from "./command-ledger.ts";
import { Commands } from "./commands.ts";
import { deviceRequests } from "./device-requests.ts";
import { DeviceIndex } from "./device-index.ts";
import { DeviceStates } from "./device-states.ts";
import { Devices } from "./devices.ts";
import { Diagnostics } from "./diagnostics.ts";
import { Dispatch } from "./dispatch.ts";
import { Liveness } from "./liveness.ts";
import { PatientWriter } from "./patient-writer.ts";
import { Registry } from "./registry.ts";
import { Requests, verb } from "./requests.ts";
import { Supervisor } from "./supervisor.ts";

export interface CoreOptions extends Omit<HostServices, "take" | "kept"> {
  readonly bus: Bus;
  /** Whether each value also has a topic of its own. */
  readonly values: boolean;
  /** Unchanged values are published again after this many ms. */
  readonly refreshMs: number;
  /** How long a device may take to answer a command, in ms. */
  readonly commandTimeoutMs: number;
}

/** One adapter of the gateway. */
export interface HostedAdapter {
  /** Names the instance: `wifi`, or `barn` when there are several. */
  readonly name: string;
  readonly kind: string;
  readonly adapter: Adapter;
  /** What its kind lets others ask of it. */
  readonly requests?: AdapterKind<unknown>["requests"];
  /** How full its own heap is, where it has one. */
  readonly heap?: () => HeapFigures | undefined;
  /** What it hears comes from Koine's own simulator. */
  readonly simulated?: boolean;
}

/** What stands between the adapters and the bus: devices, their states, and commands to them. */
export class Core {
  readonly devices: Devices;
  /** What may be asked of Koine; more may be added before `start`. */
  readonly requests: Requests;
  readonly #options: CoreOptions;
  readonly #registry: Registry;
  readonly #writer: PatientWriter;
  readonly #commands: Commands;
  readonly #liveness: Liveness;
  readonly #index: DeviceIndex;
  readonly #supervisors = new Map<string, Supervisor>();
  readonly #simulated = new Set<string>();

  private constructor(
    options: CoreOptions,
    registry: Registry,
    ledger: CommandLedger,
    writer: PatientWriter,
  ) {
    const { bus, clock, values, refreshMs, commandTimeoutMs } = options;
    const states = new DeviceStates({ ...options, values, refreshMs });
    const dispatch = new Dispatch({
      clock,
      timeoutMs: commandTimeoutMs,
      executorOf: (adapter) => this.#supervisors.get(adapter),
    });
    this.#options = options;
    this.#registry = registry;
    this.#writer = writer;
    this.#commands = new Commands({
      ...options,
      registry,
      states,
      ledger,
      answers: new CommandAnswers({ ...options, registry, states, ledger }),
      dispatch,
      newId: randomUUID,
    });
    this.#liveness = new Liveness({
      bus,
      clock,
      deviceOf: (id) => registry.get(id),
      stale: (record) => states.markStale(record),
      probe: (record) => this.#commands.probe(record),
    });
    const diagnostics = new Diagnostics();
    this.devices = new Devices({
      ...options,
      registry,
      states,
      liveness: this.#liveness,
      diagnostics,
      later: (key, result) => this.#commands.later(key, result),
      dropCommands: (device) => this.#commands.forget(device),
      isSimulated: (adapter) => this.#simulated.has(adapter),
      isOnline: (adapter) => this.#supervisors.get(adapter)?.online ?? false,
      forgotten: (adapter, ref) => this.#supervisors.get(adapter)?.forget(ref),
    });
    this.requests = new Requests({ ...options, newId: randomUUID });
    const shown = { registry, devices: this.devices, states, liveness: this.#liveness };
    this.requests.add(deviceRequests({ ...shown, diagnostics }));
    this.#index = new DeviceIndex(bus, clock, () => this.devices.summaries());
  }

  /** Loads what earlier runs left in the store. Nothing runs yet. */
  static async load(options: CoreOptions): Promise<Core> {
    const writer = new PatientWriter(options);
    const registry = await Registry.load({ ...options, writer });
    const ledger = await CommandLedger.load({ ...options, writer });
    return new Core(options, registry, ledger, writer);
  }

  /** How every adapter stands, in the order they were added. */
  get adapters(): readonly Supervisor[] {
    return [...this.#supervisors.values()];
  }

  /** How many devices are there, asleep or awake. */
  get devicesOnline(): number {
    return this.#liveness.count("online", "sleeping");
  }

  /** Adds an adapter, to be run from `start` on. */
  host({ name, kind, adapter, requests = {}, heap, simulated = false }: HostedAdapter): void {
    if (simulated) this.#simulated.add(name);
    const supervisor = new Supervisor({
      name,
      kind,
      adapter,
      heap,
      bus: this.#options.bus,
      services: {
        ...this.#options,
        take: (from, event) => this.devices.take(from, event),
        kept: () => this.#options.bus.kept(),
      },
      linkLost: (lost) => this.devices.linkLost(lost),
    });
    this.#supervisors.set(name, supervisor);
    for (const [word, { params, devices = [], isPrivate = false }] of Object.entries(requests)) {
      const asked = verb(params, (given, signal) =>
        supervisor.request(word, this.#withRefs(name, given, devices), signal),
      );
      const verbs = { [`${name}/${word}`]: asked };
      if (isPrivate) this.requests.addPrivate(verbs);
      else this.requests.add(verbs);
    }
  }

  /**
   * Parameters with devices as the adapter knows them.
   * @throws CommandError `unknown_device` when one is not known, or not over this adapter
   */
  #withRefs(adapter: string, given: unknown, names: readonly string[]): Scalar {
    const params = isScalar(given) ? given : null;
    if (typeof params !== "object" || params === null || isList(params)) return params;
    const refs = names.flatMap((name) => {
      const meant = params[name];
      return typeof meant === "string" ? [[name, this.#refOf(adapter, meant)] as const] : [];
    });
    return { ...params, ...Object.fromEntries(refs) };
  }

  #refOf(adapter: string, idOrName: string): Scalar {
    const record = this.#registry.find(idOrName);
    if (!record) throw new CommandError("unknown_device", `There is no device "${idOrName}"`);
    const route = record.routes.find((one) => one.adapter === adapter);
    if (route) return route.ref.map(([scheme, value]) => [scheme, value]);
    throw new CommandError("unknown_device", `"${idOrName}" is no device of ${adapter}`);
  }

  start(): void {
    const { bus } = this.#options;
    bus.publish({ kind: "bridge_availability", body: "unknown" });
    this.devices.announce();
    this.#index.start();
    this.#liveness.start();
    this.#commands.start();
    this.requests.start();
    for (const supervisor of this.adapters) supervisor.start();
    bus.publish({ kind: "bridge_availability", body: "online" });
  }

  /** Stops taking commands, stops the adapters, and says so on the bus. */
  async stop(): Promise<void> {
    this.requests.stop();
    await this.#commands.stop();
    this.#liveness.stop();
    await Promise.all(this.adapters.map((supervisor) => supervisor.stop()));
    this.#index.stop();
    await this.#writer.flush();
    this.#options.bus.publish({ kind: "bridge_availability", body: "offline" });
  }
}
