import { z, type AdapterHost } from "koine/adapter";
import { limits } from "./limits.ts";
import { classes } from "./outbox-item.ts";

/** A text that was given up. */
const deadSchema = z.object({
  to: z.string(),
  body: z.string(),
  class: z.enum(classes),
  /** Ms since 1970 when it was. */
  atMs: z.number(),
  status: z.string(),
  reason: z.string(),
});
export type Dead = z.infer<typeof deadSchema>;

const prefix = "dead/";

/** Texts that were given up, for a person to look at; the oldest make room. */
export class DeadLetters {
  readonly #host: AdapterHost;

  constructor(host: AdapterHost) {
    this.#host = host;
  }

  /** Oldest first. */
  async all(): Promise<readonly (readonly [key: string, text: Dead])[]> {
    const entries = await this.#host.store.entries(prefix);
    return entries.flatMap(([key, json]) => {
      const { data } = deadSchema.safeParse(JSON.parse(json));
      return data ? [[key.slice(prefix.length), data] as const] : [];
    });
  }

  async get(key: string): Promise<Dead | undefined> {
    return (await this.all()).find(([own]) => own === key)?.[1];
  }

  /** Resolves when it is on the disk. */
  async add(key: string, dead: Dead): Promise<void> {
    const kept = await this.#host.store.entries(prefix);
    const old = kept.slice(0, Math.max(0, kept.length + 1 - limits.deadKept));
    if (old.length > 0) this.#host.count("dead_forgotten", old.length);
    await this.#host.store.write([
      ...old.map(([one]) => ({ key: one, value: undefined })),
      { key: prefix + key, value: JSON.stringify(dead) },
    ]);
  }

  async remove(key: string): Promise<void> {
    await this.#host.store.write([{ key: prefix + key, value: undefined }]);
  }
}
