import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { KoineError, ProtocolError } from "../errors.ts";
import type { AdapterEvent, CommandResult, EventData, Scope } from "../model/adapter-event.ts";
import type { Ref } from "../model/identity.ts";
import type { DeviceSummary } from "../model/message.ts";
import { pattern } from "../model/pattern.ts";
import { timestamp } from "../model/state.ts";
import type { Bus } from "./bus.ts";
import { describe, type DeviceRecord } from "./device-record.ts";
import type { DeviceStates } from "./device-states.ts";
import type { Liveness } from "./liveness.ts";
import type { Logger } from "./logger.ts";
import type { Registry } from "./registry.ts";

export interface DevicesOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly states: DeviceStates;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** A later result of a command that an adapter had queued. */
  readonly later: (commandId: string, result: CommandResult) => void;
  /** Whether what this adapter hears comes from Koine's own simulator. */
  readonly isSimulated: (adapter: string) => boolean;
  /** Whether this adapter's link is up. */
  readonly isOnline: (adapter: string) => boolean;
  /** Tells an adapter that the user removed one of its devices. */
  readonly forgotten: (adapter: string, ref: Ref) => void;
}

/** Turns what adapters tell into what the bus carries, and is the one place that changes devices. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #events = new Map<string, number>();

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** Tells the bus about every device of earlier runs; none was heard in this one yet. */
  announce(): void {
    const { registry, liveness } = this.#options;
    for (const record of registry.all()) {
      this.#describe(record);
      liveness.add(record.id);
    }
  }

  /** Takes one event of an adapter. Never rejects: what is wrong with it is counted. */
  async take(adapter: string, event: AdapterEvent): Promise<void> {
    try {
      await this.#apply(adapter, event);
    } catch (err) {
      const { counters, log } = this.#options;
      counters.add("refused.adapter_events");
      if (err instanceof KoineError) log.debug({ err, adapter, type: event.type }, "event refused");
      else log.error({ err, adapter, type: event.type }, "adapter event cannot be used");
    }
  }

  /** Nothing heard over this adapter is current any more. */
  linkLost(adapter: string): void {
    const { registry, states, liveness, isOnline } = this.#options;
    for (const record of registry.all()) {
      if (!record.routes.some((route) => route.adapter === adapter)) continue;
      states.markStale(record, adapter);
      if (!record.routes.some((route) => isOnline(route.adapter))) liveness.lose(record.id);
    }
  }

  /** @throws CommandError when there is no such device or the name is taken */
  async rename(id: string, name: string): Promise<void> {
    this.#describe(await this.#options.registry.rename(id, name));
  }

  /**
   * Forgets a device and everything retained of it.
   * @throws CommandError when there is no such device
   */
  async remove(id: string): Promise<void> {
    const { routes } = await this.#options.registry.remove(id);
    this.#withdraw(id);
    for (const { adapter, ref } of routes) this.#options.forgotten(adapter, ref);
  }

  /**
   * Moves the id of a dead device onto new hardware.
   * @throws CommandError when one of them is unknown
   */
  async replace(deadId: string, newId: string): Promise<void> {
    const record = await this.#options.registry.replace(deadId, newId);
    this.#withdraw(newId);
    this.#describe(record);
  }

  /** The rows of `bridge/devices`. */
  summaries(): readonly DeviceSummary[] {
    const { registry, liveness } = this.#options;
    return registry.all().map((record) => {
      const { id, name, classes, adapter, via, simulated } = describe(record);
      return { id, name, classes, availability: liveness.get(id), adapter, via, simulated };
    });
  }

  async #apply(adapter: string, event: AdapterEvent): Promise<void> {
    switch (event.type) {
      case "device":
        return this.#learn(adapter, event);
      case "readings":
        return this.#read(this.#known(event), event.values);
      case "event":
        return this.#happened(this.#known(event), event.data, event.scope);
      case "availability":
        return this.#options.liveness.report(this.#known(event).id, event.value);
      case "gone":
        return this.#options.liveness.report(this.#known(event).id, "offline");
      case "result":
        return this.#options.later(event.commandId, event.result);
      case "diagnostic":
        return this.#diagnose(adapter, event);
    }
  }

  #known({
    ref,
  }: Extract<
    AdapterEvent,
    { type: "readings" | "event" | "availability" | "gone" }
  >): DeviceRecord {
    const record = this.#options.registry.resolve(ref);
    if (!record) throw new ProtocolError("The adapter did not describe this device before");
    return record;
  }

  async #learn(
    adapter: string,
    { ref, facts }: Extract<AdapterEvent, { type: "device" }>,
  ): Promise<void> {
    const { registry, liveness, log, isSimulated } = this.#options;
    const via = facts.via && registry.resolve(facts.via)?.id;
    const simulated = isSimulated(adapter) || undefined;
    const { record, changed } = await registry.learn({ adapter, ref, facts, via, simulated });
    if (!changed) return;
    if (record.revision === 1) log.info({ device: record.id, name: record.name }, "new device");
    this.#describe(record);
    liveness.add(record.id);
  }

  #read(record: DeviceRecord, values: Extract<AdapterEvent, { type: "readings" }>["values"]): void {
    this.#options.states.apply(record, values);
    const now = values.some(({ quality }) => quality !== "stale" && quality !== "historical");
    if (now) this.#options.liveness.heard(record.id);
  }

  #happened({ id }: DeviceRecord, data: EventData, scope: Scope): void {
    const { name, ...what } = data;
    if (!pattern.name.test(name)) throw new ProtocolError(`No event name: "${name}"`);
    const n = this.#events.get(id) ?? 0;
    this.#events.set(id, n + 1);
    const body = { ...what, _ts: timestamp(this.#options.clock.now()), _n: n };
    this.#options.bus.publish({ kind: "event", device: id, name, body }, scope);
    this.#options.liveness.heard(id);
  }

  #diagnose(
    adapter: string,
    { ref, code, message }: Extract<AdapterEvent, { type: "diagnostic" }>,
  ): void {
    const { counters, log, registry } = this.#options;
    counters.add(`malformed.${code}`);
    const device = ref && registry.resolve(ref)?.id;
    log.debug({ adapter, device, code, reason: message }, "message not understood");
  }

  #describe(record: DeviceRecord): void {
    const body = describe(record);
    this.#options.bus.publish({ kind: "description", device: record.id, body });
  }

  #withdraw(id: string): void {
    this.#options.states.forget(id);
    this.#options.liveness.forget(id);
    this.#events.delete(id);
    this.#options.bus.publish({ kind: "description", device: id, body: undefined });
  }
}
