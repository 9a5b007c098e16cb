import { Adoption } from "../../../../adapters/ble/adoption.ts";
import { configSchema } from "../../../../adapters/ble/config.ts";
import { Known } from "../../../../adapters/ble/known.ts";
import type { Report } from "../../../../adapters/ble/radio/radio.ts";
import { Receiver } from "../../../../adapters/ble/receiver.ts";
import { Reception } from "../../../../adapters/ble/reception.ts";
import type { AdapterEvent } from "../../../../src/model/adapter-event.ts";
import { MemoryStore } from "../../../../src/testing/memory-store.ts";
import { ManualClock } from "../../../support/manual-clock.ts";

/** A receiver under a clock that the test moves, and what it tells. */
export class ReceiverWorld {
  readonly clock = new ManualClock();
  readonly events: AdapterEvent[] = [];
  readonly counts = new Map<string, number>();
  readonly receiver: Receiver;

  private constructor(options: {
    readonly config: unknown;
    readonly adoption: (count: (name: string) => void) => Adoption;
    readonly reception: Reception;
  }) {
    const config = configSchema.parse(options.config);
    const count = (name: string, by = 1): void =>
      void this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    this.receiver = new Receiver({
      host: { emit: (event) => void this.events.push(event), count, clock: this.clock },
      config,
      known: new Known(config),
      adoption: options.adoption(count),
      reception: options.reception,
    });
  }

  static async open(config: unknown = {}): Promise<ReceiverWorld> {
    const store = new MemoryStore();
    const count = (): void => {};
    let counted: (name: string) => void = count;
    const loaded = await Adoption.load({ store, mode: "auto", count: (name) => counted(name) });
    return new ReceiverWorld({
      config,
      adoption: (counter) => {
        counted = counter;
        return loaded;
      },
      reception: await Reception.load({ store, count }),
    });
  }

  /** A frame of a sender, as the radio reports it. */
  hear(address: string, frame: string, more: Partial<Report> = {}): void {
    this.receiver.take({
      receiver: "radio",
      address,
      addressType: "public",
      isResponse: false,
      isConnectable: false,
      rssi: -60,
      data: Buffer.from(frame, "hex"),
      ...more,
    });
  }

  of<T extends AdapterEvent["type"]>(type: T): readonly Extract<AdapterEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<AdapterEvent, { type: T }> => {
      return event.type === type;
    });
  }
}

/** A BTHome frame: what its device information says, and its objects. */
export function bthome(objects: string, information = "40"): string {
  const data = `d2fc${information}${objects}`;
  return `020106${(data.length / 2 + 1).toString(16).padStart(2, "0")}16${data}`;
}
