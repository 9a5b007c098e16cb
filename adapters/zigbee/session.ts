import {
  CommandError,
  propertyText,
  reasonOf,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
  type Scalar,
} from "koine/adapter";
import type { Events } from "zigbee-herdsman";
import { backupDocument } from "./backup.ts";
import { Commands, type Target } from "./commands.ts";
import type { ZigbeeConfig } from "./config.ts";
import { Configuring } from "./configuring.ts";
import { fileNames, Generations, readNames, writeBacksUp } from "./files.ts";
import { Firmware } from "./firmware.ts";
import { Gate } from "./gate.ts";
import { Groups } from "./groups.ts";
import { Holdback } from "./holdback.ts";
import { Joining } from "./joining.ts";
import type { Device, Endpoint, Group, Library } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress, type Link } from "./link.ts";
import type { Member } from "./member.ts";
import { Members } from "./members.ts";
import { drawMap, pictureOf } from "./network-map.ts";
import type { Network } from "./network.ts";
import { Presence } from "./presence.ts";
import { readingOf, Reception, type Heard } from "./reception.ts";
import { Sleepers } from "./sleepers.ts";
import { asCommandError, say } from "./speech.ts";
import { targetOf } from "./target.ts";

export interface SessionOptions {
  readonly host: AdapterHost;
  readonly config: ZigbeeConfig;
  readonly library: Library;
  readonly link: Link;
  readonly network: Network;
  /** Aborts when the session is over. */
  readonly signal: AbortSignal;
}

/** Requests a stick takes at a time where the configuration does not say: as the library has it. */
const placesOfStick = 16;

/** One life of the network: from a stick that has started until it is gone. */
export class Session {
  readonly #options: SessionOptions;
  readonly #members: Members;
  readonly #groups: Groups;
  readonly #reception: Reception;
  readonly #commands: Commands;
  readonly #sleepers: Sleepers;
  readonly #configuring: Configuring;
  readonly #presence: Presence;
  readonly #joining: Joining;
  readonly #firmware: Firmware;
  readonly #gate: Gate;
  readonly #generations: Generations;
  readonly #holdbacks = new Map<string, Holdback>();

