import type { Counters } from "../counters.ts";
import { CommandError, LimitError, ProtocolError } from "../errors.ts";
import { limits } from "../limits.ts";
import {
  identifierText,
  isHardware,
  isIdentifier,
  mintId,
  propertyText,
  reservedId,
  type Identifier,
  type Ref,
} from "../model/identity.ts";
import { sameValue } from "../model/scalar.ts";
import type { Change, Store } from "../store/store.ts";
import {
  learn,
  newRecord,
  parseRecord,
  text,
  type DeviceRecord,
  type Learned,
  type PropertyRecord,
} from "./device-record.ts";
import type { Logger } from "./logger.ts";
import type { PatientWriter } from "./patient-writer.ts";

const prefix = "device/";

export interface RegistryOptions {
  readonly store: Omit<Store, "close">;
  readonly writer: PatientWriter;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What a change of the registry changed. */
export interface Saved {
  readonly changed: readonly DeviceRecord[];
  /** Whether it is on the disk; a disk that refuses is tried again with the next change. */
  readonly durable: boolean;
}

/**
 * Every device Koine has met, under the id it was given once. Changes are on the disk before
 * anyone is told, so that a crash never gives a key or an id to something else; unless the disk
 * refuses, which is said and must not silence the world.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #records = new Map<string, DeviceRecord>();
  /** Owner's id by identifier text. */
  readonly #owners = new Map<string, string>();
  /** Id by name in lower case. */
  readonly #names = new Map<string, string>();

  private constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Loads all devices from the store. A record that cannot be read is left alone and counted. */
  static async load(options: RegistryOptions): Promise<Registry> {
    const registry = new Registry(options);
    for (const [, json] of await options.store.entries(prefix)) {
      try {
        registry.#keep(parseRecord(json));
      } catch {
        options.counters.add("store.records_unreadable");
      }
    }
    return registry;
  }

  all(): readonly DeviceRecord[] {
    return [...this.#records.values()].filter(isPresent);
  }

  get(id: string): DeviceRecord | undefined {
    const record = this.#records.get(id);
    return record && isPresent(record) ? record : undefined;
  }

  /** A device by id or, in any case, by name. */
  find(idOrName: string): DeviceRecord | undefined {
    const wanted = idOrName.toLowerCase();
    return this.get(wanted) ?? this.get(this.#names.get(wanted) ?? "");
  }

  /**
   * The device an adapter means. The strongest identifier decides; a name is not believed when the
   * hardware address beside it contradicts.
   */
  resolve(ref: Ref): DeviceRecord | undefined {
    const record = this.#resolve(ref);
    return record && isPresent(record) ? record : undefined;
  }

  #resolve(ref: Ref): DeviceRecord | undefined {
    for (const identifier of ref) {
      const owner = this.#ownerOf(identifier);
      if (owner && (isHardware(identifier) || !contradicts(owner, ref))) return owner;
    }
    return undefined;
  }

  /**
   * Adds what an adapter learned about a device, which is minted when it is new. Resolves, when it
   * is on the disk, to every device whose record changed by it, the one meant last; to none when
   * nothing was new.
   * @throws LimitError when there is no room for another device
   * @throws ProtocolError when the adapter named no identifier, or one that cannot be
   */
  async learn(learned: Learned): Promise<Saved> {
    if (!learned.ref.every(isIdentifier)) throw new ProtocolError("A device without identifiers");
    const before = this.#resolve(learned.ref) ?? this.#mint(learned);
    const { record, refused } = learn(before, learned);
    if (refused.length > 0) {
      this.#options.counters.add("refused.facts", refused.length);
      this.#options.log.debug({ device: before.id, refused }, "facts refused");
    }
    const named = this.#withName({ ...record, gone: undefined }, learned.facts.name);
    const merged = this.#withIdentifiers(named, learned.ref);
    if (sameValue(before, merged)) return { changed: [], durable: true };
    return this.#save(merged);
  }

  /**
   * Gives a device the name a user chose.
   * @throws CommandError when the name is empty or taken
   */
  async rename(id: string, name: string): Promise<Saved> {
    const record = this.#known(id);
    const clean = text(name);
    if (clean === undefined) throw new CommandError("bad_payload", "A name must not be empty");
    const owner = this.#ownerOfName(clean);
    if (owner !== undefined && owner !== id) {
      throw new CommandError("not_allowed", `The name "${clean}" belongs to ${owner}`);
    }
    return this.#save({ ...record, name: clean, named: true });
  }

  /** Keeps what is known of a device that took its leave, for when it is heard again. */
  async retire(id: string): Promise<Saved> {
    return this.#save({ ...this.#known(id), gone: true });
  }

  /** Forgets a device. It comes back, with a new name and keys, when it is heard again. */
  async remove(id: string): Promise<DeviceRecord> {
    const record = this.#known(id);
    this.#drop(record);
    await this.#options.writer.write([{ key: prefix + id, value: undefined }]);
    return record;
  }

  /**
   * Moves id, name and keys of a dead device onto new hardware, whose own id disappears.
   * @returns the device as it goes on, and what the new hardware was known as
   */
  async replace(
    deadId: string,
    newId: string,
  ): Promise<{ record: DeviceRecord; successor: DeviceRecord }> {
    const dead = this.#known(deadId);
    const successor = this.#known(newId);
    if (deadId === newId) throw new CommandError("not_allowed", "A device cannot replace itself");
    this.#drop(successor);
    this.#drop(dead);
    const gone = { key: prefix + newId, value: undefined };
    const { changed } = await this.#save(succeed(dead, successor), [gone]);
    return { record: changed.at(-1) ?? dead, successor };
  }

  #ownerOf(identifier: Identifier): DeviceRecord | undefined {
    const id = this.#owners.get(identifierText(identifier));
    return id === undefined ? undefined : this.#records.get(id);
  }

