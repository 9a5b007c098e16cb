import { register } from "node:module";

const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
const hooks = new URL(`./adapter-imports-hooks${extension}`, import.meta.url);
const ourselves = new URL("../../../", import.meta.url).href;
let isRegistered = false;

/** What the hooks need to know. */
export interface HookData {
  /** Where `koine/adapter` and what is below it lie, by specifier. */
  readonly ours: Readonly<Record<string, string>>;
}

/** The specifier of a package as if it were imported by a file in that directory. */
export function specifierFrom(name: string, directory: URL): string {
  return `koine-adapter:${encodeURIComponent(directory.href)}:${name}`;
}

/** Whether a module lies outside this package, so that it cannot find `koine/adapter` by itself. */
export function isForeign(module: string): boolean {
  return !module.startsWith(ourselves);
}

/**
 * From now on, in this thread, modules anywhere can import `koine/adapter`, and get this very copy:
 * one that is installed beside them would have other error classes.
 */
export function allowAdapterImports(): void {
  if (isRegistered) return;
  isRegistered = true;
  const data: HookData = {
    ours: {
      "koine/adapter": new URL(`../adapter${extension}`, import.meta.url).href,
      "koine/adapter/testing": new URL(`../../testing/index${extension}`, import.meta.url).href,
    },
  };
  register(hooks, { data });
}
