import { CommandError, reasonOf, type AdapterHost, type Ref, type Scalar } from "koine/adapter";
import type { Controller } from "zigbee-herdsman";
import type { Backups } from "./backup.ts";
import type { Target } from "./commands.ts";
import type { Configuring } from "./configuring.ts";
import type { Firmware } from "./firmware.ts";
import type { Gate } from "./gate.ts";
import type { Groups } from "./groups.ts";
import type { Joining } from "./joining.ts";
import type { Endpoint, Group } from "./library.ts";
import { bareAddress } from "./link.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { drawMap, pictureOf } from "./network-map.ts";
import { asCommandError, say } from "./speech.ts";

export interface OperationsOptions {
  readonly host: AdapterHost;
  readonly controller: Controller;
  readonly members: Members;
  readonly groups: Groups;
  readonly gate: Gate;
  readonly joining: Joining;
  readonly configuring: Configuring;
  readonly firmware: Firmware;
  readonly backups: Backups;
  /** Whom a command to that device or group goes to. */
  readonly targetOf: (ref: Ref) => Target;
  /** Told of a group with other members than before. */
  readonly regrouped: (group: Group) => void;
}

/** One end of a binding, and what of it. */
export interface Binding {
  readonly device: Ref;
  /** Another device or a group; the stick when absent. */
  readonly target?: Ref | undefined;
  /** All that the two have in common when absent. */
  readonly cluster?: string | undefined;
  readonly endpoint?: number | undefined;
}

/** An endpoint of a device that enters or leaves a group; the one that can when it is not named. */
export interface Membership {
  readonly group: Ref;
  readonly device: Ref;
  readonly endpoint?: number | undefined;
}

/**
 * What people ask of the network beside commands to its devices. Every method throws a CommandError
 * that says what was wrong, or who did not answer.
 */
export class Operations {
  readonly #options: OperationsOptions;

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  async permitJoin(seconds: number, via: Ref | undefined): Promise<Scalar> {
    const router = via && this.#member(via).device;
    await this.#options.joining.permit(seconds, router);
    return { seconds };
  }

  async addInstallCode(code: string): Promise<Scalar> {
    try {
      await this.#options.controller.addInstallCode(code);
    } catch (cause) {
      throw new CommandError("bad_payload", `Cannot use this install code: ${reasonOf(cause)}`, {
        cause,
      });
    }
    return {};
  }

  /** Lets a device leave; what it leaves behind is told as when it leaves by itself. */
  async remove(ref: Ref, force: boolean, signal: AbortSignal): Promise<Scalar> {
    const { members, controller } = this.#options;
    const member = this.#member(ref);
    const { device, ieee } = member;
    try {
      if (!force) await this.#inTurn(member, signal, () => device.removeFromNetwork());
    } catch (cause) {
      const { reason, message } = asCommandError(cause);
      const hint = "force=true forgets it all the same";
      throw new CommandError(reason, `${message}: ${hint}`, { cause });
    }
    if (members.find(ieee)) {
      device.removeFromDatabase();
      controller.emit("deviceLeave", { ieeeAddr: device.ieeeAddr });
    }
    return {};
  }

  async interview(ref: Ref, signal: AbortSignal): Promise<Scalar> {
    const member = this.#member(ref);
    const { device } = member;
    await this.#inTurn(member, signal, () => device.interview(true));
    await this.#options.members.add(device);
    return { model: device.modelID ?? null, manufacturer: device.manufacturerName ?? null };
  }

  async configure(ref: Ref, signal: AbortSignal): Promise<Scalar> {
    const member = this.#member(ref);
    await this.#inTurn(member, signal, () => this.#options.configuring.configure(member));
    return {};
  }

  checkFirmware(ref: Ref): Promise<Scalar> {
    return this.#options.firmware.check(this.#member(ref));
  }

  updateFirmware(ref: Ref, file: string | undefined): Promise<Scalar> {
    return this.#options.firmware.update(this.#member(ref), file);
  }

  abortFirmware(ref: Ref): Scalar {
    this.#options.firmware.abort(this.#member(ref));
    return {};
  }

  async createGroup(name: string): Promise<Scalar> {
    const ref = await this.#options.groups.create(name);
    return { group: ref.map(([scheme, value]) => `${scheme}:${value}`).join(" "), name };
  }

  /** Dissolves a group; members that do not answer forget it when they are reset. */
  async removeGroup(ref: Ref, signal: AbortSignal): Promise<Scalar> {
    const { groups, members, host } = this.#options;
    const group = this.#group(ref);
    for (const endpoint of group.members) {
      const member = members.find(bareAddress(endpoint.deviceIeeeAddress));
      try {
        if (member) await this.#inTurn(member, signal, () => endpoint.removeFromGroup(group));
      } catch (err) {
        host.count("group_members_not_told");
        host.log.debug({ err, device: member?.ieee }, "member not told that its group is no more");
      }
    }
    await groups.remove(group);
    return {};
  }

  async joinGroup(given: Membership, signal: AbortSignal): Promise<Scalar> {
    return this.#regroup(given, signal, (endpoint, group) => endpoint.addToGroup(group));
  }

  async leaveGroup(given: Membership, signal: AbortSignal): Promise<Scalar> {
    return this.#regroup(given, signal, (endpoint, group) => endpoint.removeFromGroup(group));
  }

