import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { DigestLine, Notifier } from "../core/notifier.ts";
import { isWrong, type Alarm } from "./alarm.ts";
import { alertLimits as limits } from "./limits.ts";
import type { Tellings } from "./tellings.ts";

export interface DigestsOptions {
  readonly notifier: Notifier;
  readonly tellings: Tellings;
  readonly alarms: () => readonly Alarm[];
  readonly keep: (alarm: Alarm) => void;
  /** Whether nobody is told of it now: it is muted, or its device is being mended. */
  readonly isSilent: (alarm: Alarm) => boolean;
  readonly clock: Clock;
  /** What becomes of an alarm when somebody was told of it after quiet hours. */
  readonly again: (alarm: Alarm) => Alarm;
}

const ranks = ["critical", "warning", "info"];

/**
 * Tells together what was too much at once, what was held back while it was quiet, and what is over. Each
 * is taken off the list when the channel has it.
 */
export class Digests {
  readonly #options: DigestsOptions;
  /** Digests on their way, by person and kind. */
  readonly #busy = new Set<string>();
  /** How often each could not be handed over, and when it is tried again, in monotonic ms. */
  readonly #failed = new Map<string, { readonly times: number; readonly untilMs: number }>();

  constructor(options: DigestsOptions) {
    this.#options = options;
  }

  sweep(): void {
    const { notifier, tellings, alarms, isSilent } = this.#options;
    const all = alarms().filter(
      (alarm) =>
        alarm.inDigest.length + alarm.held.length + alarm.overFor.length > 0 && !isSilent(alarm),
    );
    if (all.length === 0) return;
    for (const { id } of notifier.people()) {
      const isQuiet = tellings.isQuietFor(id);
      const mine = (list: "inDigest" | "held" | "overFor"): readonly Alarm[] =>
        all.filter((alarm) => alarm[list].includes(id));
      const storm = isQuiet ? [] : mine("inDigest");
      if (storm.length > 0 && !tellings.isStormFor(id)) void this.#tell(id, "inDigest", storm);
      const held = isQuiet ? [] : mine("held");
      if (held.length > 0) void this.#tell(id, "held", held);
      // Whoever was woken by something critical also hears that it is over.
      const over = mine("overFor").filter(({ severity }) => !isQuiet || severity === "critical");
      if (over.length > 0) void this.#tell(id, "overFor", over);
    }
  }

  async #tell(
    person: string,
    list: "inDigest" | "held" | "overFor",
    alarms: readonly Alarm[],
  ): Promise<void> {
    const busy = `${person}/${list}`;
    const { tellings, clock } = this.#options;
    const { times = 0, untilMs = 0 } = this.#failed.get(busy) ?? {};
    if (this.#busy.has(busy) || clock.monotonic() < untilMs) return;
    this.#busy.add(busy);
    const lines = alarms
      .toSorted((a, b) => ranks.indexOf(a.severity) - ranks.indexOf(b.severity))
      .map((alarm) => lineOf(alarm));
    const type = ({ inDigest: "digest", held: "quiet", overFor: "over" } as const)[list];
    try {
      // What was refused is remembered by its id: another attempt needs another one.
      const id = `${digestId(type, lines)}-${times}`;
      if (await tellings.tell(person, id, { type, alarms: lines })) {
        this.#failed.delete(busy);
        for (const { device, alert } of alarms) this.#done(person, list, device, alert);
      } else {
        const waitMs = Math.min(limits.failedMs * 2 ** times, limits.nobodyMs);
        this.#failed.set(busy, { times: times + 1, untilMs: clock.monotonic() + waitMs });
      }
    } finally {
      this.#busy.delete(busy);
    }
  }

  #done(
    person: string,
    list: "inDigest" | "held" | "overFor",
    device: string,
    alert: string,
  ): void {
    const { alarms, keep, again } = this.#options;
    const alarm = alarms().find((one) => one.device === device && one.alert === alert);
    if (!alarm) return;
    const left = alarm[list].filter((one) => one !== person);
    const told = list === "overFor" ? alarm.told : [...new Set([...alarm.told, person])];
    const next: Alarm = { ...alarm, told, [list]: left };
    keep(list === "held" ? again(next) : next);
  }
}

function lineOf(alarm: Alarm): DigestLine {
  const { number, words, flaps } = alarm;
  return { number, words, count: flaps + 1, isOver: !isWrong(alarm) };
}

/** The same for the same alarms: a digest that was sent before a crash is not sent again. */
function digestId(type: string, lines: readonly DigestLine[]): string {
  const all = lines
    .map((line) => JSON.stringify(line))
    .toSorted()
    .join();
  return `${type}-${createHash("sha256").update(all).digest("hex").slice(0, 16)}`;
}
