import type { Clock } from "../clock.ts";
import type { Notice, Notifier } from "../core/notifier.ts";
import type { Counters } from "../counters.ts";
import { isQuiet, type QuietHours } from "../model/quiet-hours.ts";
import { alertLimits as limits } from "./limits.ts";

export interface TellingsOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly notifier: Notifier;
  readonly quiet: ReadonlyMap<string, QuietHours>;
}

/** Who was told what when, and whether they may be told now. */
export class Tellings {
  readonly #options: TellingsOptions;
  /** When each person was texted of an alarm, and called, of late, in monotonic ms. */
  readonly #texted = new Map<string, readonly number[]>();
  /** Texts that are being handed over, by person. */
  readonly #underWay = new Map<string, number>();
  readonly #called = new Map<string, number>();

  constructor(options: TellingsOptions) {
    this.#options = options;
  }

  /** Resolves to whether the channel has it. The same id is never sent twice. */
  async tell(
    person: string,
    id: string,
    notice: Notice,
    failed: () => void = () => {},
  ): Promise<boolean> {
    const { notifier, counters, clock } = this.#options;
    const isStorm = notice.type !== "taken" && notice.type !== "over";
    const count = (by: number): void => {
      if (isStorm) this.#underWay.set(person, (this.#underWay.get(person) ?? 0) + by);
    };
    count(1);
    const isTold = await notifier.tell(person, id, notice, failed).finally(() => count(-1));
    counters.add(isTold ? `alerts.told.${notice.type}` : "alerts.not_told");
    if (isTold && isStorm) {
      this.#texted.set(person, [...this.#recent(person), clock.monotonic()]);
    }
    return isTold;
  }

  /** Lets a phone ring, but not again and again when many things are wrong. */
  async call(person: string, id: string): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (now - (this.#called.get(person) ?? -Infinity) < limits.callApartMs) return;
    this.#called.set(person, now);
    await this.#options.notifier.call(person, id);
  }

  /** Whether they were texted so often of late that the rest is told together. */
  isStormFor(person: string): boolean {
    return this.#recent(person).length + (this.#underWay.get(person) ?? 0) >= limits.storm;
  }

  /** Whether only what is critical is told to them now; a clock that was never set knows of no night. */
  isQuietFor(id: string): boolean {
    const { quiet, notifier, clock } = this.#options;
    const name =
      notifier
        .people()
        .find((one) => one.id === id)
        ?.name.toLowerCase() ?? "";
    const hours = quiet.get(name) ?? quiet.get(id) ?? quiet.get("*");
    return hours !== undefined && clock.synced() && isQuiet(hours, clock.now());
  }

  #recent(person: string): readonly number[] {
    const now = this.#options.clock.monotonic();
    return (this.#texted.get(person) ?? []).filter((at) => now - at < limits.stormMs);
  }
}
