import { realpath } from "node:fs/promises";
import type { AdapterInstance } from "../../config/load.ts";
import type { Need } from "../../core/adapter.ts";
import { reasonOf } from "../../errors.ts";
import { warning, type Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";
import { checkNeed } from "./needs.ts";

export interface CheckedAdapter {
  readonly findings: readonly Finding[];
  /** Its serial ports, under every name. */
  readonly ports: readonly string[];
}

/**
 * All that one adapter needs; `isUsed` while the gateway itself has it. What an adapter of somebody
 * else does wrong is told, and ends nothing.
 */
export async function checkAdapter(
  { name, kind, config }: Pick<AdapterInstance, "name" | "kind" | "config">,
  isUsed: boolean,
  surroundings: Surroundings,
): Promise<CheckedAdapter> {
  try {
    const needs = [...(kind.needs?.(config) ?? [])];
    const found = await Promise.all(
      needs.map((need) =>
        checkNeed(need, isUsed, surroundings).catch((error: unknown) => [unclear(name, error)]),
      ),
    );
    return { findings: found.flat(), ports: await portsOf(needs, surroundings.root) };
  } catch (error) {
    return { findings: [unclear(name, error)], ports: [] };
  }
}

function unclear(name: string, error: unknown): Finding {
  return warning("adapter_unclear", `What adapter ${name} needs cannot be told`, {
    why: reasonOf(error),
    next: "Tell its author; koine request info says how it does in a gateway that runs",
  });
}

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
