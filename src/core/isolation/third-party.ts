import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { systemClock } from "../../clock.ts";
import { ConfigError, LimitError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { isolations, type AdapterKind } from "../adapter.ts";
import { allowAdapterImports, specifierFrom } from "./adapter-imports.ts";
import { kindIn } from "./kind-module.ts";

/**
 * Loads an adapter kind that does not come with Koine: from a file (`./my-adapter.mjs`) or from an
 * installed package.
 * @param directory where the configuration lies; both are looked for from there
 * @returns undefined when there is no such package
 * @throws ConfigError when there is something that cannot be used, with the reason
 */
export async function loadThirdParty(
  use: string,
  directory: string,
): Promise<AdapterKind<unknown> | undefined> {
  const base = pathToFileURL(`${directory}/`);
  const isFile = /^(?:\.{0,2}\/|file:)/.test(use);
  allowAdapterImports();
  let module: unknown;
  try {
    module = await inTime(import(isFile ? addressOf(use, directory) : specifierFrom(use, base)));
  } catch (cause) {
    if (!isFile && isNotFound(cause, use)) return undefined;
    throw new ConfigError(`cannot be loaded: ${reasonOf(cause)}`, { cause });
  }
  const kind = kindIn(module);
  if (!kind) throw new ConfigError("exports no adapter kind; use defineAdapter of koine/adapter");
  const missing = missingIn(kind);
  if (missing !== undefined) throw new ConfigError(`exports an adapter kind without ${missing}`);
  return kind;
}

/** A file may have characters in its name that mean something in an address. */
function addressOf(use: string, directory: string): string {
  return use.startsWith("file:") ? use : pathToFileURL(resolve(directory, use)).href;
}

/** Code at the top of a module may wait for ever; the timer keeps the process from ending silently. */
async function inTime(loading: Promise<unknown>): Promise<unknown> {
  const loaded = new AbortController();
  const late = systemClock().sleep(limits.adapterLoadMs, loaded.signal);
  const giveUp = late.then(() => {
    throw new LimitError(`it took more than ${limits.adapterLoadMs / 1_000} s`);
  });
  try {
    return await Promise.race([loading, giveUp]);
  } finally {
    loaded.abort();
    giveUp.catch(() => {});
  }
}

function isNotFound(cause: unknown, name: string): boolean {
  const isMissing =
    cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
  return isMissing && cause.message.includes(`'${name}'`);
}

/** JavaScript lets an author leave out what the type asks for. */
function missingIn(kind: Partial<AdapterKind<unknown>>): string | undefined {
  const { module, isolation, configSchema } = kind;
  if (typeof configSchema?.safeParse !== "function") return "configSchema: z.strictObject({…})";
  if (typeof module !== "string") return "module: import.meta.url";
  const isKnown = isolations.some((one) => one === isolation);
  return isKnown ? undefined : `isolation: ${isolations.map((one) => `"${one}"`).join(" or ")}`;
}
