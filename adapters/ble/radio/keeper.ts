import { reasonOf, type AdapterHost } from "koine/adapter";
import type { BleConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { statusOf } from "../troubles.ts";
import { Watchdog } from "../watchdog.ts";
import { loadNoble } from "./load-noble.ts";
import { openNoble } from "./noble.ts";
import { ownReceiver, type Radio, type Report } from "./radio.ts";

export interface RadioKeeperOptions {
  readonly host: AdapterHost;
  readonly config: BleConfig;
  /** Aborts when the adapter stops. */
  readonly signal: AbortSignal;
  /** Monotonic ms when anything was heard last. */
  readonly heardAt: () => number | undefined;
  readonly received: (report: Report) => void;
}

/** Units of the controller for time, in ms. */
const slotMs = 0.625;

/** Opens the controller and keeps it scanning. */
export class RadioKeeper {
  /** The controller, while it is open. */
  radio: Radio | undefined;
  readonly #options: RadioKeeperOptions;
  /** It was switched off, and does not scan again yet. */
  #wasOff = false;

  constructor(options: RadioKeeperOptions) {
    this.#options = options;
  }

  /**
   * Scans until the signal aborts.
   * @throws LinkError when there is no controller, it went, or it stays silent
   */
  async run(): Promise<void> {
    const { host, signal, heardAt } = this.#options;
    const radio = await this.#open();
    this.radio = radio;
    if (signal.aborted) return;
    await radio.scan();
    const watchdog = await Watchdog.load({
      host,
      heardAt,
      startScan: () => this.#scan(radio),
      resetController: () => radio.reset(),
      isOn: () => radio.isOn,
    });
    host.status({ state: "online" });
    const lost = radio.lost.then((error): never => {
      throw error;
    });
    await Promise.race([watchdog.watch(signal), lost]);
  }

  /** The same for a radio that is not all there is: while it is gone, relays go on. */
  async keep(): Promise<void> {
    const { host, signal } = this.#options;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.run();
      } catch (error) {
        // The library leaves something behind each time: a new process has none of it.
        if (signal.aborted || failures >= limits.radioTries) throw error;
        const reason = reasonOf(error);
        host.status(statusOf("no_radio", reason));
        await this.close();
      }
      await host.clock.sleep(limits.radioRetryMs, signal).catch(() => {});
    }
  }

  async close(): Promise<void> {
    await this.radio?.close();
    this.radio = undefined;
  }

  async #open(): Promise<Radio> {
    const { host, config, received } = this.#options;
    const { controller, extended, scan } = config;
    const count = (name: string): void => host.count(name);
    return openNoble({
      make: () => loadNoble({ controller, extended, clock: host.clock, count }),
      receiver: ownReceiver,
      clock: host.clock,
      log: host.log,
      scan: {
        interval: Math.round(scan.interval / slotMs),
        window: Math.round(scan.window / slotMs),
      },
      received,
      count,
      switched: (isOn) => this.#switched(isOn),
    });
  }

  /** Switched on again, it has forgotten that it was to scan. */
  #switched(isOn: boolean): void {
    const { host } = this.#options;
    const { radio } = this;
    if (!radio) return;
    host.count(isOn ? "switched_on" : "switched_off");
    if (!isOn) {
      const reason = "The Bluetooth controller is switched off";
      this.#wasOff = true;
      return host.status(statusOf("controller_off", reason));
    }
    this.#scan(radio).catch((err: unknown) => {
      // The watchdog will hear the silence.
      host.log.debug({ err, reason: reasonOf(err) }, "scan not started");
    });
  }

  /** Scans anew; of a controller that was off it is told when that works again. */
  async #scan(radio: Radio): Promise<void> {
    await radio.scan();
    if (this.#wasOff) this.#options.host.status({ state: "online" });
    this.#wasOff = false;
  }
}
