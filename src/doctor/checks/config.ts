import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LoadedConfig } from "../../config/load.ts";
import { isKoineError } from "../../errors.ts";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";

/** What others of this machine may do with a file. */
const forOthers = 0o007;

/** A configuration that can be used, or what is wrong with it. */
export interface CheckedConfig {
  readonly loaded: LoadedConfig | undefined;
  readonly findings: readonly Finding[];
}

/** Whether the configuration can be used, and whether its secrets are kept. */
export async function checkConfig(load: () => Promise<LoadedConfig>): Promise<CheckedConfig> {
  try {
    const loaded = await load();
    const { file, adapters } = loaded;
    if (file === undefined) return { loaded, findings: [missing()] };
    const names = adapters.map(({ name }) => name).join(", ");
    const found = ok(`Configuration "${file}", adapters: ${names === "" ? "none" : names}`);
    return { loaded, findings: [found, ...(await openSecrets(dirname(file)))] };
  } catch (error) {
    if (!isKoineError(error, "config")) throw error;
    const places = error.problems.map(({ file, line, column, path, message }) => {
      const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
      return `${place} ${path === "" ? "" : `${path}: `}${message}`;
    });
    const [first] = error.problems;
    const invalid = problem("config_invalid", error.message, {
      why: places.join("; ") || "It cannot be read",
      next: first
        ? `Correct that; then: koine config check --config "${first.file}"`
        : "Name another with --config, or let this user read it: sudo koine doctor",
    });
    return { loaded: undefined, findings: [invalid] };
  }
}

function missing(): Finding {
  return warning("config_missing", "There is no configuration: the defaults hold", {
    why: "Only WiFi devices that connect to Koine's own broker are heard",
    next: "koine init",
  });
}

async function openSecrets(directory: string): Promise<readonly Finding[]> {
  const file = join(directory, "secrets.yaml");
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (found.mode & forOthers) === 0) return [];
  return [
    warning("secrets_open", `Everybody on this machine can read "${file}"`, {
      why: "Passwords and keys are in it",
      next: `sudo chmod 640 "${file}"`,
    }),
  ];
}