  #known(id: string): DeviceRecord {
    const record = this.get(id);
    if (!record) throw new CommandError("unknown_device", `There is no device "${id}"`);
    return record;
  }

  #mint({ ref, facts }: Learned): DeviceRecord {
    const strongest = ref[0];
    if (!strongest) throw new ProtocolError("A device without an identifier");
    if (!this.#hasRoom()) {
      this.#options.counters.add("refused.devices");
      throw new LimitError(
        `Cannot add a device: there are ${limits.devices} already; remove some with: koine devices remove`,
      );
    }
    const wanted = mintId(strongest);
    let id = wanted;
    for (let n = 2; this.#records.has(id) || id === reservedId; n++) id = `${wanted}-${n}`;
    return newRecord(id, this.#freeName(text(facts.name) ?? id, id));
  }

  /** A device that took its leave makes room for a new one. */
  #hasRoom(): boolean {
    if (this.#records.size < limits.devices) return true;
    const gone = [...this.#records.values()].find((record) => !isPresent(record));
    if (!gone) return false;
    this.#drop(gone);
    // What refuses is tried again with the next change.
    void this.#options.writer.write([{ key: prefix + gone.id, value: undefined }]);
    return true;
  }

  #withName(record: DeviceRecord, raw: string | undefined): DeviceRecord {
    const name = text(raw);
    if (name === undefined || record.named) return record;
    return { ...record, name: this.#freeName(name, record.id) };
  }

  /** The name, or with the first number behind it that nobody else has. */
  #freeName(wanted: string, id: string): string {
    const taken = (name: string): boolean => (this.#ownerOfName(name) ?? id) !== id;
    let name = wanted;
    for (let n = 2; taken(name); n++) name = `${wanted} ${n}`;
    return name;
  }

  /** Whom people mean by a name: the device that has it, as its id or as its name. */
  #ownerOfName(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.#records.has(wanted) ? wanted : this.#names.get(wanted);
  }

  /** A hardware address stays with its first owner; a name goes where it was last heard. */
  #withIdentifiers(record: DeviceRecord, ref: Ref): DeviceRecord {
    const own = new Set(record.identifiers.map(identifierText));
    const added = ref.filter((identifier) => {
      if (own.has(identifierText(identifier))) return false;
      const owner = this.#ownerOf(identifier);
      const conflict = owner !== undefined && owner.id !== record.id && isHardware(identifier);
      if (conflict) this.#options.counters.add("refused.identifiers");
      return !conflict;
    });
    const identifiers = [...record.identifiers, ...added].toSorted(hardwareFirst);
    if (identifiers.length > limits.identifiersPerDevice)
      this.#options.counters.add("refused.identifiers");
    return { ...record, identifiers: identifiers.slice(0, limits.identifiersPerDevice) };
  }

  async #save(changed: DeviceRecord, also: readonly Change[] = []): Promise<Saved> {
    const records = [...this.#losersTo(changed), changed].map((record) => ({
      ...record,
      revision: record.revision + 1,
    }));
    for (const record of records) this.#keep(record);
    const durable = await this.#options.writer.write([...also, ...records.map(changeOf)]);
    return { changed: records, durable };
  }

  /** Other devices that lose a name identifier to this one, without it. */
  #losersTo(record: DeviceRecord): readonly DeviceRecord[] {
    const taken = new Set(record.identifiers.map(identifierText));
    const owners = record.identifiers.flatMap((identifier) => this.#ownerOf(identifier) ?? []);
    const losers = new Set(owners.filter(({ id }) => id !== record.id));
    return [...losers].map((loser) => ({
      ...loser,
      identifiers: without(loser.identifiers, taken),
      routes: loser.routes.map(({ adapter, ref }) => ({ adapter, ref: without(ref, taken) })),
    }));
  }

  #keep(record: DeviceRecord): void {
    const before = this.#records.get(record.id);
    if (before) this.#names.delete(before.name.toLowerCase());
    this.#records.set(record.id, record);
    this.#names.set(record.name.toLowerCase(), record.id);
    for (const identifier of record.identifiers) {
      this.#owners.set(identifierText(identifier), record.id);
    }
  }

  #drop(record: DeviceRecord): void {
    this.#records.delete(record.id);
    this.#names.delete(record.name.toLowerCase());
    for (const identifier of record.identifiers) this.#owners.delete(identifierText(identifier));
  }
}

