import { propertyText, specOf, type Clock, type Timer } from "koine/adapter";
import type { Observation } from "../reading/observation.ts";
import { limits } from "./limits.ts";

/**
 * Holds back the measurements of a chatty device until it is silent for a moment, and no longer than
 * a few such moments: the newest value of each is told. States and what changes them are told at once.
 */
export class Holdback {
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #tell: (observations: readonly Observation[]) => void;
  readonly #held = new Map<string, Observation>();
  #quiet: Timer | undefined;
  #longest: Timer | undefined;

  constructor(clock: Clock, quietS: number, tell: (observations: readonly Observation[]) => void) {
    this.#clock = clock;
    this.#quietMs = quietS * 1_000;
    this.#tell = tell;
  }

  /** Takes what a device told; passes on what cannot wait. */
  take(observations: readonly Observation[]): void {
    if (this.#quietMs === 0) return this.#tell(observations);
    const urgent = observations.filter((one) => !canWait(one));
    for (const one of observations.filter(canWait)) this.#held.set(propertyText(one.facts), one);
    if (urgent.length > 0) this.#tell(urgent);
    if (this.#held.size === 0) return;
    const release = (): void => this.release();
    this.#quiet?.cancel();
    this.#quiet = this.#clock.after(this.#quietMs, release);
    this.#longest ??= this.#clock.after(this.#quietMs * limits.debounceTimes, release);
  }

  /** Tells what is held. */
  release(): void {
    this.cancel();
    const held = [...this.#held.values()];
    this.#held.clear();
    if (held.length > 0) this.#tell(held);
  }

  cancel(): void {
    this.#quiet?.cancel();
    this.#longest?.cancel();
    this.#quiet = undefined;
    this.#longest = undefined;
  }
}

function canWait({ facts: { is, kind, type } }: Observation): boolean {
  const spec = specOf(is);
  if (spec) return spec.kind !== "state" && spec.kind !== "setting";
  return type === "number" && kind !== "setting";
}