  private constructor(options: SessionOptions, names: ReadonlyMap<string, string>) {
    this.#options = options;
    const { host, config, library, link } = options;
    const { controller } = link;
    this.#members = new Members({ host, config, library, controller, names });
    const members = this.#members;
    this.#groups = new Groups({
      host,
      controller,
      members,
      names,
      targetOf: (one) => this.#target(one),
    });
    this.#presence = new Presence(host, () => this.#members.all());
    this.#gate = new Gate(host, config.concurrent ?? placesOfStick, (member) =>
      this.#presence.missed(member),
    );
    this.#commands = new Commands(host, this.#gate);
    this.#sleepers = new Sleepers({
      host,
      commands: this.#commands,
      targetOf: (member) => this.#target(member),
    });
    this.#configuring = new Configuring(host, controller, (member) => {
      this.#members.describe(member);
    });
    this.#joining = new Joining({
      host,
      controller,
      library,
      members: this.#members,
      configuring: this.#configuring,
      forget: (ieee) => this.#forget(ieee),
    });
    this.#firmware = new Firmware(host, library, config);
    this.#reception = new Reception({
      host,
      library,
      members: this.#members,
      heard: (heard) => this.#heard(heard),
    });
    this.#generations = new Generations(host.directory);
  }

  /** Finds and describes all devices, and takes up what an earlier run left. */
  static async open(options: SessionOptions): Promise<Session> {
    const { host, signal, link } = options;
    const session = new Session(options, await readNames(host.directory));
    await session.#describeStick();
    await session.#joining.closeIfLeftOpen();
    await writeBacksUp(host.directory, await link.backsUp());
    await session.#members.load(signal);
    await session.#groups.load();
    await session.#sleepers.load();
    link.controller.on("message", (message) => void session.#take(message));
    link.controller.on("lastSeenChanged", ({ device, reason }) => {
      // Whoever joins is interviewed anyway.
      if (reason !== "deviceJoined") session.#seen(device);
    });
    session.#presence.start(session.#gate, signal);
    const { coordinator: ref } = session.#members;
    const timers = [
      host.clock.every(limits.backupEveryMs, () => void session.#keepBackup()),
      // As long as the link is up, so is the stick.
      host.clock.every(limits.heardEveryMs, () =>
        host.emit({ type: "availability", ref, value: "online" }),
      ),
    ];
    const stop = (): void => timers.forEach((timer) => timer.cancel());
    signal.addEventListener("abort", stop, { once: true });
    return session;
  }

  /** Ends everything that goes on; what is queued stays so. */
  async close(): Promise<void> {
    this.#firmware.stop();
    this.#sleepers.stop();
    this.#joining.stop();
    for (const holdback of this.#holdbacks.values()) holdback.release();
    await this.#members.stop();
  }

  /** Asks devices on mains for their state, one after the other: what it was may have changed. */
  async refresh(): Promise<void> {
    const { host, signal, config } = this.#options;
    if (!config.refresh) return;
    for (const member of this.#members.all()) {
      if (member.isSleepy || signal.aborted) continue;
      const { ref } = member;
      const id = `refresh/${member.ieee}`;
      const command = { type: "get", id, ref, reads: [], timeoutMs: limits.mapMs } as const;
      try {
        await this.#commands.get(command, this.#target(member), signal);
      } catch {
        // The gate has noticed it, and what devices do not answer is counted there.
        host.count("refreshes_failed");
      }
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const target = this.#targetOfRef(command.ref);
    if (command.type === "get") return this.#commands.get(command, target, signal);
    return target.member?.isSleepy === true
      ? this.#sleepers.tell(command, target, signal)
      : this.#commands.set(command, target, signal);
  }

  /** The gateway does not know a device any more: it is described anew when it is heard. */
  forget(ref: Ref): void {
    const member = this.#members.findByRef(ref);
    const group = this.#groups.find(ref);
    if (member) member.needsDescription = true;
    if (group) this.#groups.forget(group);
  }

  async permitJoin(seconds: number, via: Ref | undefined): Promise<Scalar> {
    const router = via && this.#member(via).device;
    await this.#joining.permit(seconds, router);
    return { seconds };
  }

  async addInstallCode(code: string): Promise<Scalar> {
    try {
      await this.#options.link.controller.addInstallCode(code);
    } catch (cause) {
      throw new CommandError("bad_payload", `Cannot use this install code: ${reasonOf(cause)}`, {
        cause,
      });
    }
    return {};
  }

  /** Lets a device leave; what it leaves behind is told as when it leaves by itself. */
  async remove(ref: Ref, force: boolean): Promise<Scalar> {
    const { device, ieee } = this.#member(ref);
    try {
      if (!force) await device.removeFromNetwork();
    } catch (cause) {
      throw new CommandError(
        "unreachable",
        `The device does not answer (${reasonOf(cause)}): force=true forgets it all the same`,
        { cause },
      );
    }
    if (this.#members.find(ieee)) {
      device.removeFromDatabase();
      this.#options.link.controller.emit("deviceLeave", { ieeeAddr: device.ieeeAddr });
    }
    return {};
  }

  async interview(ref: Ref): Promise<Scalar> {
    const { device } = this.#member(ref);
    await device.interview(true).catch(refused);
    await this.#members.add(device);
    return { model: device.modelID ?? null, manufacturer: device.manufacturerName ?? null };
  }

  async configure(ref: Ref): Promise<Scalar> {
    await this.#configuring.configure(this.#member(ref));
    return {};
  }

  checkFirmware(ref: Ref): Promise<Scalar> {
    return this.#firmware.check(this.#member(ref));
  }

  updateFirmware(ref: Ref, file: string | undefined): Promise<Scalar> {
    return this.#firmware.update(this.#member(ref), file);
  }

  abortFirmware(ref: Ref): Scalar {
    this.#firmware.abort(this.#member(ref));
    return {};
  }

  async createGroup(name: string): Promise<Scalar> {
    const ref = await this.#groups.create(name);
    return { group: ref.map(([scheme, value]) => `${scheme}:${value}`).join(" "), name };
  }

  async removeGroup(ref: Ref): Promise<Scalar> {
    await this.#groups.remove(this.#group(ref));
    return {};
  }

  async joinGroup(ref: Ref, device: Ref, endpoint: number | undefined): Promise<Scalar> {
    const group = this.#group(ref);
    await this.#endpoint(device, endpoint, "genGroups").addToGroup(group).catch(refused);
    this.#groups.describe(group);
    this.#tellGroups(this.#member(device));
    return {};
  }

  async leaveGroup(ref: Ref, device: Ref, endpoint: number | undefined): Promise<Scalar> {
    const group = this.#group(ref);
    await this.#endpoint(device, endpoint, "genGroups").removeFromGroup(group).catch(refused);
    this.#groups.describe(group);
    return {};
  }

  /** Binds a device's clusters to another device, a group or the stick; or ends that. */
  async bind(
    given: {
      readonly device: Ref;
      readonly target?: Ref | undefined;
      readonly cluster?: string | undefined;
      readonly endpoint?: number | undefined;
    },
    isToBe: boolean,
  ): Promise<Scalar> {
    const source = this.#endpoint(given.device, given.endpoint);
    const target = this.#bindTarget(given.target);
    const clusters = given.cluster === undefined ? bindable(source, target) : [given.cluster];
    if (clusters.length === 0) {
      throw new CommandError("unsupported", "The two have no cluster in common that can be bound");
    }
    for (const cluster of clusters) {
      try {
        if (isToBe) await source.bind(cluster, target);
        else await source.unbind(cluster, target);
      } catch (cause) {
        throw new CommandError(
          "unreachable",
          `The device does not answer (${reasonOf(cause)}): if it sleeps, press a button on it and ask again`,
          { cause },
        );
      }
    }
    return { clusters: [...clusters] };
  }

  async scene(ref: Ref, what: string, scene: number): Promise<Scalar> {
    const target = this.#targetOfRef(ref);
    const entity = target.entity(undefined);
    const converter = target.definitions
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
    await say(saying, target.speaker);
    return {};
  }

  async map(format: "json" | "svg"): Promise<Scalar> {
    const { host, link } = this.#options;
    const map = await drawMap(link.controller, this.#members, host);
    if (format === "svg") return pictureOf(map);
    return {
      nodes: map.nodes.map((node) => ({ ...node })),
      edges: map.edges.map((edge) => ({ ...edge })),
    };
  }

  async networkInfo(): Promise<Scalar> {
    const { panID, extendedPanID, channel } =
      await this.#options.link.controller.getNetworkParameters();
    return {
      pan_id: panID,
      extended_pan_id: extendedPanID.replace(/^0x/, ""),
      channel,
      permit_join_s: this.#joining.leftS,
      devices: this.#members.all().length,
    };
  }

  async backup(): Promise<Scalar> {
    const { host, link } = this.#options;
    if (!(await link.backsUp())) {
      throw new CommandError("unsupported", "This kind of stick cannot be read out into a backup");
    }
    await link.controller.backup();
    await this.#keepGenerations();
    return backupDocument(host.directory, host.clock.now());
  }

  /** Keeps the files of the network as they are now, beside those of before. */
  async #keepGenerations(): Promise<void> {
    const now = this.#options.host.clock.now();
    await this.#generations.keep(fileNames.database, now);
    await this.#generations.keep(fileNames.backup, now);
  }

  async #keepBackup(): Promise<void> {
    const { host, link, signal } = this.#options;
    if (signal.aborted) return;
    try {
      await link.controller.backup();
      await this.#keepGenerations();
    } catch (err) {
      host.count("backups_failed");
      host.log.warn({ err }, "network not backed up");
    }
  }

  async #describeStick(): Promise<void> {
    const { type, meta } = await this.#options.link.controller.getCoordinatorVersion();
    const revision = meta["revision"];
    this.#joining.describe({
      model: type,
      ...(revision !== undefined && { firmware: String(revision) }),
    });
  }

  async #take(message: Events.MessagePayload): Promise<void> {
    const member = this.#members.find(bareAddress(message.device.ieeeAddr));
    if (!member) return this.#options.host.count("messages_of_strangers");
    if (message.type === "commandQueryNextImageRequest") {
      void this.#firmware.answer(member, message);
    }
    await this.#reception.take(message, member);
  }

  /** A device is there, whatever it said. */
  #seen(device: Device): void {
    const member = this.#members.find(bareAddress(device.ieeeAddr));
    if (!member) return void this.#joining.resume(device);
    this.#presence.heard(member, false);
    this.#configuring.heard(member);
    if (member.isSleepy) this.#sleepers.heard(member);
  }

  /** What a device said, in our words: for the gateway, its groups, and whoever waits for it. */
  #heard({ member, observations, events }: Heard): void {
    const { host } = this.#options;
    if (member.needsDescription) {
      member.needsDescription = false;
      this.#members.describe(member);
    }
    this.#presence.heard(member, observations.length + events.length > 0);
    this.#commands.observe(member.ref, observations);
    const news = observations.filter(({ facts }) => !member.isDescribed(facts));
    if (news.length > 0) {
      const properties = news.map(({ facts }) => facts);
      host.emit({ type: "device", ref: member.ref, facts: { properties } });
    }
    const now = host.clock.monotonic();
    for (const { facts, value } of observations) {
      member.values.set(propertyText(facts), value);
      member.reportedAtMs.set(propertyText(facts), now);
    }
    this.#holdbackOf(member).take(observations);
    for (const data of events) {
      host.emit({ type: "event", ref: member.ref, scope: "public", data });
    }
    this.#tellGroups(member);
  }

  #holdbackOf(member: Member): Holdback {
    const { host } = this.#options;
    const known = this.#holdbacks.get(member.ieee);
    if (known) return known;
    const made = new Holdback(host.clock, member.options.debounce, (observations) => {
      if (observations.length === 0) return;
      host.emit({ type: "readings", ref: member.ref, values: observations.map(readingOf) });
    });
    this.#holdbacks.set(member.ieee, made);
    return made;
  }

  #tellGroups(member: Member): void {
    const { host } = this.#options;
    for (const { ref, agreed, news, isDue } of this.#groups.heard(member)) {
      if (news.length > 0) host.emit({ type: "readings", ref, values: news });
      if (isDue) host.emit({ type: "availability", ref, value: "online" });
      this.#commands.observe(
        ref,
        agreed.map(({ is, value, sinceMs }) => ({ facts: { is }, value, sinceMs })),
      );
    }
  }

  #forget(ieee: string): void {
    this.#sleepers.forget(ieee);
    this.#presence.forget(ieee);
    this.#holdbacks.get(ieee)?.cancel();
    this.#holdbacks.delete(ieee);
  }

  #target(member: Member): Target {
    return targetOf(member, this.#options.host, (native) => this.#reception.told(native, member));
  }

  #targetOfRef(ref: Ref): Target {
    const group = this.#groups.find(ref);
    if (group) return this.#groups.target(group);
    return this.#target(this.#member(ref));
  }

  #member(ref: Ref): Member {
    const member = this.#members.findByRef(ref);
    if (member) return member;
    throw new CommandError("unreachable", "This device is not in the network now");
  }

  #group(ref: Ref): Group {
    const group = this.#groups.find(ref);
    if (group) return group;
    throw new CommandError("unknown_device", "This is no group");
  }

  #endpoint(ref: Ref, id: number | undefined, cluster?: string): Endpoint {
    const member = this.#member(ref);
    const { endpoints } = member.device;
    const found =
      id === undefined
        ? (endpoints.find((one) => cluster !== undefined && one.supportsInputCluster(cluster)) ??
          member.defaultEndpoint)
        : endpoints.find(({ ID }) => ID === id);
    if (found) return found;
    throw new CommandError("bad_payload", `The device has no endpoint ${id ?? ""}`);
  }

  #bindTarget(ref: Ref | undefined): Endpoint | Group {
    const group = ref && this.#groups.find(ref);
    if (group) return group;
    if (ref) return this.#endpoint(ref, undefined);
    const stick = this.#options.link.controller.getDevicesByType("Coordinator")[0]?.endpoints[0];
    if (stick) return stick;
    throw new CommandError("unreachable", "The stick has no endpoint");
  }
}

/** What went wrong, in words for whoever asked. */
function refused(cause: unknown): never {
  throw asCommandError(cause);
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