/**
 * The dead device on its successor's hardware. Its name and its keys stay; a key goes on with what the
 * new hardware has of the same meaning.
 */
function succeed(dead: DeviceRecord, successor: DeviceRecord): DeviceRecord {
  const { model, manufacturer, firmware, hardware, identifiers, routes } = successor;
  const inherited = Object.fromEntries(
    Object.entries(dead.properties).map(([key, property]) => [
      key,
      counterpart(property, dead, successor) ?? property,
    ]),
  );
  return {
    ...dead,
    named: true,
    model,
    manufacturer,
    firmware,
    hardware,
    identifiers,
    routes,
    properties: inherited,
  };
}

/** The same part, or the only one of its meaning where each has one: parts are named by make. */
function counterpart(
  property: PropertyRecord,
  dead: DeviceRecord,
  successor: DeviceRecord,
): PropertyRecord | undefined {
  const sameMeaning = ({ properties }: DeviceRecord): readonly PropertyRecord[] =>
    Object.values(properties).filter(({ is }) => is === property.is);
  const candidates = sameMeaning(successor);
  const exact = candidates.find((one) => propertyText(one) === propertyText(property));
  const isOnly = candidates.length === 1 && sameMeaning(dead).length === 1;
  return exact ?? (isOnly ? candidates[0] : undefined);
}

function isPresent({ gone }: DeviceRecord): boolean {
  return gone !== true;
}

/** Whether the ref has a hardware address of a scheme in which the owner has another one. */
function contradicts(owner: DeviceRecord, ref: Ref): boolean {
  return ref.filter(isHardware).some(([scheme, value]) => {
    const own = owner.identifiers.filter((identifier) => identifier[0] === scheme);
    return own.length > 0 && !own.some((identifier) => identifier[1] === value);
  });
}

function without(identifiers: Ref, taken: ReadonlySet<string>): Ref {
  return identifiers.filter((identifier) => !taken.has(identifierText(identifier)));
}

function hardwareFirst(a: Identifier, b: Identifier): number {
  return Number(isHardware(b)) - Number(isHardware(a));
}

function changeOf(record: DeviceRecord): Change {
  return { key: prefix + record.id, value: JSON.stringify(record) };
}
