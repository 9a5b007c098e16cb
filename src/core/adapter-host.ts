import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { LimitError, LinkError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AdapterEvent } from "../model/adapter-event.ts";
import { adapterNamespace, namespaced, type Change, type Store } from "../store/store.ts";
import { pattern } from "../model/pattern.ts";
import { checkedEvent, checkedStatus } from "./adapter-words.ts";
import type { AdapterHost, LinkStatus } from "./adapter.ts";
import { EventQueue } from "./event-queue.ts";
import type { Logger } from "./logger.ts";

/** What every adapter is hosted with. */
export interface HostServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly counters: Counters;
  readonly store: Store;
  readonly openMqtt: AdapterHost["openMqtt"];
  /** The folder of an adapter's own files. */
  readonly directoryOf: (adapter: string) => string;
  /** Resolves when what the bus was told is kept for clients that are away. */
  readonly kept: () => Promise<void>;
  /** Takes one event of an adapter; never rejects. Resolves to whether what it led to is durable. */
  readonly take: (adapter: string, event: AdapterEvent) => Promise<boolean>;
}

/** What happens to the one who is hosted. */
export interface HostedRun {
  readonly status: (status: LinkStatus) => void;
  /** Something the adapter left to be called back has thrown. */
  readonly fail: (error: unknown) => void;
}

/** A host and the end of it. */
export interface OpenHost {
  readonly host: AdapterHost;
  /** Resolves when everything emitted so far was taken. */
  taken(): Promise<void>;
  /** Takes nothing any more: the run is over. */
  close(): void;
}

/** The host of one run of an adapter, in this thread. */
export function openHost(name: string, services: HostServices, run: HostedRun): OpenHost {
  const { random, counters, openMqtt } = services;
  let isOpen = true;
  let isDurable = true;
  const log = services.log.child({ adapter: name });
  /** What cannot be read is counted, and costs nothing else. */
  const believing = (take: () => unknown): void => {
    try {
      take();
    } catch (err) {
      counters.add("refused.adapter_events");
      log.debug({ err }, "adapter said what cannot be read");
    }
  };
  const queue = new EventQueue(async (event) => {
    if (!(await services.take(name, event))) isDurable = false;
  }, counters);
  const host: AdapterHost = {
    clock: guarded(services.clock, run.fail),
    random,
    log,
    status: (status) => believing(() => isOpen && run.status(checkedStatus(status))),
    emit: (event) =>
      believing(() => {
        if (isOpen) queue.push(checkedEvent(event));
        else counters.add("dropped.events_of_ended_adapters");
      }),
    settled: async () => {
      await queue.taken();
      await services.kept();
      if (isDurable) return;
      isDurable = true;
      throw new LinkError("Not everything that was emitted could be written to the disk");
    },
    // The daemon's own thread has nobody who would replace it.
    mayStall: () => {},
    count: (counter, by = 1) => {
      if (pattern.name.test(counter) && Number.isFinite(by)) {
        counters.add(`adapter.${name}.${counter}`, by);
      } else counters.add("refused.adapter_events");
    },
    store: bounded(namespaced(services.store, adapterNamespace(name))),
    openMqtt,
    directory: services.directoryOf(name),
  };
  return {
    host,
    taken: () => queue.taken(),
    close: () => {
      isOpen = false;
    },
  };
}

/** A clock whose callbacks cannot take the daemon down. */
function guarded(clock: Clock, fail: (error: unknown) => void): Clock {
  const contained = (run: () => void) => (): void => {
    try {
      run();
    } catch (error) {
      fail(error);
    }
  };
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    synced: () => clock.synced(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    after: (ms, run) => clock.after(ms, contained(run)),
    every: (ms, run) => clock.every(ms, contained(run)),
  };
}

type AdapterStore = Omit<Store, "close">;

/** Refuses to write when an adapter keeps too much. */
function bounded(store: AdapterStore): AdapterStore {
  let keys: ReadonlySet<string> | undefined;
  return {
    ...store,
    async write(changes) {
      keys ??= new Set((await store.entries("")).map(([key]) => key));
      const after = withChanges(keys, changes);
      if (after.size > limits.adapterStoreEntries && after.size > keys.size) {
        throw new LimitError(`Cannot keep more than ${limits.adapterStoreEntries} entries`);
      }
      keys = after;
      await store.write(changes);
    },
  };
}

function withChanges(keys: ReadonlySet<string>, changes: readonly Change[]): ReadonlySet<string> {
  if (changes.every(({ key, value }) => value !== undefined && keys.has(key))) return keys;
  const after = new Set(keys);
  for (const { key, value } of changes) {
    if (value === undefined) after.delete(key);
    else after.add(key);
  }
  return after;
}
