import { limits } from "../limits.ts";
import { timestamp } from "../model/state.ts";

/** Something a device said that could not be understood, as `explain` shows it. */
export interface Diagnostic {
  readonly code: string;
  /** Where, or why. */
  readonly reason?: string;
  readonly count: number;
  /** When it was seen last. */
  readonly _ts: string;
}

/** What was not understood of each device: the last few kinds, and how often. */
export class Diagnostics {
  readonly #devices = new Map<string, Map<string, Diagnostic>>();

  note(device: string, code: string, reason: string | undefined, atMs: number): void {
    const known = this.#devices.get(device) ?? new Map<string, Diagnostic>();
    this.#devices.set(device, known);
    const key = `${code} ${reason ?? ""}`;
    const count = (known.get(key)?.count ?? 0) + 1;
    known.delete(key);
    known.set(key, { code, ...(reason !== undefined && { reason }), count, _ts: timestamp(atMs) });
    const oldest = known.keys().next().value;
    if (known.size > limits.diagnosticsPerDevice && oldest !== undefined) known.delete(oldest);
  }

  of(device: string): readonly Diagnostic[] {
    return [...(this.#devices.get(device)?.values() ?? [])];
  }

  forget(device: string): void {
    this.#devices.delete(device);
  }
}
