import { z } from "zod";
import { scalarSchema, timestamp } from "../model/state.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Change, Store } from "../store/store.ts";
import type { Decision } from "./decision.ts";
import { dialogueLimits as limits } from "./limits.ts";
import type { Person } from "./person.ts";

const entrySchema = z.object({
  at: z.string(),
  person: z.string(),
  device: z.string(),
  property: z.string(),
  value: scalarSchema,
});
export type AuditEntry = z.infer<typeof entrySchema>;

const prefix = "dialogue/audit/";

/** Who had what done, for whoever asks later. What people wrote is not in it. */
export class Audit {
  readonly #entries: KeptMap<AuditEntry>;
  #last: number;

  private constructor(entries: KeptMap<AuditEntry>) {
    this.#entries = entries;
    const [newest] = entries.entries().at(-1) ?? ["0"];
    this.#last = Number(newest);
  }

  static async load(store: Store): Promise<Audit> {
    return new Audit(await KeptMap.load(store, prefix, entrySchema));
  }

  /** Notes what a person has done; the changes make it last. */
  note(
    nowMs: number,
    { id: person }: Person,
    { errands = [], inquiry }: Decision,
  ): readonly Change[] {
    const at = timestamp(nowMs);
    const done = errands.map(({ target, deed: { key: property, value } }): AuditEntry => {
      return { at, person, device: target.device.id, property, value };
    });
    const asked = inquiry
      ? [{ at, person, device: "bridge", property: inquiry.verb, value: null }]
      : [];
    return [
      ...[...done, ...asked].map((entry) => this.#entries.set(this.#next(), entry)),
      ...this.#entries.trim(limits.auditKept),
    ];
  }

  newest(count: number): readonly AuditEntry[] {
    return this.#entries.values().slice(-count).toReversed();
  }

  #next(): string {
    this.#last += 1;
    return String(this.#last).padStart(12, "0");
  }
}
