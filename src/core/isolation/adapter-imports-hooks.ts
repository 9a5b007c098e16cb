import type { InitializeHook, ResolveHook } from "node:module";
import type { HookData } from "./adapter-imports.ts";

/* What Node calls, in a thread of its own, to resolve every import of this process or worker. */

let ours: HookData["ours"] = {};

export const initialize: InitializeHook<HookData> = (data) => {
  ours = data.ours;
};

export const resolve: ResolveHook = (specifier, context, next) => {
  const url = Object.hasOwn(ours, specifier) ? ours[specifier] : undefined;
  if (url !== undefined) return { url, shortCircuit: true };
  const [, directory, name] = /^koine-adapter:([^:]+):(.+)$/.exec(specifier) ?? [];
  if (directory === undefined || name === undefined) return next(specifier, context);
  return next(name, { ...context, parentURL: decodeURIComponent(directory) });
};
