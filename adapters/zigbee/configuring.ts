import { reasonOf, type AdapterHost } from "koine/adapter";
import type { Controller } from "zigbee-herdsman";
import type { Diagnostic } from "./diagnostics.ts";
import { limits } from "./limits.ts";
import type { Member } from "./member.ts";

/** Where the version a device was set up for is kept, in the library's own database. */
const metaKey = "configured";

interface Tries {
  count: number;
  /** Monotonic ms of the last one. */
  at: number;
}

/**
 * Sets devices up as the definition of their model asks: bindings, and what they report how often.
 * Again when a newer definition asks for something else, and a few times when it fails, each time the
 * device is heard: one that sleeps listens only then.
 */
export class Configuring {
  readonly #host: AdapterHost;
  readonly #controller: Controller;
  readonly #tries = new Map<string, Tries>();
  readonly #underWay = new Set<string>();
  readonly #done: (member: Member) => void;

  /** @param done told of each device that was set up: what it promised may have changed */
  constructor(host: AdapterHost, controller: Controller, done: (member: Member) => void) {
    this.#host = host;
    this.#controller = controller;
    this.#done = done;
  }

  /** A device is awake: sets it up if that is due. */
  heard(member: Member): void {
    if (!isDue(member) || this.#underWay.has(member.ieee)) return;
    if (this.#underWay.size >= limits.configuring) return;
    const { count, at } = this.#tries.get(member.ieee) ?? { count: 0, at: -Infinity };
    const isTooSoon = this.#host.clock.monotonic() - at < limits.configureAgainMs;
    if (count >= limits.configureTries || (count > 0 && isTooSoon)) return;
    this.configure(member).catch((error: unknown) => {
      this.#host.count("configure_failed");
      const message = `Setting it up failed: ${reasonOf(error)}`;
      const code: Diagnostic = "configure_failed";
      this.#host.emit({ type: "diagnostic", ref: member.ref, code, message });
    });
  }

  /**
   * Sets a device up now.
   * @throws Error of the library when the device does not take part
   */
  async configure(member: Member): Promise<void> {
    const { ieee, device, definition } = member;
    const tries = this.#tries.get(ieee) ?? { count: 0, at: 0 };
    this.#tries.set(ieee, { count: tries.count + 1, at: this.#host.clock.monotonic() });
    this.#underWay.add(ieee);
    device.pendingRequestTimeout = 0;
    try {
      const stick = this.#controller.getDevicesByType("Coordinator")[0]?.endpoints[0];
      if (stick) await definition.configure?.(device, stick, definition);
      device.meta[metaKey] = definition.version;
      device.save();
      this.#tries.delete(ieee);
      this.#done(member);
    } finally {
      this.#underWay.delete(ieee);
    }
  }

  /** A device has joined anew: what it was told before, it forgot. */
  forget({ device, ieee }: Member): void {
    delete device.meta[metaKey];
    this.#tries.delete(ieee);
  }
}

function isDue({ device, definition }: Member): boolean {
  return definition.configure !== undefined && device.meta[metaKey] !== definition.version;
}
