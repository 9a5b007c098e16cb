import { monitorEventLoopDelay } from "node:perf_hooks";
import { z } from "zod";
import {
  defineAdapter,
  type Adapter,
  type AdapterHost,
  type AdapterKind,
} from "../core/adapter.ts";
import { CommandError } from "../errors.ts";
import type { CommandResult, PropertyFacts, Reading } from "../model/adapter-event.ts";
import type { Ref } from "../model/identity.ts";
import type { AdapterState } from "../model/bridge.ts";
import type { PropertyName } from "../model/vocabulary.ts";
import type { HeapFigures } from "../heap-floor.ts";
import { limits } from "../limits.ts";
import {
  brokerReadings,
  droppedReadings,
  trafficReadings,
  type BrokerProbes,
} from "./broker-readings.ts";
import { FloorHistory } from "./floor-history.ts";
import { Heaps } from "./heaps.ts";

/** What the gateway device reports of the rest of the daemon. */
export interface GatewayProbes {
  readonly id: string;
  readonly version: string;
  /** Resident memory of the process in bytes. */
  readonly memoryRssBytes: () => number;
  /** What V8 has taken of it for the heap of this thread. */
  readonly heapTotalBytes: () => number;
  /** CPU time the process has used, in ms. */
  readonly cpuMs: () => number;
  readonly broker: BrokerProbes;
  readonly devicesOnline: () => number;
  /** Sum of a counter and everything below it. */
  readonly counted: (name: string) => number;
  /** All counters by name. */
  readonly counters: () => Iterable<readonly [string, number]>;
  readonly adapters: () => readonly AdapterProbe[];
  /** Ends the process, so that whoever supervises it starts it again. */
  readonly restart: (reason: string) => void;
}

/** What is known of one adapter. */
interface AdapterProbe {
  readonly name: string;
  readonly state: AdapterState;
  /** Of its own heap, where it has one. */
  readonly heap: HeapFigures | undefined;
}

const configSchema = z.strictObject({
  interval: z.number().min(1).max(3_600),
  probe: z.number().min(0).max(1_440).default(30),
  on_critical: z.enum(["alert", "restart"]).default("alert"),
});
type GatewayConfig = z.infer<typeof configSchema>;

/** Resolution of the event-loop delay, in ms: each look wakes an idle gateway. */
const loopResolutionMs = 100;

/** The daemon itself as a device, `gateway-<id>`, through the same contract as a radio. */
export function gatewayKind(probes: GatewayProbes): AdapterKind<GatewayConfig> {
  return defineAdapter({
    kind: "gateway",
    module: import.meta.url,
    isolation: "none",
    configSchema,
    create: (config) => new GatewayAdapter(probes, config),
  });
}

class GatewayAdapter implements Adapter {
  readonly #probes: GatewayProbes;
  readonly #config: GatewayConfig;
  readonly #intervalMs: number;
  readonly #ref: Ref;
  /** Reads and reports now; undefined while not running. */
  #report: ((isAsked: boolean) => Promise<void>) | undefined;
  /** Since when memory has been critical, and messages in and out at the last look. */
  #criticalSinceMs: number | undefined;
  #traffic = 0;
  #startedMs = 0;

