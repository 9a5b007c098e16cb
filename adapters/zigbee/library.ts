/**
 * zigbee-herdsman and its converters, loaded when the adapter runs: together they cost 80 MiB and a
 * good part of a second.
 */
import { createRequire } from "node:module";
import type { Logger } from "koine/adapter";
import type * as Herdsman from "zigbee-herdsman";
import type * as Converters from "zigbee-herdsman-converters";
import { repairLibrary } from "./library-repairs.ts";
import type { Network } from "./network.ts";

export type Device = Herdsman.Models.Device;
export type Endpoint = Herdsman.Models.Endpoint;
export type Group = Herdsman.Models.Group;
export type Definition = Converters.Definition;
export type { Converters };

export interface Library {
  readonly herdsman: typeof Herdsman;
  readonly converters: typeof Converters;
}

/** Loads both, with their words in our log, and keys nowhere. */
export async function loadLibrary(log: Logger, network: Network): Promise<Library> {
  const [herdsman, converters] = await Promise.all([
    import("zigbee-herdsman"),
    import("zigbee-herdsman-converters"),
  ]);
  await repairLibrary();
  const hide = hiding(network.key);
  const words = (level: "debug" | "info" | "warn") => (said: Said, namespace: string) => {
    const text = typeof said === "function" ? said() : said;
    log[level]({ from: namespace, text: hide(text) }, "zigbee library");
  };
  const logger = {
    // What it says there is for its developers: every byte, several times.
    debug: () => {},
    info: words("debug"),
    warning: words("info"),
    // It calls many things errors that only one device is concerned by.
    error: words("warn"),
  };
  herdsman.setLogger(logger);
  converters.setLogger(logger);
  return { herdsman, converters };
}

/** Where the library keeps its devices, inside it. */
const modelModule = "./controller/model";

/**
 * Lets go of the devices the library knows of an earlier start: who asks it for one after its end has
 * all of them loaded anew, of a database that is no longer the one in use.
 */
export function forgetDevices(): void {
  const require = createRequire(import.meta.resolve("zigbee-herdsman"));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- not exported by the library
  const models = require(modelModule) as Record<"Device" | "Group", { resetCache(): void }>;
  models.Device.resetCache();
  models.Group.resetCache();
}

/** Files with all models of a maker: Tuya's alone takes 15 MiB, for the one or two in the house. */
const modelFiles = /zigbee-herdsman-converters[\\/]dist[\\/]devices[\\/]/;

/**
 * Lets go of the models that no device in the house is: those that are go on with what they have. A
 * device of the same maker that joins later has the file read once more.
 */
export function forgetUnusedModels(): void {
  const { cache } = createRequire(import.meta.url);
  const dropped = new Set(Object.keys(cache).filter((file) => modelFiles.test(file)));
  for (const module of Object.values(cache)) {
    // What was loaded for `import` has none.
    if (!Array.isArray(module?.children)) continue;
    const kept = module.children.filter((child) => !dropped.has(child.filename));
    module.children.splice(0, module.children.length, ...kept);
  }
  for (const file of dropped) delete cache[file];
}

type Said = string | (() => string);

/** Hides a key in a text, however it is written there. */
export function hiding(key: string): (text: string) => string {
  const spellings = [key, key.toUpperCase(), [...Buffer.from(key, "hex")].join(",")];
  return (text) => {
    const plain = text.replaceAll(/(\d), (?=\d)/g, "$1,");
    return spellings.some((one) => plain.includes(one))
      ? spellings.reduce((rest, one) => rest.replaceAll(one, "[redacted]"), plain)
      : text;
  };
}
