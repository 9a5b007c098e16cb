/** What is known of a numbered message. */
interface Entry {
  readonly topic: string;
  readonly qos: 1 | 2;
  /** When it went out first, in steps of the ledger. */
  readonly sentAt: number;
  /** When the broker had it for good; undefined while it has not said so. */
  acknowledgedAt: number | undefined;
  /** How often it went out. */
  sends: number;
}

/** What a publisher has sent and what was acknowledged: the truth that is asked for afterwards. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** Told of each acknowledged number. */
  onAcknowledged: (n: number, entry: Entry) => void = () => {};
  acknowledged = 0;
  #step = 0;
  #waiting: { readonly count: number; readonly go: () => void }[] = [];

  /** Notes a new message; its number. */
  add(topic: string, qos: 1 | 2): number {
    const sentAt = this.#step++;
    return this.entries.push({ topic, qos, sentAt, acknowledgedAt: undefined, sends: 1 }) - 1;
  }

  entry(n: number): Entry {
    const entry = this.entries[n];
    if (!entry) throw new Error(`Nobody sent number ${n}`);
    return entry;
  }

  sentAgain(n: number): void {
    this.entry(n).sends += 1;
  }

  acknowledge(n: number): void {
    const entry = this.entry(n);
    entry.acknowledgedAt = this.#step++;
    this.acknowledged += 1;
    this.onAcknowledged(n, entry);
    const { acknowledged } = this;
    for (const { go } of this.#waiting.filter(({ count }) => count <= acknowledged)) go();
    this.#waiting = this.#waiting.filter(({ count }) => count > acknowledged);
  }

  /** Resolves when so many are acknowledged. */
  async reached(count: number): Promise<void> {
    if (this.acknowledged >= count) return;
    await new Promise<void>((go) => {
      this.#waiting.push({ count, go });
    });
  }

  /** The last acknowledged number on each topic below a prefix. */
  last(prefix: string): Map<string, number> {
    const last = new Map<string, number>();
    for (const [n, { topic, acknowledgedAt }] of this.entries.entries()) {
      if (acknowledgedAt !== undefined && topic.startsWith(prefix)) last.set(topic, n);
    }
    return last;
  }

  /** Arrivals before which a number was due that was acknowledged before they were sent. */
  early(arrivals: readonly number[]): number[] {
    const early: number[] = [];
    let acknowledgedLater = Infinity;
    for (const n of arrivals.toReversed()) {
      const { sentAt, acknowledgedAt = Infinity } = this.entry(n);
      if (acknowledgedLater < sentAt) early.push(n);
      acknowledgedLater = Math.min(acknowledgedLater, acknowledgedAt);
    }
    return early;
  }

  /** Arrivals out of the order of sending, of numbers that went out only once, of one QoS or any. */
  disordered(arrivals: readonly number[], qos?: number): number[] {
    const once = arrivals.filter((n) => {
      const entry = this.entry(n);
      return entry.sends === 1 && entry.qos === (qos ?? entry.qos);
    });
    return once.filter((n, index) => n < (once[index - 1] ?? -1));
  }
}
