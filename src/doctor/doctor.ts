import { realpath } from "node:fs/promises";
import type { LoadedConfig } from "../config/load.ts";
import type { Need } from "../core/adapter.ts";
import type { Finding } from "../model/finding.ts";
import { checkBus } from "./checks/broker.ts";
import { checkCertificates } from "./checks/certificates.ts";
import { checkClock } from "./checks/clock.ts";
import { checkConfig } from "./checks/config.ts";
import { checkData } from "./checks/data.ts";
import { checkGateway } from "./checks/gateway.ts";
import { checkMachine } from "./checks/machine.ts";
import { checkNeed } from "./checks/needs.ts";
import { checkUnused } from "./checks/unused.ts";
import type { Surroundings } from "./surroundings.ts";

/** Findings about one thing, under its name. */
export interface Section {
  readonly name: string;
  readonly findings: readonly Finding[];
}

export interface DoctorOptions {
  readonly load: () => Promise<LoadedConfig>;
  /** Where the gateway of a configuration keeps everything; without one, that of the defaults. */
  readonly directoryOf: (loaded: LoadedConfig | undefined) => string;
  readonly surroundings: Surroundings;
}

/**
 * Looks at everything that a gateway needs, whether one runs or not, and changes nothing. What a running
 * gateway holds, such as its ports, is not tried: it says itself how that stands.
 */
export async function examine(options: DoctorOptions): Promise<readonly Section[]> {
  const { surroundings } = options;
  const { loaded, findings: ofConfig } = await checkConfig(options.load);
  const directory = options.directoryOf(loaded);
  const gateway = await checkGateway(directory, surroundings);
  const isRunning = gateway.adapters !== undefined;
  const sections: Section[] = [
    { name: "machine", findings: await checkMachine(surroundings) },
    { name: "clock", findings: await checkClock(surroundings) },
    { name: "data", findings: await checkData(directory, surroundings) },
    { name: "configuration", findings: ofConfig },
    { name: "gateway", findings: gateway.findings },
  ];
  if (!loaded) return sections;
  const { bus } = loaded.config;
  const ofBus = [
    ...(await checkBus(bus, directory, isRunning, surroundings)),
    ...(await checkCertificates(bus, directory, surroundings)),
  ];
  sections.push({ name: "broker", findings: ofBus });
  const used = new Set<string>();
  for (const { name, kind, config } of loaded.adapters) {
    const needs = kind.needs?.(config) ?? [];
    for (const path of await portsOf(needs, surroundings.root)) used.add(path);
    const isUsed = gateway.adapters?.some((one) => one.name === name && isOpen(one.state)) ?? false;
    const found = await Promise.all(needs.map((need) => checkNeed(need, isUsed, surroundings)));
    sections.push({ name, findings: found.flat() });
  }
  const unused = checkUnused(await surroundings.serialPorts(), used);
  return [...sections, { name: "not used", findings: unused }].filter(
    ({ findings }) => findings.length > 0,
  );
}

/** Whether an adapter in that state has its link. */
function isOpen(state: string): boolean {
  return state === "online" || state === "degraded" || state === "attention";
}

/** Serial ports of these needs, under every name. */
async function portsOf(needs: readonly Need[], root: string): Promise<readonly string[]> {
  const serial = needs.flatMap((need) => (need.type === "serial" ? [need] : []));
  const found = await Promise.all(
    // Why one is not found is said where it is looked at.
    serial.map(async (need) => need.find(root).catch(() => [])),
  );
  const paths = found.flat();
  const devices = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return [...paths, ...devices];
}
