/** One change of a key; `undefined` deletes it. */
export interface Change {
  readonly key: string;
  readonly value: string | undefined;
}

/** What survives: a sorted map of texts. Keys are paths: `device/wifi-0050c2123456`. */
export interface Store {
  get(key: string): Promise<string | undefined>;
  /** All entries whose key starts with `prefix`, in key order. */
  entries(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>;
  /**
   * Writes all changes or none. Resolves when they are on the disk; writes of one turn share one
   * sync. Later writes of the same key win.
   * @throws LinkError when the disk refuses, LimitError when too much waits
   */
  write(changes: readonly Change[]): Promise<void>;
  /** Flushes, then closes. */
  close(): Promise<void>;
}

/** Where in the store of the gateway an adapter has its own. */
export function adapterNamespace(adapter: string): string {
  return `adapter/${adapter}`;
}

/** The part of a store below a prefix, for an owner that must not see the rest. */
export function namespaced(store: Store, name: string): Omit<Store, "close"> {
  const prefix = `${name}/`;
  return {
    get: (key) => store.get(prefix + key),
    async entries(below) {
      const found = await store.entries(prefix + below);
      return found.map(([key, value]) => [key.slice(prefix.length), value] as const);
    },
    write: (changes) =>
      store.write(changes.map(({ key, value }) => ({ key: prefix + key, value }))),
  };
}
