import { isKoineError } from "../../errors.ts";
import { wishKinds } from "../../model/message.ts";
import { isUnder, parseTopic, type Address } from "../../model/topic.ts";
import { covers, isTopicFilter, matches } from "../topic-filter.ts";
import type { Role } from "./role.ts";

/** Who a client is, as far as what it may do goes. */
export interface Principal {
  readonly role: Role;
  /** The user's name; of a client without one, undefined. */
  readonly name?: string | undefined;
  /** Filters of the topics outside the root that are its own; of a `device`. */
  readonly topics?: readonly string[] | undefined;
}

/** A line of the configuration that goes before what roles may do. */
export interface AccessRule {
  readonly verdict: "allow" | "deny";
  readonly topic: string;
  readonly acts: readonly Act[];
  /** Roles and users it is about; everybody when absent. */
  readonly who?: readonly string[] | undefined;
}

export const acts = ["publish", "subscribe"] as const;
export type Act = (typeof acts)[number];

/** Why a publication goes nowhere, as a counter's name. */
export type PublishRefusal = "reserved_topic" | "unknown_topic" | "forged_fact" | "not_allowed";

/** Requests that a controller may make; the others are an admin's. */
const controllerVerbs: ReadonlySet<string> = new Set(["alert-ack"]);

const requestsOf: Readonly<Record<Role, (verb: string) => boolean>> = {
  admin: () => true,
  local: (verb) => controllerVerbs.has(verb),
  controller: (verb) => controllerVerbs.has(verb),
  reader: () => false,
  device: () => false,
  adapter: () => false,
};
const commanders: ReadonlySet<Role> = new Set(["admin", "local", "controller"]);
/** Who reads what Koine says. */
const listeners: ReadonlySet<Role> = new Set(["admin", "local", "controller", "reader"]);
/** Who has the topics outside the root to itself and its like. */
const foreigners: ReadonlySet<Role> = new Set(["admin", "local", "adapter"]);

/**
 * What clients may do, by their role and the rules of the configuration. What is allowed nowhere is
 * denied. Facts below the root are Koine's alone: nothing allows a client to say them.
 */
export class Access {
  readonly #root: string;
  readonly #rules: readonly AccessRule[];

  constructor(root: string, rules: readonly AccessRule[]) {
    this.#root = root;
    this.#rules = rules;
  }

  /** Undefined when it may. A wish that is not allowed is one all the same: its sender is answered. */
  refusalToPublish(who: Principal, topic: string): PublishRefusal | undefined {
    if (topic.startsWith("$")) return "reserved_topic";
    const ruled = this.#ruled(who, "publish", (rule) => matches(rule, topic));
    if (ruled === "deny") return "not_allowed";
    if (isUnder(this.#root, topic)) return this.#refusalToWish(who, topic, ruled === "allow");
    return ruled === "allow" || this.#ownsForeign(who, topic) ? undefined : "not_allowed";
  }

  /** Whether a message may be handed to it. */
  mayRead(who: Principal, topic: string): boolean {
    if (topic.startsWith("$")) return isStatistics(topic) && who.role === "admin";
    const ruled = this.#ruled(who, "subscribe", (rule) => matches(rule, topic));
    if (ruled !== undefined) return ruled === "allow";
    if (isUnder(this.#root, topic)) return listeners.has(who.role);
    return this.#ownsForeign(who, topic);
  }

  /** Whether it may ask for a filter: it gets what of it it may read. */
  maySubscribe(who: Principal, filter: string): boolean {
    if (!isTopicFilter(filter)) return false;
    // Shared subscriptions are no part of MQTT 3.1.1.
    if (filter.startsWith("$")) return isStatistics(filter) && who.role === "admin";
    const ruled = this.#ruled(who, "subscribe", (rule, verdict) =>
      verdict === "deny" ? covers(rule, filter) : matches(rule, filter),
    );
    if (ruled !== undefined) return ruled === "allow";
    const below = `${this.#root}/#`;
    if (listeners.has(who.role) && matches(below, filter)) return true;
    if (covers(below, filter)) return false;
    return foreigners.has(who.role) || ownFilters(who).some((own) => matches(own, filter));
  }

  #refusalToWish(who: Principal, topic: string, isAllowed: boolean): PublishRefusal | undefined {
    const address = addressOf(this.#root, topic);
    if (!address) return "unknown_topic";
    if (!wishKinds.has(address.kind)) return "forged_fact";
    if (isAllowed) return undefined;
    const may =
      address.kind === "bridge_request"
        ? requestsOf[who.role](address.verb)
        : commanders.has(who.role);
    return may ? undefined : "not_allowed";
  }

  #ownsForeign(who: Principal, topic: string): boolean {
    return foreigners.has(who.role) || ownFilters(who).some((own) => matches(own, topic));
  }

  /** The first rule about this decides. */
  #ruled(
    who: Principal,
    act: Act,
    isAbout: (filter: string, verdict: AccessRule["verdict"]) => boolean,
  ): AccessRule["verdict"] | undefined {
    return this.#rules.find(
      ({ verdict, topic, acts: ruled, who: whom }) =>
        ruled.includes(act) &&
        (whom === undefined || whom.includes(who.role) || whom.includes(who.name ?? "")) &&
        isAbout(topic, verdict),
    )?.verdict;
  }
}

function addressOf(root: string, topic: string): Address | undefined {
  try {
    return parseTopic(root, topic);
  } catch (error) {
    if (isKoineError(error, "protocol")) return undefined;
    throw error;
  }
}

function isStatistics(topic: string): boolean {
  return topic.startsWith("$SYS/");
}

/** The topics of a device: given to its user, or those that have the user's name in them. */
function ownFilters({ role, name, topics }: Principal): readonly string[] {
  if (role !== "device" || name === undefined) return [];
  return topics ?? [`${name}/#`, `+/${name}/#`];
}
