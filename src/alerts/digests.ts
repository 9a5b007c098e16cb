import { createHash } from "node:crypto";
import type { DigestLine, Notifier } from "../core/notifier.ts";
import { isWrong, type Alarm } from "./alarm.ts";
import type { Tellings } from "./tellings.ts";

export interface DigestsOptions {
  readonly notifier: Notifier;
  readonly tellings: Tellings;
  readonly alarms: () => readonly Alarm[];
  readonly keep: (alarm: Alarm) => void;
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

  constructor(options: DigestsOptions) {
    this.#options = options;
  }

  sweep(): void {
    const { notifier, tellings, alarms } = this.#options;
    for (const { id } of notifier.people()) {
      const isQuiet = tellings.isQuietFor(id);
      const mine = (list: "inDigest" | "held" | "overFor"): readonly Alarm[] =>
        alarms().filter((alarm) => alarm[list].includes(id));
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
    if (this.#busy.has(busy)) return;
    this.#busy.add(busy);
    const { tellings } = this.#options;
    const lines = alarms
      .toSorted((a, b) => ranks.indexOf(a.severity) - ranks.indexOf(b.severity))
      .map((alarm) => lineOf(alarm));
    const type = ({ inDigest: "digest", held: "quiet", overFor: "over" } as const)[list];
    try {
      const isTold = await tellings.tell(person, digestId(type, alarms), { type, alarms: lines });
      if (isTold) for (const { device, alert } of alarms) this.#done(person, list, device, alert);
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
    keep(list === "held" && alarm.told.length === 0 ? again(next) : next);
  }
}

function lineOf(alarm: Alarm): DigestLine {
  const { number, words, flaps } = alarm;
  return { number, words, count: flaps + 1, isOver: !isWrong(alarm) };
}

/** The same for the same alarms: a digest that was sent before a crash is not sent again. */
function digestId(type: string, alarms: readonly Alarm[]): string {
  const all = alarms.map(({ number, sinceMs, flaps }) => `${number}/${sinceMs}/${flaps}`).join();
  return `${type}-${createHash("sha256").update(all).digest("hex").slice(0, 16)}`;
}
