import type { AdapterHost, Timer } from "koine/adapter";
import type { Gate } from "./gate.ts";
import { limits } from "./limits.ts";
import type { Member } from "./member.ts";

interface Pulse {
  /** Monotonic ms when it was heard. */
  heardAt: number;
  /** Monotonic ms when that was told. */
  toldAt: number;
  failed: number;
  /** Monotonic ms of the next ping. */
  pingAt: number;
}

/**
 * Whether devices are there. What they report tells it; one on mains that is silent for long is
 * asked, one after the other, ever more rarely when it does not answer. Sleepers are only listened
 * to: how long one may be silent the gateway learns by itself.
 */
export class Presence {
  readonly #host: AdapterHost;
  readonly #members: () => readonly Member[];
  readonly #pulses = new Map<string, Pulse>();
  #timer: Timer | undefined;
  #isAsking = false;

  constructor(host: AdapterHost, members: () => readonly Member[]) {
    this.#host = host;
    this.#members = members;
  }

  /** Asks silent devices from now on, through the gate that all requests go through. */
  start(gate: Gate, signal: AbortSignal): void {
    const ask = (): void => void this.#askOne(gate, signal);
    this.#timer = this.#host.clock.every(limits.pingEveryMs, ask);
    signal.addEventListener("abort", () => this.#timer?.cancel(), { once: true });
  }

  /** A device was heard; whether what it said has a value that was told. */
  heard(member: Member, isTold: boolean): void {
    const { clock } = this.#host;
    const now = clock.monotonic();
    const pulse = this.#pulseOf(member);
    pulse.heardAt = now;
    pulse.failed = 0;
    pulse.pingAt = now + this.#patience(0);
    member.isSuspect = false;
    if (isTold) pulse.toldAt = now;
    else if (now - pulse.toldAt >= limits.heardEveryMs) this.#tell(member, pulse);
  }

  /** A device did not answer. */
  missed(member: Member): void {
    member.isSuspect = true;
    if (member.isSleepy) return;
    const pulse = this.#pulseOf(member);
    pulse.failed += 1;
    pulse.pingAt = this.#host.clock.monotonic() + this.#patience(pulse.failed);
    if (pulse.failed === limits.pingsFailed) {
      this.#host.emit({ type: "availability", ref: member.ref, value: "offline" });
    }
  }

  forget(ieee: string): void {
    this.#pulses.delete(ieee);
  }

  #tell(member: Member, pulse: Pulse): void {
    pulse.toldAt = this.#host.clock.monotonic();
    this.#host.emit({ type: "availability", ref: member.ref, value: "online" });
  }

  async #askOne(gate: Gate, signal: AbortSignal): Promise<void> {
    if (this.#isAsking || signal.aborted) return;
    const now = this.#host.clock.monotonic();
    const silent = this.#members().find((one) => !one.isSleepy && this.#pulseOf(one).pingAt <= now);
    if (!silent) return;
    this.#isAsking = true;
    try {
      await gate.run(silent, signal, () => silent.device.ping());
      this.heard(silent, false);
    } catch {
      // The gate has told that it was missed.
      this.#host.count("pings_failed");
    } finally {
      this.#isAsking = false;
    }
  }

  #pulseOf({ ieee }: Member): Pulse {
    const known = this.#pulses.get(ieee);
    if (known) return known;
    const now = this.#host.clock.monotonic();
    const pingAt = now + this.#patience(0);
    const pulse = { heardAt: now, toldAt: -Infinity, failed: 0, pingAt };
    this.#pulses.set(ieee, pulse);
    return pulse;
  }

  /** How long until the next ping, in ms; no two devices keep step. */
  #patience(failed: number): number {
    const first = failed === 0 ? limits.pingAfterMs : limits.pingAfterMs / 10;
    const ms = Math.min(first * 2 ** failed, limits.pingCeilingMs);
    return ms * (0.9 + 0.2 * this.#host.random());
  }
}
