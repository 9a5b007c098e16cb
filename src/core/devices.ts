import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import { isKnown, LimitError, ProtocolError } from "../errors.ts";
import type { AdapterEvent, CommandResult, EventData } from "../model/adapter-event.ts";
import type { Ref } from "../model/identity.ts";
import type { DeviceSummary } from "../model/bridge.ts";
import type { Message } from "../model/message.ts";
import { pattern } from "../model/pattern.ts";
import { isList, type Scalar } from "../model/scalar.ts";
import { timestamp } from "../model/state.ts";
import { adapterNamespace, type Change, type Store } from "../store/store.ts";
import type { Bus } from "./bus.ts";
import { describe, type DeviceRecord } from "./device-record.ts";
import type { DeviceStates } from "./device-states.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Liveness } from "./liveness.ts";
import type { Logger } from "./logger.ts";
import type { Registry, Saved } from "./registry.ts";

export interface DevicesOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly states: DeviceStates;
  readonly liveness: Liveness;
  readonly diagnostics: Diagnostics;
  /** Of the whole gateway. */
  readonly store: Pick<Store, "get" | "write">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  /** A later result of a command that an adapter had queued. */
  readonly later: (commandId: string, result: CommandResult) => Promise<boolean>;
  /** Ends the commands under way to a device that is gone. */
  readonly dropCommands: (device: string) => void;
  /** Whether what this adapter hears comes from Koine's own simulator. */
  readonly isSimulated: (adapter: string) => boolean;
  /** Whether this adapter's link is up. */
  readonly isOnline: (adapter: string) => boolean;
  /** Tells an adapter that one of its devices is not known: it is to describe it anew. */
  readonly forgotten: (adapter: string, ref: Ref) => void;
}

/** Turns what adapters tell into what the bus carries, and is the one place that changes devices. */
export class Devices {
  readonly #options: DevicesOptions;
  readonly #events = new Map<string, number>();
  #saidFull = false;

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** Tells the bus about every device of earlier runs; none was heard in this one yet. */
  announce(): void {
    const { registry } = this.#options;
    for (const record of registry.all()) this.#describe(record);
  }

  /**
   * Takes one event of an adapter. Never rejects: what is wrong with it is counted. Resolves to
   * whether what it led to is on the disk.
   */
  async take(adapter: string, event: AdapterEvent): Promise<boolean> {
    try {
      return await this.#apply(adapter, event);
    } catch (err) {
      const { counters, log } = this.#options;
      counters.add("refused.adapter_events");
      if (err instanceof LimitError) this.#sayFull(err);
      if (isKnown(err)) log.debug({ err, adapter, type: event.type }, "event refused");
      else log.error({ err, adapter, type: event.type }, "adapter event cannot be used");
      return true;
    }
  }

  /** Once: what is refused comes again and again. */
  #sayFull({ message }: LimitError): void {
    if (this.#saidFull) return;
    this.#saidFull = true;
    const { log } = this.#options;
    log.warn({ reason: message }, "event refused, and more of the kind may be");
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

  /**
   * Resolves to the name as it is now.
   * @throws CommandError when there is no such device or the name is taken
   */
  async rename(id: string, name: string): Promise<string> {
    const saved = await this.#options.registry.rename(id, name);
    this.#describeAll(saved);
    return saved.changed.at(-1)?.name ?? name;
  }

  /**
   * Forgets a device and everything retained of it.
   * @throws CommandError when there is no such device
   */
  async remove(id: string): Promise<void> {
    this.#withdraw(await this.#options.registry.remove(id));
  }

  /**
   * Moves the id of a dead device onto new hardware.
   * @throws CommandError when one of them is unknown
   */
  async replace(deadId: string, newId: string): Promise<void> {
    const { record, successor } = await this.#options.registry.replace(deadId, newId);
    this.#withdraw(successor);
    // What the dead hardware said last is not how things are.
    this.#options.states.forget(record);
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

  async #apply(adapter: string, event: AdapterEvent): Promise<boolean> {
    switch (event.type) {
      case "device":
        return this.#learn(adapter, event);
      case "result":
        return this.#options.later(event.commandId, event.result);
      case "readings":
        this.#read(this.#known(adapter, event), event.values);
        return true;
      case "event":
        await this.#happened(adapter, event);
        return true;
      case "availability":
        this.#options.liveness.report(this.#known(adapter, event), event.value);
        return true;
      case "gone":
        return this.#retire(event.ref);
      case "notice":
        this.#notice(adapter, event);
        return true;
      case "seen":
        this.#saw(adapter, event);
        return true;
      case "diagnostic":
        this.#diagnose(adapter, event);
        return true;
    }
  }

  /** A device that took its leave is not shown any more; its name and keys wait for it. */
  async #retire(ref: Ref): Promise<boolean> {
    const { registry } = this.#options;
    const record = registry.resolve(ref);
    if (!record) return true;
    const { durable } = await registry.retire(record.id);
    this.#withdraw(record);
    return durable;
  }

