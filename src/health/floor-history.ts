import { z } from "zod";
import type { AdapterHost } from "../core/adapter.ts";
import { KoineError } from "../errors.ts";
import { limits } from "../limits.ts";

/** Uptimes at which versions are compared, in hours: early enough for a start that failed, too. */
const uptimesH = [1, 3, 6, 12, 24, 48, 96, 168, 336, 720];

const recordSchema = z.strictObject({
  version: z.string(),
  /** When it was written last, in ms since 1970. */
  atMs: z.number(),
  /** The heap after a full collection in bytes, by the uptime in hours. */
  floors: z.record(z.string(), z.number()),
});
type VersionRecord = z.infer<typeof recordSchema>;

/** The difference to what another version held at the same uptime. */
export interface Compared {
  readonly version: string;
  readonly bytes: number;
}

/**
 * Remembers what each version of Koine held after so many hours, so that a new one can be compared
 * with the last: a leak that comes with an update shows before it has grown.
 */
export class FloorHistory {
  readonly #store: AdapterHost["store"];
  readonly #version: string;
  readonly #failed: (error: unknown) => void;
  readonly #records = new Map<string, VersionRecord>();
  #compared: Compared | undefined;
  #told = 0;

  private constructor(
    store: AdapterHost["store"],
    version: string,
    failed: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#version = version;
    this.#failed = failed;
  }

  /**
   * What cannot be read is forgotten: it is a comparison, nothing more.
   * @param failed told when the disk refuses to keep it
   */
  static async load(
    store: AdapterHost["store"],
    version: string,
    failed: (error: unknown) => void,
  ): Promise<FloorHistory> {
    const history = new FloorHistory(store, version, failed);
    for (const [key, text] of await store.entries(prefix)) {
      const record = read(text);
      if (record) history.#records.set(record.version, record);
      else await history.#write(key, undefined);
    }
    return history;
  }

  get compared(): Compared | undefined {
    return this.#compared;
  }

  /** Takes the floor of now; writes it down once at each of the uptimes. */
  async see(uptimeMs: number, floorBytes: number, nowMs: number): Promise<void> {
    const reached = uptimesH.findLast((hours) => uptimeMs >= hours * 3_600_000);
    if (reached === undefined || reached === this.#told || floorBytes === 0) return;
    this.#told = reached;
    const before = this.#previous();
    const then = before?.floors[reached];
    if (before && then !== undefined) {
      this.#compared = { version: before.version, bytes: floorBytes - then };
    }
    await this.#remember(reached, floorBytes, nowMs);
  }

  async #remember(hours: number, floorBytes: number, atMs: number): Promise<void> {
    const floors = { ...this.#records.get(this.#version)?.floors, [hours]: floorBytes };
    const record = { version: this.#version, atMs, floors };
    this.#records.set(this.#version, record);
    await this.#write(prefix + this.#version, JSON.stringify(record));
    while (this.#records.size > limits.heapVersions) {
      const oldest = this.#others().at(0);
      if (!oldest) return;
      this.#records.delete(oldest.version);
      await this.#write(prefix + oldest.version, undefined);
    }
  }

  /** A disk that refuses costs a comparison, and not the figures of the gateway. */
  async #write(key: string, value: string | undefined): Promise<void> {
    try {
      await this.#store.write([{ key, value }]);
    } catch (error) {
      if (!(error instanceof KoineError)) throw error;
      this.#failed(error);
    }
  }

  /** The newest of the other versions. */
  #previous(): VersionRecord | undefined {
    return this.#others().at(-1);
  }

  /** The records of the other versions, the oldest first. */
  #others(): readonly VersionRecord[] {
    const others = [...this.#records.values()].filter(({ version }) => version !== this.#version);
    return others.toSorted((a, b) => a.atMs - b.atMs);
  }
}

const prefix = "floors/";

function read(text: string): VersionRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    // Of a version that wrote it otherwise.
    return undefined;
  }
}
