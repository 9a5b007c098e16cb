import { Adoption } from "../../adapters/ble/adoption.ts";
import { configSchema } from "../../adapters/ble/config.ts";
import { Known } from "../../adapters/ble/known.ts";
import type { Report } from "../../adapters/ble/radio/radio.ts";
import { Receiver } from "../../adapters/ble/receiver.ts";
import { Reception } from "../../adapters/ble/reception.ts";
import type { AdapterEvent, DeviceFacts, EventData } from "../../src/model/adapter-event.ts";
import type { Ref } from "../../src/model/identity.ts";
import type { Scalar } from "../../src/model/scalar.ts";
import { MemoryStore } from "../../src/testing/memory-store.ts";
import { ManualClock } from "./manual-clock.ts";

/** A report, of which everything but the data has a default. */
export type Heard = Partial<Report> & Pick<Report, "data">;

export const sensorAddress = "a4c1385a0b1c";

/** A receiver over a clock that stands still, with everything it tells and counts on record. */
export class Ear {
  readonly clock = new ManualClock();
  readonly events: AdapterEvent[] = [];
  readonly counts = new Map<string, number>();
  readonly receiver: Receiver;
  readonly adoption: Adoption;
  readonly #sweeps: { cancel(): void };

  private constructor(config: object, adoption: Adoption, reception: Reception, ear: Recorder) {
    this.adoption = adoption;
    this.events = ear.events;
    this.counts = ear.counts;
    const parsed = configSchema.parse(config);
    this.receiver = new Receiver({
      host: { clock: this.clock, emit: (event) => ear.events.push(event), count: ear.count },
      config: parsed,
      known: new Known(parsed),
      adoption,
      reception,
    });
    this.#sweeps = this.clock.every(1_000, () => this.receiver.sweep());
  }

  /** @param store what an earlier run has left */
  static async open(config: object = {}, store = new MemoryStore()): Promise<Ear> {
    const recorder = new Recorder();
    const { count } = recorder;
    const { adopt } = configSchema.parse(config);
    const [adoption, reception] = await Promise.all([
      Adoption.load({ store, mode: adopt, count }),
      Reception.load({ store, count }),
    ]);
    return new Ear(config, adoption, reception, recorder);
  }

  /** One frame of a sensor with a public address, as our own radio hears it. */
  hear(heard: Heard): void {
    this.receiver.take({
      receiver: "radio",
      address: sensorAddress,
      addressType: "public",
      isResponse: false,
      isConnectable: false,
      rssi: -60,
      ...heard,
    });
  }

  /** Time passes, and the receiver sweeps each second of it. */
  pass(seconds: number): Promise<void> {
    return this.clock.advance(seconds * 1_000);
  }

  /** Time passes in which somebody else is heard, so that silence means something. */
  async passWithOthers(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.hear({ address: "c0ffee000001", addressType: "random", data: Buffer.of(2, 1, 6) });
      await this.pass(1);
    }
  }

  /** All values of one property of one device that were told, in order. */
  told(is: string, address = sensorAddress): Scalar[] {
    return this.readings(address).flatMap((one) => (one.is === is ? [one.value] : []));
  }

  readings(address = sensorAddress): { is: string; value: Scalar; quality?: string }[] {
    return this.events.flatMap((event) =>
      event.type === "readings" && isOf(event.ref, address) ? [...event.values] : [],
    );
  }

  happened(address = sensorAddress): EventData[] {
    return this.events.flatMap((event) =>
      event.type === "event" && isOf(event.ref, address) ? [event.data] : [],
    );
  }

  diagnostics(): string[] {
    return this.events.flatMap((event) => (event.type === "diagnostic" ? [event.code] : []));
  }

  /** What the gateway knows of a device. */
  facts(address = sensorAddress): DeviceFacts | undefined {
    const told = this.events.flatMap((event) =>
      event.type === "device" && isOf(event.ref, address) ? [event.facts] : [],
    );
    return told.length === 0 ? undefined : (Object.assign({}, ...told) as DeviceFacts);
  }

  /** The devices that were told of. */
  get devices(): string[] {
    const all = this.events.flatMap((event) =>
      event.type === "device" ? event.ref.map(([, name]) => name) : [],
    );
    return [...new Set(all)];
  }

  /** The last summary of who is in reach. */
  get seen(): Readonly<Record<string, Scalar>> | undefined {
    return this.events.findLast((event) => event.type === "seen")?.data;
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** Forgets what was told so far. */
  clear(): void {
    this.events.length = 0;
  }

  close(): void {
    this.#sweeps.cancel();
  }
}

class Recorder {
  readonly events: AdapterEvent[] = [];
  readonly counts = new Map<string, number>();
  readonly count = (name: string): void => {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  };
}

function isOf(ref: Ref, name: string): boolean {
  return ref.some(([, value]) => value === name);
}