  constructor(probes: GatewayProbes, config: GatewayConfig) {
    this.#probes = probes;
    this.#config = config;
    this.#intervalMs = config.interval * 1_000;
    this.#ref = [["gateway", probes.id]];
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
    const history = await FloorHistory.load(host.store, this.#probes.version, (err) => {
      host.count("floors_unwritten");
      host.log.warn({ err }, "memory of this version could not be kept for comparison");
    });
    const heaps = new Heaps(this.#heapProbes(), host.clock, history);
    const measured = this.#measure(host, delay);
    this.#startedMs = host.clock.monotonic();
    delay.enable();
    const stopWatching = heaps.start(this.#config.probe * 60_000);
    try {
      this.#describe(host);
      host.status({ state: "online" });
      this.#report = async (isAsked) => {
        const values = [...measured(), ...(await heaps.read(isAsked))];
        this.#describeParts(host, values);
        host.emit({ type: "readings", ref: this.#ref, values });
        if (!isAsked) this.#mayRestart(host, heaps.isCritical);
      };
      while (!signal.aborted) {
        await this.#report(false);
        await host.clock.sleep(this.#intervalMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#report = undefined;
      stopWatching();
      delay.disable();
    }
  }

  async execute(command: { readonly type: "set" | "get" }): Promise<CommandResult> {
    if (command.type === "set" || !this.#report) {
      throw new CommandError("unsupported", "The gateway cannot be set");
    }
    await this.#report(true);
    return { status: "done", confirmedBy: "report" };
  }

  #describe(host: AdapterHost): void {
    host.emit({
      type: "device",
      ref: this.#ref,
      facts: {
        name: "Koine gateway",
        manufacturer: "Koine",
        model: "koine",
        firmware: this.#probes.version,
        classes: ["gateway"],
        intervalS: this.#intervalMs / 1_000,
        properties: figures.map((is) => ({ is })),
      },
    });
  }

  /** What comes and goes, and what there is several of. */
  #describeParts(host: AdapterHost, readings: readonly Reading[]): void {
    const properties: PropertyFacts[] = readings.map(({ is, part }) => ({
      is,
      ...(part !== undefined && { part }),
    }));
    host.emit({ type: "device", ref: this.#ref, facts: { properties } });
  }

  #heapProbes(): ConstructorParameters<typeof Heaps>[0] {
    const { memoryRssBytes, heapTotalBytes, counters, adapters, broker, devicesOnline } =
      this.#probes;
    return {
      memoryRssBytes,
      heapTotalBytes,
      counters,
      backlogs: () => {
        const figures = broker.figures();
        return [
          ["devices_online", devicesOnline()],
          ["mqtt_clients", broker.clientCount()],
          ["mqtt_sessions", figures?.sessions ?? 0],
          ["messages_queued", figures?.queuedMessages ?? 0],
        ];
      },
      guests: () => adapters().flatMap(({ name, heap }) => (heap ? [{ name, heap }] : [])),
    };
  }

  /** Where memory will be full soon and the configuration says so: at a quiet moment, never unsaid. */
  #mayRestart({ clock, log }: AdapterHost, isCritical: boolean): void {
    const { counted, restart } = this.#probes;
    const traffic = counted("messages");
    const isQuiet =
      traffic - this.#traffic <= (limits.quietMessagesPerS * this.#intervalMs) / 1_000;
    this.#traffic = traffic;
    if (!isCritical || this.#config.on_critical !== "restart") {
      this.#criticalSinceMs = undefined;
      return;
    }
    const now = clock.monotonic();
    // What is full as soon as it has started is so after another start.
    if (now - this.#startedMs < limits.restartLeastMs) return;
    if (this.#criticalSinceMs === undefined) {
      this.#criticalSinceMs = now;
      log.warn({}, "memory will be full soon: restarting at a quiet moment");
      return;
    }
    const waitedMs = now - this.#criticalSinceMs;
    if (waitedMs < limits.restartNoticeMs || (!isQuiet && waitedMs < limits.restartWaitMs)) return;
    restart("memory will be full soon");
  }

  /** Makes the function that reads all figures; rates are taken between its calls. */
  #measure(
    { clock }: AdapterHost,
    delay: ReturnType<typeof monitorEventLoopDelay>,
  ): () => Reading[] {
    const probes = this.#probes;
    const startedAt = clock.monotonic();
    const traffic = trafficReadings(probes.counted, () => clock.monotonic());
    let [lastAt, lastCpuMs] = [startedAt, probes.cpuMs()];
    return () => {
      const now = clock.monotonic();
      const cpuMs = probes.cpuMs();
      const cpuShare = now > lastAt ? (cpuMs - lastCpuMs) / (now - lastAt) : 0;
      [lastAt, lastCpuMs] = [now, cpuMs];
      const lateMs = Math.max(delay.percentile(99) / 1e6 - loopResolutionMs, 0);
      delay.reset();
      return [
        reading("uptime", (now - startedAt) / 1_000),
        reading("event_loop_delay", lateMs),
        reading("cpu_usage", Math.min(cpuShare * 100, 100)),
        reading("memory_rss", probes.memoryRssBytes()),
        reading("devices_online", probes.devicesOnline()),
        ...traffic(),
        reading("messages_dropped", probes.counted("dropped")),
        reading("messages_malformed", probes.counted("malformed")),
        reading("time_synced", clock.synced()),
        ...this.#partReadings(),
      ];
    };
  }

  #partReadings(): Reading[] {
    const { adapters, broker, counters } = this.#probes;
    return [
      ...adapters().flatMap(readingsOf),
      ...brokerReadings(broker),
      ...droppedReadings(counters()),
    ];
  }
}

const figures: readonly PropertyName[] = [
  "uptime",
  "event_loop_delay",
  "cpu_usage",
  "memory_rss",
  "heap_used",
  "heap_limit",
  "heap_verdict",
  "heap_severity",
  "devices_online",
  "messages_received",
  "messages_sent",
  "messages_in_rate",
  "messages_out_rate",
  "messages_dropped",
  "messages_malformed",
  "time_synced",
];

function reading(is: PropertyName, value: number | boolean): Reading {
  return { is, value };
}

/** What is told of one adapter, with the adapter as its part. */
function readingsOf({ name, state }: AdapterProbe): Reading[] {
  return [{ is: "adapter_state", value: state, part: name.replaceAll("-", "_") }];
}
