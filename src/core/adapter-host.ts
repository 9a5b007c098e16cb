import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { LimitError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { AdapterEvent } from "../model/adapter-event.ts";
import { namespaced, type Store } from "../store/store.ts";
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
  /** Takes one event of an adapter; never rejects. */
  readonly take: (adapter: string, event: AdapterEvent) => Promise<void>;
}

/** The host of one adapter in this thread. `status` tells the supervisor. */
export function createHost(
  name: string,
  services: HostServices,
  status: (status: LinkStatus) => void,
): AdapterHost {
  const { clock, random, counters, openMqtt } = services;
  const queue = new EventQueue((event) => services.take(name, event), counters);
  return {
    clock,
    random,
    log: services.log.child({ adapter: name }),
    status,
    emit: (event) => queue.push(event),
    settled: () => queue.settled(),
    count: (counter, by) => counters.add(`adapter.${name}.${counter}`, by),
    store: bounded(namespaced(services.store, `adapter/${name}`)),
    openMqtt,
  };
}

type AdapterStore = Omit<Store, "close">;

/** Refuses to write when an adapter keeps too much. */
function bounded(store: AdapterStore): AdapterStore {
  let keys: Set<string> | undefined;
  return {
    ...store,
    async write(changes) {
      keys ??= new Set((await store.entries("")).map(([key]) => key));
      for (const { key, value } of changes) {
        if (value === undefined) keys.delete(key);
        else keys.add(key);
      }
      if (keys.size > limits.adapterStoreEntries) {
        for (const { key } of changes) keys.delete(key);
        throw new LimitError(`Cannot keep more than ${limits.adapterStoreEntries} entries`);
      }
      await store.write(changes);
    },
  };
}
