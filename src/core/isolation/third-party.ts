import { pathToFileURL } from "node:url";
import { ConfigError, reasonOf } from "../../errors.ts";
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
    module = await import(isFile ? new URL(use, base).href : specifierFrom(use, base));
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

function isNotFound(cause: unknown, name: string): boolean {
  const isMissing =
    cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
  return isMissing && cause.message.includes(`'${name}'`);
}

/** JavaScript lets an author leave out what the type asks for. */
function missingIn({ module, isolation }: Partial<AdapterKind<unknown>>): string | undefined {
  if (typeof module !== "string") return "module: import.meta.url";
  const isKnown = isolations.some((one) => one === isolation);
  return isKnown ? undefined : `isolation: ${isolations.map((one) => `"${one}"`).join(" or ")}`;
}
