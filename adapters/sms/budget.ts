import { z, type AdapterHost, type Change } from "koine/adapter";
import type { SmsConfig } from "./config.ts";
import { limits } from "./limits.ts";
import type { TextClass } from "./outbox-item.ts";

/** What sending something costs. */
export interface Cost {
  readonly class: TextClass;
  /** Who it goes to, as the whole world dials it. */
  readonly to: string;
  /** Messages of the network. */
  readonly messages: number;
  /** In the currency of the configuration. */
  readonly money: number;
}

/** What is nearly, or wholly, spent. */
export interface Spent {
  readonly period: "day" | "month" | "person";
  readonly of: "messages" | "money";
  readonly used: number;
  readonly cap: number;
}

const daySchema = z.object({
  messages: z.number(),
  money: z.number(),
  people: z.record(z.string(), z.number()),
});
type Day = z.infer<typeof daySchema>;

const prefix = "spent/";
/** What texts that are no alarms leave for those that are. */
const commonShare = 0.8;

/**
 * What may be spent in a day and in a month. It is charged before a text leaves, in the same write
 * as that it is tried, and given back for what was refused. A fifth is kept for alarms.
 */
export class Budget {
  readonly #host: AdapterHost;
  readonly #caps: SmsConfig["budget"];
  readonly #told: (spent: Spent) => void;
  /** By day, `2026-11-26`, of the gateway's own time. */
  readonly #days = new Map<string, Day>();
  /** What was said of the day already. */
  readonly #said = new Set<string>();

  /** @param told called once a day for each cap of which four fifths are spent */
  constructor(host: AdapterHost, caps: SmsConfig["budget"], told: (spent: Spent) => void) {
    this.#host = host;
    this.#caps = caps;
    this.#told = told;
  }

  async load(): Promise<void> {
    for (const [key, json] of await this.#host.store.entries(prefix)) {
      const { data } = daySchema.safeParse(JSON.parse(json));
      if (data) this.#days.set(key.slice(prefix.length), data);
    }
  }

  /** What of the caps would be broken; undefined when it may be sent. */
  obstacle(cost: Cost): Spent | undefined {
    const share = cost.class === "alarm" ? 1 : commonShare;
    return this.#uses(cost).find(({ used, cap }) => used > cap * share + limits.moneyGrain);
  }

  /** Charges it; the changes make that last. */
  charge(cost: Cost): readonly Change[] {
    const [today, changes] = this.#today();
    add(today.day, cost, 1);
    for (const spent of this.#uses({ ...cost, messages: 0, money: 0 }))
      this.#warn(today.name, spent);
    return [...changes, this.#changeOf(today.name, today.day)];
  }

  /** Gives back what was charged at that time, in ms since 1970: it was refused. */
  refund(cost: Cost, chargedAtMs: number): readonly Change[] {
    const name = nameOf(chargedAtMs);
    const day = this.#days.get(name);
    if (!day) return [];
    add(day, cost, -1);
    return [this.#changeOf(name, day)];
  }

  /** What was spent so far. */
  spent(): { readonly day: Omit<Day, "people">; readonly month: Omit<Day, "people"> } {
    const name = nameOf(this.#host.clock.now());
    const { messages, money } = this.#days.get(name) ?? emptyDay();
    return { day: { messages, money }, month: this.#month(name) };
  }

  /** When the next day begins, in ms since 1970. */
  nextDayMs(): number {
    const day = new Date(this.#host.clock.now());
    day.setHours(24, 0, 0, 0);
    return day.getTime();
  }

  /** How far each cap would be used with this cost. */
  #uses({ to, messages, money }: Cost): readonly Spent[] {
    const { day: dayCaps, month: monthCaps, person } = this.#caps;
    const name = nameOf(this.#host.clock.now());
    const day = this.#days.get(name) ?? emptyDay();
    const month = this.#month(name);
    const all: readonly (Omit<Spent, "cap"> & { readonly cap: number | undefined })[] = [
      { period: "day", of: "messages", used: day.messages + messages, cap: dayCaps?.messages },
      { period: "day", of: "money", used: day.money + money, cap: dayCaps?.money },
      {
        period: "month",
        of: "messages",
        used: month.messages + messages,
        cap: monthCaps?.messages,
      },
      { period: "month", of: "money", used: month.money + money, cap: monthCaps?.money },
      { period: "person", of: "messages", used: (day.people[to] ?? 0) + messages, cap: person },
    ];
    return all.flatMap(({ cap, ...rest }) => (cap === undefined ? [] : [{ ...rest, cap }]));
  }

  #month(name: string): Omit<Day, "people"> {
    const days = [...this.#days].filter(([one]) => one.slice(0, 7) === name.slice(0, 7));
    return {
      messages: days.reduce((sum, [, { messages }]) => sum + messages, 0),
      money: days.reduce((sum, [, { money }]) => sum + money, 0),
    };
  }

  #warn(name: string, spent: Spent): void {
    if (spent.used < spent.cap * commonShare) return;
    const word = `${name}/${spent.period}/${spent.of}`;
    if (this.#said.has(word)) return;
    if (this.#said.size >= limits.budgetWords) this.#said.clear();
    this.#said.add(word);
    this.#told(spent);
  }

  /** Today's figures, and what makes room for them. */
  #today(): [{ name: string; day: Day }, readonly Change[]] {
    const name = nameOf(this.#host.clock.now());
    const known = this.#days.get(name);
    if (known) return [{ name, day: known }, []];
    const day = emptyDay();
    this.#days.set(name, day);
    const old = [...this.#days.keys()].toSorted().slice(0, -limits.budgetDays);
    for (const one of old) this.#days.delete(one);
    return [{ name, day }, old.map((one) => ({ key: prefix + one, value: undefined }))];
  }

  #changeOf(name: string, day: Day): Change {
    return { key: prefix + name, value: JSON.stringify(day) };
  }
}

function emptyDay(): Day {
  return { messages: 0, money: 0, people: {} };
}

function add(day: Day, { to, messages, money }: Cost, sign: 1 | -1): void {
  day.messages += sign * messages;
  day.money += sign * money;
  day.people[to] = (day.people[to] ?? 0) + sign * messages;
}

/** The day of the gateway's own time. */
function nameOf(ms: number): string {
  const date = new Date(ms);
  const [year, month, day] = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}
