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
import { HeapFloor, type HeapFigures } from "../heap-floor.ts";
import {
  brokerReadings,
  droppedReadings,
  trafficReadings,
  type BrokerProbes,
} from "./broker-readings.ts";

/** What the gateway device reports of the rest of the daemon. */
export interface GatewayProbes {
  readonly id: string;
  readonly version: string;
  /** Resident memory of the process in bytes. */
  readonly memoryRssBytes: () => number;
  /** CPU time the process has used, in ms. */
  readonly cpuMs: () => number;
  readonly broker: BrokerProbes;
  readonly devicesOnline: () => number;
  /** Sum of a counter and everything below it. */
  readonly counted: (name: string) => number;
  /** All counters by name. */
  readonly counters: () => Iterable<readonly [string, number]>;
  readonly adapters: () => readonly AdapterProbe[];
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
});

/** Resolution of the event-loop delay, in ms: each look wakes an idle gateway. */
const loopResolutionMs = 100;

/** The daemon itself as a device, `gateway-<id>`, through the same contract as a radio. */
export function gatewayKind(probes: GatewayProbes): AdapterKind<z.infer<typeof configSchema>> {
  return defineAdapter({
    kind: "gateway",
    module: import.meta.url,
    isolation: "none",
    configSchema,
    create: ({ interval }) => new GatewayAdapter(probes, interval * 1_000),
  });
}

class GatewayAdapter implements Adapter {
  readonly #probes: GatewayProbes;
  readonly #intervalMs: number;
  readonly #ref: Ref;
  /** Reads and reports now; undefined while not running. */
  #report: (() => void) | undefined;

  constructor(probes: GatewayProbes, intervalMs: number) {
    this.#probes = probes;
    this.#intervalMs = intervalMs;
    this.#ref = [["gateway", probes.id]];
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
    const heap = new HeapFloor();
    const measured = this.#measure(host, delay, heap);
    delay.enable();
    heap.start();
    try {
      this.#describe(host);
      host.status({ state: "online" });
      this.#report = () => {
        this.#describeParts(host);
        host.emit({ type: "readings", ref: this.#ref, values: measured() });
      };
      while (!signal.aborted) {
        this.#report();
        await host.clock.sleep(this.#intervalMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#report = undefined;
      heap.stop();
      delay.disable();
    }
  }

  async execute(command: { readonly type: "set" | "get" }): Promise<CommandResult> {
    if (command.type === "set" || !this.#report) {
      throw new CommandError("unsupported", "The gateway cannot be set");
    }
    this.#report();
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

  /** What there is several of, and comes and goes. */
  #describeParts(host: AdapterHost): void {
    const readings = this.#partReadings();
    const properties: PropertyFacts[] = readings.map(({ is, part }) => ({
      is,
      ...(part !== undefined && { part }),
    }));
    host.emit({ type: "device", ref: this.#ref, facts: { properties } });
  }

  /** Makes the function that reads all figures; rates are taken between its calls. */
  #measure(
    { clock }: AdapterHost,
    delay: ReturnType<typeof monitorEventLoopDelay>,
    heap: HeapFloor,
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
        ...heapReadings(heap.read()),
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

function heapReadings({ usedBytes, limitBytes, isFloor }: HeapFigures): Reading[] {
  const used = reading("heap_used", usedBytes);
  return [isFloor ? used : { ...used, quality: "estimated" }, reading("heap_limit", limitBytes)];
}

/** What is told of one adapter, each with the adapter as its part. */
function readingsOf({ name, state, heap }: AdapterProbe): Reading[] {
  const part = name.replaceAll("-", "_");
  const told: Reading[] = [{ is: "adapter_state", value: state }];
  if (heap) told.push(...heapReadings(heap));
  return told.map((one) => ({ ...one, part }));
}
