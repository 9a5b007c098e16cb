import type { LoadedConfig } from "../config/load.ts";
import { withoutKeys, withoutPassword, withoutSecrets } from "../log-redaction.ts";
import { ok, type Finding } from "../model/finding.ts";
import { checkAdapter } from "./checks/adapter.ts";
import { checkBus } from "./checks/broker.ts";
import { checkCertificates } from "./checks/certificates.ts";
import { checkClock } from "./checks/clock.ts";
import { checkConfig } from "./checks/config.ts";
import { checkData } from "./checks/data.ts";
import { checkGateway } from "./checks/gateway.ts";
import { checkMachine } from "./checks/machine.ts";
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
  /** The command that starts that gateway. */
  readonly run: string;
}

/**
 * Looks at everything that a gateway needs, whether one runs or not, and changes nothing. What a running
 * gateway holds, such as its ports, is not tried: it says itself how that stands.
 */
export async function examine(options: DoctorOptions): Promise<readonly Section[]> {
  const { loaded, findings: ofConfig } = await checkConfig(options.load);
  const sections = await sectionsOf(options, loaded, ofConfig);
  const shown = (text: string): string =>
    withoutKeys(withoutPassword(withoutSecrets(text, loaded?.secrets ?? new Set())));
  return sections.map(({ name, findings }) => ({
    name,
    findings: findings.map((finding) => inWords(finding, shown)),
  }));
}

async function sectionsOf(
  options: DoctorOptions,
  loaded: LoadedConfig | undefined,
  ofConfig: readonly Finding[],
): Promise<readonly Section[]> {
  const { surroundings } = options;
  const directory = options.directoryOf(loaded);
  const gateway = await checkGateway(directory, surroundings, options.run);
  const { mayRun, isServed, uses } = gateway;
  const sections: Section[] = [
    { name: "machine", findings: await checkMachine(surroundings) },
    { name: "clock", findings: await checkClock(surroundings) },
    { name: "data", findings: await checkData(directory, isServed, surroundings) },
    { name: "configuration", findings: ofConfig },
    { name: "gateway", findings: gateway.findings },
  ];
  if (!loaded) return sections;
  const { bus } = loaded.config;
  const ofBus = [
    ...(await checkBus(bus, directory, mayRun, surroundings)),
    ...(await checkCertificates(bus, directory, surroundings)),
  ];
  sections.push({ name: "broker", findings: ofBus });
  const used = new Set<string>();
  for (const adapter of loaded.adapters) {
    const { name } = adapter;
    const { findings, ports } = await checkAdapter(adapter, uses(name), surroundings);
    for (const path of ports) used.add(path);
    sections.push({ name, findings });
  }
  const unused = checkUnused(await surroundings.serialPorts(), used);
  return [...sections, { name: "not used", findings: unused }].filter(
    ({ findings }) => findings.length > 0,
  );
}

function inWords(finding: Finding, shown: (text: string) => string): Finding {
  if (finding.level === "ok") return ok(shown(finding.what));
  const { what, why, next } = finding;
  return { ...finding, what: shown(what), why: shown(why), next: shown(next) };
}
