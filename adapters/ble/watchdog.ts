import { LinkError, type AdapterHost, type Clock } from "koine/adapter";
import { limits } from "./limits.ts";
import { statusOf } from "./troubles.ts";

/** What is done about a silent radio, mildest first. */
const steps = ["scan", "process", "controller", "alert"] as const;
type Step = (typeof steps)[number];

export interface WatchdogOptions {
  readonly host: Pick<AdapterHost, "clock" | "count" | "log" | "status" | "store">;
  /** Monotonic ms when anything was heard last; undefined before. */
  readonly heardAt: () => number | undefined;
  readonly startScan: () => Promise<void>;
  readonly resetController: () => Promise<void>;
  /** Whether the controller is switched on: what is off is silent for a reason. */
  readonly isOn: () => boolean;
}

const stepKey = "watchdog/step";
const quietKey = "watchdog/quiet";

/**
 * Looks whether the radio still hears anybody. The library tells nobody when a scan has died, so
 * silence is all there is to go by: the scan is started again, then the whole process, then the
 * controller is reset, and at last a person is told.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  /** Monotonic ms since which the silence lasts, as far as it is to be mended. */
  #silentSince: number;
  /** The step that was taken last in this silence, in this process or the one before. */
  #taken: Step | undefined;
  #takenAt: number;
  /** Silence that is usual here, in ms: where hardly anybody sends. */
  #quietMs = 0;
  #isMending = false;

  private constructor(options: WatchdogOptions, taken: Step | undefined, quietMs: number) {
    this.#options = options;
    this.#taken = taken;
    this.#quietMs = quietMs;
    this.#silentSince = options.host.clock.monotonic();
    this.#takenAt = this.#silentSince;
  }

  /** Knows what was done before this process was started for it. */
  static async load(options: WatchdogOptions): Promise<Watchdog> {
    const { store } = options.host;
    const [step, quiet] = await Promise.all([store.get(stepKey), store.get(quietKey)]);
    const taken = steps.find((one) => one === step);
    return new Watchdog(options, taken, Math.min(Number(quiet ?? 0) || 0, limits.quietMs));
  }

  /**
   * Looks until the signal aborts.
   * @throws LinkError when this process cannot mend it, and a new one is to try
   */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.host;
    while (!signal.aborted) {
      await clock.sleep(limits.watchMs, signal).catch(() => {});
      if (!signal.aborted) await this.#look(clock);
    }
  }

  async #look(clock: Clock): Promise<void> {
    const { heardAt, isOn } = this.#options;
    const now = clock.monotonic();
    const heard = heardAt();
    if (!isOn()) {
      this.#silentSince = now;
      return;
    }
    if (heard !== undefined && heard > this.#silentSince) await this.#heardAgain(heard);
    const silentMs = now - this.#silentSince;
    if (silentMs < limits.silentMs || this.#isMending) return;
    const next = this.#next(now, silentMs);
    if (next) await this.#mend(next, now);
  }

  /** Somebody was heard: whatever was done has helped, or nothing had to be done. */
  async #heardAgain(heard: number): Promise<void> {
    const gapMs = heard - this.#silentSince;
    const { host } = this.#options;
    if (this.#taken) {
      // Heard long after the last step: it was quiet, and not the radio.
      const isQuiet = heard - this.#takenAt > limits.stepMs;
      await this.#learn(isQuiet ? Math.max(this.#quietMs, gapMs) : this.#quietMs / 2);
      host.count(isQuiet ? "watchdog_needless" : `watchdog_cured_${this.#taken}`);
      host.log.info({ step: this.#taken, gapMs: Math.round(gapMs) }, "radio hears again");
      if (this.#taken === "alert") host.status({ state: "online" });
      await this.#enter(undefined);
    }
    this.#silentSince = heard;
  }

  /** What was mended was no quiet: less of it is believed. */
  async #learn(quietMs: number): Promise<void> {
    this.#quietMs = Math.min(limits.quietMs, quietMs);
    const value = String(Math.round(this.#quietMs));
    await this.#write(quietKey, value);
  }

  /** What to do now; to start the scan anew costs nothing, the other steps only when it is odd. */
  #next(now: number, silentMs: number): Step | undefined {
    const taken = this.#taken;
    if (taken === "alert") return now - this.#takenAt >= limits.patienceMs ? "scan" : undefined;
    if (taken === undefined) return "scan";
    if (now - this.#takenAt < limits.stepMs) return undefined;
    const isUsual = silentMs < 2 * this.#quietMs;
    if (isUsual) return now - this.#takenAt >= limits.silentMs ? "scan" : undefined;
    return steps[steps.indexOf(taken) + 1];
  }

  async #mend(step: Step, now: number): Promise<void> {
    const { host, startScan, resetController } = this.#options;
    host.count(`watchdog_${step}`);
    host.log.warn(
      { step, silentS: Math.round((now - this.#silentSince) / 1_000) },
      "radio is silent",
    );
    await this.#enter(step);
    this.#isMending = true;
    try {
      if (step === "scan") await startScan();
      else if (step === "controller") await resetController();
    } catch (err) {
      // The next step is due anyway.
      host.count("watchdog_failed");
      host.log.debug({ err, step }, "radio not mended");
    } finally {
      this.#isMending = false;
    }
    if (step === "process")
      throw new LinkError("The Bluetooth radio is silent: its process is started anew");
    if (step !== "alert") return;
    const reason =
      "The Bluetooth radio hears nobody, and nothing has helped: look at the controller";
    host.status(statusOf("radio_silent", reason));
  }

  /** What was done is known to the next process, too. */
  async #enter(step: Step | undefined): Promise<void> {
    this.#taken = step;
    this.#takenAt = this.#options.host.clock.monotonic();
    await this.#write(stepKey, step);
  }

  async #write(key: string, value: string | undefined): Promise<void> {
    const { host } = this.#options;
    await host.store.write([{ key, value }]).catch(() => host.count("store_failed"));
  }
}
