import type { AdapterHost } from "koine/adapter";
import { limits } from "./limits.ts";

const prefix = "adopted/";

export interface AdoptionOptions {
  readonly store: AdapterHost["store"];
  readonly mode: "auto" | "manual";
  readonly count: (name: string) => void;
}

/** Which sensors are devices without being configured: those that were first, over restarts too. */
export class Adoption {
  readonly #options: AdoptionOptions;
  readonly #adopted: Set<string>;

  private constructor(options: AdoptionOptions, adopted: Set<string>) {
    this.#options = options;
    this.#adopted = adopted;
  }

  static async load(options: AdoptionOptions): Promise<Adoption> {
    const entries = await options.store.entries(prefix);
    return new Adoption(options, new Set(entries.map(([key]) => key.slice(prefix.length))));
  }

  /** Whether this sensor is a device: it was, or there is room for it. */
  admits(address: string): boolean {
    if (this.#options.mode === "manual") return false;
    if (this.#adopted.has(address)) return true;
    if (this.#adopted.size >= limits.adopted) {
      this.#options.count("adoptions_refused");
      return false;
    }
    this.#adopted.add(address);
    this.#write(address, "1");
    return true;
  }

  /** It is none any more, and makes room. */
  release(address: string): void {
    if (this.#adopted.delete(address)) this.#write(address, undefined);
  }

  #write(address: string, value: string | undefined): void {
    this.#options.store.write([{ key: prefix + address, value }]).catch(() => {
      // The next start finds it again by hearing it.
      this.#options.count("store_failed");
    });
  }
}
