import type { AdapterHost } from "koine/adapter";
import { limits } from "./limits.ts";

/** A host whose counts are also added up here, for whoever asks how things stand. */
export function countedHost(host: AdapterHost, counts: Map<string, number>): AdapterHost {
  return {
    log: host.log,
    clock: host.clock,
    directory: host.directory,
    store: host.store,
    random: () => host.random(),
    status: (status) => host.status(status),
    emit: (event) => host.emit(event),
    settled: () => host.settled(),
    mayStall: (ms) => host.mayStall(ms),
    openMqtt: (source, signal) => host.openMqtt(source, signal),
    count: (name, by = 1) => {
      if (counts.size < limits.counters || counts.has(name)) {
        counts.set(name, (counts.get(name) ?? 0) + by);
      }
      host.count(name, by);
    },
  };
}
