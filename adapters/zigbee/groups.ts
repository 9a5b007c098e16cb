import {
  CommandError,
  propertyText,
  roundTo,
  sameValue,
  type AdapterHost,
  type PropertyFacts,
  type Reading,
  type Ref,
  type Scalar,
  z,
} from "koine/adapter";
import type { Controller } from "zigbee-herdsman";
import type { Feature } from "../exposes/features.ts";
import { textOf } from "../reading/json.ts";
import type { Target } from "./commands.ts";
import type { Endpoint, Group } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress } from "./link.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";

/** What a group can be told, where all its members can. */
const groupable = new Set([
  "onoff",
  "brightness",
  "color_temperature",
  "color",
  "cover_action",
  "position",
  "tilt",
]);

const keptSchema = z.object({ name: z.string() });
const prefix = "group/";
const scheme = "zigbee-group";

export interface GroupsOptions {
  readonly host: AdapterHost;
  readonly controller: Controller;
  readonly members: Members;
  readonly targetOf: (member: Member) => Target;
  /** Names that groups had under another program, as `group-1`. */
  readonly names: ReadonlyMap<string, string>;
}

/** One member of a group: an endpoint, and what of its device belongs to that endpoint. */
interface Part {
  readonly member: Member;
  /** As if that endpoint were the whole device. */
  readonly features: readonly Feature[];
  /** The same, as they are on the device. */
  readonly own: readonly Feature[];
}

/** What a report makes of a group. */
export interface GroupNews {
  readonly ref: Ref;
  /** What all members agree on, and since when all have reported it, in monotonic ms. */
  readonly agreed: readonly (Reading & { readonly sinceMs: number })[];
  /** What of it is new. */
  readonly news: readonly Reading[];
  /** It is time to say that it is there, though nothing is new. */
  readonly isDue: boolean;
}

/**
 * Zigbee groups, which one message reaches. Each is a device on the bus; its state is what its
 * members report, never what it was told.
 */
