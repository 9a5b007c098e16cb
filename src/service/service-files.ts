import { hardwareOf } from "./hardware.ts";
import { memoryBudget } from "./memory-budget.ts";
import { servicePaths, serviceUser } from "./names.ts";
import { udevRules } from "./udev-rules.ts";
import { madeBy, unitFile } from "./unit-file.ts";
import type { AdapterInstance } from "../config/load.ts";

/** One file that the service consists of; for everybody to read (0644). */
export interface ServiceFile {
  readonly path: string;
  readonly text: string;
}

export interface ServiceFacts {
  readonly version: string;
  /** Absolute paths of Node.js and of the program. */
  readonly node: string;
  readonly main: string;
  readonly data: string;
  readonly adapters: readonly AdapterInstance[];
  readonly totalMemoryBytes: number;
  /** Names of the groups of the machine. */
  readonly groups: ReadonlySet<string>;
}

/** Serial ports belong to it on Debian; a unit that names a group which is not there does not start. */
const serialGroup = "dialout";

/** The files as this version writes them. */
export function serviceFiles(facts: ServiceFacts): readonly ServiceFile[] {
  const { bluetooth, modems } = hardwareOf(facts.adapters);
  const unit = unitFile({
    ...facts,
    config: servicePaths.config,
    memory: memoryBudget(facts.totalMemoryBytes),
    bluetooth,
    modems: modems.length > 0,
    groups: facts.groups.has(serialGroup) ? [serialGroup] : [],
  });
  const user = `${madeBy}, which writes it anew.\nu ${serviceUser} - "Koine gateway" ${servicePaths.data}\n`;
  return [
    { path: servicePaths.user, text: user },
    { path: servicePaths.rules, text: udevRules(modems) },
    { path: servicePaths.unit, text: unit },
  ];
}
