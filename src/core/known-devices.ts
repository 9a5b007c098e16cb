import type { Description } from "../model/description.ts";
import type { MessageOf } from "../model/message.ts";
import type { Availability, State } from "../model/state.ts";
import type { Bus } from "./bus.ts";

/** What the bus has said of one device. */
export interface KnownDevice {
  readonly id: string;
  readonly description: Description;
  /** Undefined as long as nothing was heard. */
  readonly state: State | undefined;
  readonly availability: Availability;
}

/** Every device as a subscriber of the bus knows it. Open it before the core starts: it describes all. */
export class KnownDevices {
  readonly #devices = new Map<string, KnownDevice>();
  readonly #unsubscribe: () => void;
  /** Raised whenever a device is described anew or gone. */
  revision = 0;

  constructor(bus: Bus) {
    this.#unsubscribe = bus.subscribe(
      ["description", "state", "availability"],
      (message, scope) => {
        if (scope === "public") this.#take(message);
      },
    );
  }

  get(id: string): KnownDevice | undefined {
    return this.#devices.get(id);
  }

  all(): readonly KnownDevice[] {
    return [...this.#devices.values()];
  }

  /** By id, or by name in whatever case. */
  find(idOrName: string): KnownDevice | undefined {
    const wanted = idOrName.toLowerCase();
    return (
      this.#devices.get(wanted) ??
      this.all().find(({ description }) => description.name.toLowerCase() === wanted)
    );
  }

  close(): void {
    this.#unsubscribe();
  }

  #take(message: MessageOf<"description" | "state" | "availability">): void {
    const { device: id } = message;
    const known = this.#devices.get(id);
    if (message.kind === "description") {
      this.revision += 1;
      if (message.body) {
        const rest = known ?? { id, state: undefined, availability: "unknown" };
        this.#devices.set(id, { ...rest, description: message.body });
      } else this.#devices.delete(id);
    } else if (known && message.kind === "state") {
      this.#devices.set(id, { ...known, state: message.body });
    } else if (known && message.kind === "availability") {
      this.#devices.set(id, { ...known, availability: message.body ?? "unknown" });
    }
  }
}
