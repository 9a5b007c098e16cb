import type { Clock, Timer } from "../clock.ts";
import { limits } from "../limits.ts";
import type { DeviceSummary } from "../model/bridge.ts";
import type { Bus } from "./bus.ts";

/**
 * Keeps `bridge/devices` true: publishes the index a moment after descriptions or availabilities
 * changed, so that a burst of changes costs one message.
 */
export class DeviceIndex {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #summaries: () => readonly DeviceSummary[];
  #due: Timer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(bus: Bus, clock: Clock, summaries: () => readonly DeviceSummary[]) {
    this.#bus = bus;
    this.#clock = clock;
    this.#summaries = summaries;
  }

  start(): void {
    this.#unsubscribe = this.#bus.subscribe(["description", "availability"], () => {
      this.#due ??= this.#clock.after(limits.deviceIndexDelayMs, () => this.publish());
    });
    this.publish();
  }

  /** Publishes what is due and stops. */
  stop(): void {
    this.#unsubscribe?.();
    if (this.#due) this.publish();
  }

  publish(): void {
    this.#due?.cancel();
    this.#due = undefined;
    this.#bus.publish({ kind: "bridge_devices", body: this.#summaries() });
  }
}