export class Groups {
  readonly #options: GroupsOptions;
  readonly #names = new Map<number, string>();
  /** What was told of each group last, by property. */
  readonly #told = new Map<number, Map<string, Scalar>>();
  /** Monotonic ms when anything was told of each group. */
  readonly #toldAt = new Map<number, number>();

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** Describes every group of earlier runs. */
  async load(): Promise<void> {
    const { host } = this.#options;
    for (const [key, json] of await host.store.entries(prefix)) {
      const { data } = keptSchema.safeParse(JSON.parse(json));
      if (data) this.#names.set(Number(key.slice(prefix.length)), data.name);
    }
    for (const group of this.#options.controller.getGroupsIterator()) this.describe(group);
  }

  find(ref: Ref): Group | undefined {
    const own = ref.find(([word]) => word === scheme)?.[1];
    const id = own?.startsWith(this.#stick) === true ? own.slice(this.#stick.length + 1) : "";
    return id === "" ? undefined : this.#options.controller.getGroupByID(Number(id));
  }

  /**
   * Makes a group.
   * @throws CommandError when there are too many
   */
  async create(name: string): Promise<Ref> {
    const { host, controller } = this.#options;
    const taken = new Set([...controller.getGroupsIterator()].map(({ groupID }) => groupID));
    if (taken.size >= limits.groups) {
      throw new CommandError("rate_limited", `There are ${limits.groups} groups already`);
    }
    let id = 1;
    while (taken.has(id)) id += 1;
    await this.name(id, name);
    const group = controller.createGroup(id);
    this.describe(group);
    await host.settled();
    return this.refOf(group);
  }

  async name(id: number, name: string): Promise<void> {
    this.#names.set(id, name);
    const change = { key: `${prefix}${id}`, value: JSON.stringify({ name }) };
    await this.#options.host.store.write([change]);
  }

  /** Forgets a group whose members were told. */
  async remove(group: Group): Promise<void> {
    const { host } = this.#options;
    group.removeFromDatabase();
    this.#names.delete(group.groupID);
    await host.store.write([{ key: `${prefix}${group.groupID}`, value: undefined }]);
    host.emit({ type: "gone", ref: this.refOf(group) });
  }

  refOf({ groupID }: Group): Ref {
    return [[scheme, `${this.#stick}-${groupID}`]];
  }

  /** The gateway does not know a group any more: it is described, and told of, anew. */
  forget(group: Group): void {
    this.#told.delete(group.groupID);
    this.describe(group);
  }

  /** Tells what a group is; its members may have changed. */
  describe(group: Group): void {
    const { host, members, names } = this.#options;
    const { groupID: id } = group;
    const name = this.#names.get(id) ?? names.get(`group-${id}`) ?? `Group ${id}`;
    const properties = this.#features(group).map(({ facts }): PropertyFacts => facts);
    const facts = { name, model: "group", via: members.coordinator, properties };
    host.emit({ type: "device", ref: this.refOf(group), facts });
  }

  target(group: Group): Target {
    const { host, targetOf } = this.#options;
    const parts = this.#parts(group);
    const definitions = [...new Set(parts.map(({ member }) => member.definition))];
    const state = parts[0]?.member.state ?? {};
    return {
      ref: this.refOf(group),
      features: this.#features(group),
      definitions,
      state,
      reports: false,
      entity: () => group,
      members: parts.map(({ member, own }) => ({ ...targetOf(member), features: own })),
      speaker: {
        host,
        device: undefined,
        definitions,
        options: {},
        state,
        membersState: Object.fromEntries(
          parts.map(({ member }) => [member.device.ieeeAddr, member.state]),
        ),
        publish: () => {},
      },
    };
  }

  /** A device has reported: what that makes of its groups, for whoever waits for it. */
  heard(member: Member): GroupNews[] {
    return [...this.#options.controller.getGroupsIterator()]
      .filter((group) => this.#parts(group).some((part) => part.member === member))
      .map((group) => this.newsOf(group));
  }

  /** What the members of a group are now, together. */
  newsOf(group: Group): GroupNews {
    const parts = this.#parts(group);
    const all = this.#features(group).flatMap(({ facts: { is } }) => combined(is, parts) ?? []);
    const news = this.#news(group, all);
    const agreed = all.flatMap((reading) =>
      reading.quality === undefined ? [{ ...reading, sinceMs: since(reading.is, parts) }] : [],
    );
    return { ref: this.refOf(group), agreed, news, isDue: this.#isDue(group, news.length > 0) };
  }

  get #stick(): string {
    return this.#options.members.coordinator[0]?.[1] ?? "";
  }

  #isDue({ groupID }: Group, isTold: boolean): boolean {
    const now = this.#options.host.clock.monotonic();
    const isDue = !isTold && now - (this.#toldAt.get(groupID) ?? -Infinity) >= limits.heardEveryMs;
    if (isTold || isDue) this.#toldAt.set(groupID, now);
    return isDue;
  }

  #news(group: Group, all: readonly Reading[]): readonly Reading[] {
    const told = this.#told.get(group.groupID) ?? new Map<string, Scalar>();
    this.#told.set(group.groupID, told);
    const news = all.filter(({ is, value }) => !sameValue(told.get(is), value));
    for (const { is, value } of news) told.set(is, value);
    return news;
  }

  /** What every member can be told. */
  #features(group: Group): readonly Feature[] {
    const [first, ...others] = this.#parts(group);
    if (!first) return [];
    return first.features.filter(({ facts }) =>
      others.every(({ features }) => features.some((one) => one.facts.is === facts.is)),
    );
  }

  #parts(group: Group): readonly Part[] {
    const { members } = this.#options;
    return group.members.flatMap((endpoint) => {
      const member = members.find(bareAddress(endpoint.deviceIeeeAddress));
      return member ? [partAt(endpoint, member)] : [];
    });
  }
}

/** What of a device belongs to one of its endpoints. */
function partAt(endpoint: Endpoint, member: Member): Part {
  const own = member.features.filter(({ facts, expose }) => {
    const name = textOf(expose["endpoint"]);
    return groupable.has(facts.is) && (name === "" || member.endpointNamed(name) === endpoint);
  });
  return { member, own, features: own.map(alone) };
}

/** A feature as if its endpoint were the whole device. */
function alone(feature: Feature): Feature {
  const { facts, expose, key } = feature;
  const name = textOf(expose["endpoint"]);
  if (name === "") return feature;
  const { part: _, ...bare } = facts;
  const { endpoint: __, ...rest } = expose;
  return { ...feature, facts: bare, key: key.replace(new RegExp(`_${name}$`), ""), expose: rest };
}

/** When the last of the members reported that property: monotonic ms. */
function since(is: string, parts: readonly Part[]): number {
  const times = parts.flatMap(({ member, own }) =>
    own
      .filter(({ facts }) => facts.is === is)
      .map(({ facts }) => member.reportedAtMs.get(propertyText(facts)) ?? -Infinity),
  );
  return Math.min(...times);
}

/** What the members report together: on when one is, a number as their mean. */
function combined(is: string, parts: readonly Part[]): Reading | undefined {
  const values = parts.flatMap(({ member, own }) =>
    own
      .filter(({ facts }) => facts.is === is)
      .flatMap(({ facts }) => member.values.get(propertyText(facts)) ?? []),
  );
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.every((value) => sameValue(value, first))) return { is, value: first };
  if (is === "onoff") return { is, value: values.includes(true), quality: "estimated" };
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length !== values.length) return undefined;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return { is, value: roundTo(mean, is === "color_temperature" ? 0 : 1), quality: "estimated" };
}
