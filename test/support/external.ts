import { vi } from "vitest";
import { ExternalBus, type ExternalBusOptions } from "../../src/bus/external/external-bus.ts";
import { systemClock } from "../../src/clock.ts";
import { Counters } from "../../src/counters.ts";
import { MemoryLog } from "./log.ts";

/** The external bus, and what it counts and says. */
export interface OpenedBus extends AsyncDisposable {
  readonly bus: ExternalBus;
  readonly counters: Counters;
  readonly log: MemoryLog;
}

/** Opens the bus with whatever listens on a port, at once again when the connection is lost. */
export async function openExternal(
  port: number,
  more: Partial<ExternalBusOptions> = {},
): Promise<OpenedBus> {
  const counters = new Counters();
  const log = new MemoryLog();
  const bus = await ExternalBus.open({
    root: "koine",
    url: new URL(`mqtt://127.0.0.1:${port}`),
    clientId: "koine-gateway",
    clock: systemClock(),
    random: () => 0,
    counters,
    log,
    ...more,
  });
  return { bus, counters, log, [Symbol.asyncDispose]: () => bus.close() };
}

/** Resolves when something is so that nothing tells of. */
export async function until(isSo: () => boolean): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 20_000, interval: 5 });
}