  /** Binds a device's clusters to another device, a group or the stick; or ends that. */
  async bind(given: Binding, isToBe: boolean, signal: AbortSignal): Promise<Scalar> {
    const member = this.#member(given.device);
    const source = endpointOf(member, given.endpoint);
    const target = this.#bindTarget(given.target);
    const clusters = given.cluster === undefined ? bindable(source, target) : [given.cluster];
    if (clusters.length === 0) {
      throw new CommandError("unsupported", "The two have no cluster in common that can be bound");
    }
    for (const cluster of clusters) {
      await this.#inTurn(member, signal, () =>
        isToBe ? source.bind(cluster, target) : source.unbind(cluster, target),
      );
    }
    return { clusters: [...clusters] };
  }

  /** Nobody acknowledges what is said to a group: the answer says so, as that of a command does. */
  async scene(ref: Ref, what: string, scene: number, signal: AbortSignal): Promise<Scalar> {
    const { member, entity: entityOf, definitions, speaker } = this.#options.targetOf(ref);
    const entity = entityOf(undefined);
    const converter = definitions
      .flatMap(({ toZigbee }) => toZigbee)
      .find(({ key }) => key?.includes(what) === true);
    if (!entity || !converter?.convertSet) {
      throw new CommandError("unsupported", "It has no scenes");
    }
    const saying = {
      entity,
      converter,
      key: what,
      value: scene,
      endpointName: undefined,
      message: { [what]: scene },
      wishes: [],
    };
    if (member) await this.#inTurn(member, signal, () => say(saying, speaker));
    else await say(saying, speaker);
    return { confirmed_by: member ? "ack" : "none" };
  }

  async map(format: "json" | "svg"): Promise<Scalar> {
    const { host, controller, members } = this.#options;
    const map = await drawMap(controller, members, host);
    if (format === "svg") return pictureOf(map);
    return {
      nodes: map.nodes.map((node) => ({ ...node })),
      edges: map.edges.map((edge) => ({ ...edge })),
    };
  }

  async networkInfo(): Promise<Scalar> {
    const { controller, joining, members } = this.#options;
    const { panID, extendedPanID, channel } = await controller.getNetworkParameters();
    return {
      pan_id: panID,
      extended_pan_id: extendedPanID.replace(/^0x/, ""),
      channel,
      permit_join_s: joining.leftS,
      devices: members.all().length,
    };
  }

  backup(): Promise<Scalar> {
    return this.#options.backups.make();
  }

  async #regroup(
    { group: groupRef, device, endpoint: id }: Membership,
    signal: AbortSignal,
    change: (endpoint: Endpoint, group: Group) => Promise<void>,
  ): Promise<Scalar> {
    const { groups, regrouped } = this.#options;
    const group = this.#group(groupRef);
    const member = this.#member(device);
    const endpoint = endpointOf(member, id, "genGroups");
    await this.#inTurn(member, signal, () => change(endpoint, group));
    groups.describe(group);
    regrouped(group);
    return {};
  }

  /** Sends something to a device when it is its turn on the air. */
  async #inTurn<T>(member: Member, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
    try {
      return await this.#options.gate.run(member, signal, send);
    } catch (cause) {
      const error = asCommandError(cause);
      if (error.reason !== "unreachable" || !member.isSleepy) throw error;
      const hint = "It sleeps: press a button on it and ask again";
      throw new CommandError("unreachable", `${error.message}. ${hint}`, { cause });
    }
  }

  #member(ref: Ref): Member {
    return this.#options.members.need(ref);
  }

  #group(ref: Ref): Group {
    const group = this.#options.groups.find(ref);
    if (group) return group;
    throw new CommandError("unknown_device", "This is no group");
  }

  #bindTarget(ref: Ref | undefined): Endpoint | Group {
    const { groups, controller } = this.#options;
    const group = ref && groups.find(ref);
    if (group) return group;
    if (ref) return endpointOf(this.#member(ref), undefined);
    const stick = controller.getDevicesByType("Coordinator")[0]?.endpoints[0];
    if (stick) return stick;
    throw new CommandError("unreachable", "The stick has no endpoint");
  }
}

/** The endpoint with that number; without one, the first that takes the cluster, or the usual one. */
function endpointOf(member: Member, id: number | undefined, cluster?: string): Endpoint {
  const { endpoints } = member.device;
  const found =
    id === undefined
      ? (endpoints.find((one) => cluster !== undefined && one.supportsInputCluster(cluster)) ??
        member.defaultEndpoint)
      : endpoints.find(({ ID }) => ID === id);
  if (found) return found;
  throw new CommandError("bad_payload", `The device has no endpoint ${id ?? ""}`);
}

/** Clusters in which one endpoint can command or tell another: those that buttons use. */
const usual = [
  "genOnOff",
  "genLevelCtrl",
  "lightingColorCtrl",
  "genScenes",
  "closuresWindowCovering",
  "hvacThermostat",
];

function bindable(source: Endpoint, target: Endpoint | Group): readonly string[] {
  const takes = (cluster: string): boolean =>
    !("supportsInputCluster" in target) ||
    target.supportsInputCluster(cluster) ||
    target.getDevice().type === "Coordinator";
  return usual.filter((cluster) => source.supportsOutputCluster(cluster) && takes(cluster));
}
