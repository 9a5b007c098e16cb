import { readdir, readFile, statfs } from "node:fs/promises";
import { cpus, freemem, hostname, loadavg, uptime } from "node:os";
import { z } from "zod";
import {
  defineAdapter,
  type Adapter,
  type AdapterHost,
  type AdapterKind,
} from "../core/adapter.ts";
import { CommandError } from "../errors.ts";
import type { CommandResult, Reading } from "../model/adapter-event.ts";
import type { Ref } from "../model/identity.ts";
import type { PropertyName } from "../model/vocabulary.ts";
import type { ClockSync } from "./clock-sync.ts";

export interface HostProbes {
  readonly id: string;
  /** The disk that holds it is the one that must not be full. */
  readonly dataDirectory: string;
  readonly clockSync: ClockSync;
}

const configSchema = z.strictObject({
  interval: z.number().min(1).max(3_600),
});

/** The machine as a device, `host-<id>`. What it does not tell, such as a temperature, is absent. */
export function hostKind(probes: HostProbes): AdapterKind<z.infer<typeof configSchema>> {
  return defineAdapter({
    kind: "host",
    module: import.meta.url,
    isolation: "none",
    configSchema,
    create: ({ interval }) => new HostDevice(probes, interval * 1_000),
  });
}

class HostDevice implements Adapter {
  readonly #probes: HostProbes;
  readonly #intervalMs: number;
  readonly #ref: Ref;
  #report: (() => Promise<void>) | undefined;

  constructor(probes: HostProbes, intervalMs: number) {
    this.#probes = probes;
    this.#intervalMs = intervalMs;
    this.#ref = [["host", probes.id]];
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const measured = this.#measure();
    const report = async (): Promise<void> => this.#tell(host, await measured());
    this.#report = report;
    try {
      host.status({ state: "online" });
      while (!signal.aborted) {
        await report();
        await host.clock.sleep(this.#intervalMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#report = undefined;
    }
  }

  async execute(command: { readonly type: "set" | "get" }): Promise<CommandResult> {
    if (command.type === "set" || !this.#report) {
      throw new CommandError("unsupported", "The machine cannot be set");
    }
    await this.#report();
    return { status: "done", confirmedBy: "report" };
  }

  #tell(host: AdapterHost, values: readonly Reading[]): void {
    const properties = values.map(({ is }) => ({ is }));
    const intervalS = this.#intervalMs / 1_000;
    const facts = { name: hostname(), classes: ["gateway"], intervalS, properties } as const;
    host.emit({ type: "device", ref: this.#ref, facts });
    host.emit({ type: "readings", ref: this.#ref, values });
  }

  /** Makes the function that reads all figures; shares are taken between its calls. */
  #measure(): () => Promise<Reading[]> {
    const { clockSync, dataDirectory } = this.#probes;
    let before = cpuTimes();
    return async () => {
      const now = cpuTimes();
      const busy = now.busyMs - before.busyMs;
      const all = busy + now.idleMs - before.idleMs;
      before = now;
      await clockSync.refresh();
      const figures: readonly (readonly [PropertyName, Reading["value"] | undefined])[] = [
        ["uptime", uptime()],
        ["cpu_usage", all > 0 ? (busy * 100) / all : 0],
        ["load_average", loadavg()[0]],
        ["memory_available", await memoryAvailable()],
        ["disk_free", await diskFree(dataDirectory)],
        ["device_temperature", await cpuTemperature()],
        ["time_synced", clockSync.isSynced],
      ];
      return figures.flatMap(([is, value]) => (value === undefined ? [] : { is, value }));
    };
  }
}

function cpuTimes(): { readonly busyMs: number; readonly idleMs: number } {
  let [busyMs, idleMs] = [0, 0];
  for (const { times } of cpus()) {
    busyMs += times.user + times.nice + times.sys + times.irq;
    idleMs += times.idle;
  }
  return { busyMs, idleMs };
}

/** Bytes; Linux counts in what caches would give back. */
async function memoryAvailable(): Promise<number> {
  const text = await textOf("/proc/meminfo");
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text ?? "")?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1_024;
}

/** Bytes; undefined when the directory is gone. */
async function diskFree(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    // Gone or not to be looked at: nothing is known of it.
    return undefined;
  }
}

const thermalZones = "/sys/class/thermal";

/** °C; of the zone that is the processor's, or the only one. */
async function cpuTemperature(): Promise<number | undefined> {
  const zones = await namesIn(thermalZones);
  const found: { readonly type: string; readonly celsius: number }[] = [];
  for (const zone of zones.filter((name) => name.startsWith("thermal_zone"))) {
    const type = (await textOf(`${thermalZones}/${zone}/type`)) ?? "";
    const milli = Number(await textOf(`${thermalZones}/${zone}/temp`));
    if (Number.isFinite(milli)) found.push({ type, celsius: milli / 1_000 });
  }
  return (found.find(({ type }) => /cpu|soc|x86_pkg/i.test(type)) ?? found[0])?.celsius;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch {
    // Not on this machine.
    return [];
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    // Not on this machine.
    return undefined;
  }
}