  #known(adapter: string, { ref }: { readonly ref: Ref }): DeviceRecord {
    const record = this.#options.registry.resolve(ref);
    if (record) return record;
    // Its description was lost on the way, or never came: the adapter is to give it again.
    this.#options.forgotten(adapter, ref);
    throw new ProtocolError("The adapter did not describe this device before");
  }

  async #learn(
    adapter: string,
    { ref, facts }: Extract<AdapterEvent, { type: "device" }>,
  ): Promise<boolean> {
    const { registry, log, isSimulated } = this.#options;
    const via = facts.via && registry.resolve(facts.via)?.id;
    const simulated = isSimulated(adapter) || undefined;
    const saved = await registry.learn({ adapter, ref, facts, via, simulated });
    for (const { id, name, revision } of saved.changed) {
      if (revision === 1) log.info({ device: id, name }, "new device");
    }
    this.#describeAll(saved);
    return saved.durable;
  }

  #read(record: DeviceRecord, values: Extract<AdapterEvent, { type: "readings" }>["values"]): void {
    if (this.#options.states.apply(record, values)) this.#options.liveness.heard(record.id);
  }

  async #happened(adapter: string, event: Extract<AdapterEvent, { type: "event" }>): Promise<void> {
    const { bus, liveness } = this.#options;
    const { id } = this.#known(adapter, event);
    const message = this.#messageOf(id, event.data);
    const { scope, note } = event;
    if (note && scope === "public") await this.#publishNoted(adapter, message, note);
    else bus.publish(message, scope);
    liveness.heard(id);
  }

  async #publishNoted(adapter: string, message: Message, note: Change): Promise<void> {
    const { bus, store } = this.#options;
    const key = `${adapterNamespace(adapter)}/${note.key}`;
    if ((await store.get(key)) === undefined) throw new ProtocolError("There is no such entry");
    await bus.publishWith(message, [{ key, value: note.value }], store);
  }

  #messageOf(id: string, data: EventData): Message {
    const { name, data: fields, ...what } = data;
    if (!pattern.name.test(name) || (data.part !== undefined && !pattern.part.test(data.part))) {
      throw new ProtocolError(`No event: ${JSON.stringify({ name, part: data.part })}`);
    }
    const n = this.#events.get(id) ?? 0;
    this.#events.set(id, n + 1);
    const more = isRecord(fields) ? fields : {};
    const body = { ...more, ...what, _ts: timestamp(this.#options.clock.now()), _n: n };
    return { kind: "event", device: id, name, body };
  }

  #notice(adapter: string, { name, ref, data }: Extract<AdapterEvent, { type: "notice" }>): void {
    const { bus, clock, registry } = this.#options;
    const record = ref && registry.resolve(ref);
    const device = record ? { device: record.id, name: record.name } : {};
    const body = { ...data, adapter, ...device, _ts: timestamp(clock.now()) };
    bus.publish({ kind: "bridge_event", name, body });
  }

  #saw(what: string, { data }: Extract<AdapterEvent, { type: "seen" }>): void {
    const { bus, clock } = this.#options;
    bus.publish({ kind: "bridge_seen", what, body: { ...data, _ts: timestamp(clock.now()) } });
  }

  #diagnose(
    adapter: string,
    { ref, code, message, isNote }: Extract<AdapterEvent, { type: "diagnostic" }>,
  ): void {
    const { counters, log, registry, diagnostics, clock } = this.#options;
    counters.add(`${isNote === true ? "noted" : "malformed"}.${code}`);
    const device = ref && registry.resolve(ref)?.id;
    if (device !== undefined) diagnostics.note(device, code, message, clock.now());
    log.debug({ adapter, device, code, reason: message }, "message not understood");
  }

  /** Tells what was saved; one that was removed meanwhile must not come back. */
  #describeAll({ changed }: Saved): void {
    for (const record of changed) {
      if (this.#options.registry.get(record.id)) this.#describe(record);
    }
  }

  #describe(record: DeviceRecord): void {
    const body = describe(record);
    this.#options.bus.publish({ kind: "description", device: record.id, body });
    this.#options.liveness.add(record.id);
  }

  /** Takes a device off the bus, and lets its adapters describe anew what they hear of it. */
  #withdraw(record: DeviceRecord): void {
    const { bus, states, liveness, diagnostics, dropCommands, forgotten } = this.#options;
    const { id, routes } = record;
    dropCommands(id);
    states.forget(record);
    liveness.forget(id);
    diagnostics.forget(id);
    this.#events.delete(id);
    bus.publish({ kind: "description", device: id, body: undefined });
    for (const { adapter, ref } of routes) forgotten(adapter, ref);
  }
}

function isRecord(value: Scalar | undefined): value is { readonly [key: string]: Scalar } {
  return typeof value === "object" && value !== null && !isList(value);
}
