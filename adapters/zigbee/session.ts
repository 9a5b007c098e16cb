import {
  propertyText,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
} from "koine/adapter";
import type { Events } from "zigbee-herdsman";
import { readingOf } from "../reading/observation.ts";
import { Backups } from "./backup.ts";
import { Commands, type Target } from "./commands.ts";
import type { ZigbeeConfig } from "./config.ts";
import { Configuring } from "./configuring.ts";
import { readNames, writeBacksUp } from "./files.ts";
import { Firmware } from "./firmware.ts";
import { Gate } from "./gate.ts";
import { Groups, type GroupNews } from "./groups.ts";
import { Holdback } from "./holdback.ts";
import { Joining } from "./joining.ts";
import type { Device, Library } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress, type Link } from "./link.ts";
import type { Member } from "./member.ts";
import { Members } from "./members.ts";
import type { Network } from "./network.ts";
import { Operations } from "./operations.ts";
import { Presence } from "./presence.ts";
import { Reception, type Heard } from "./reception.ts";
import { Sleepers } from "./sleepers.ts";
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
  /** What people ask of the network, beside commands. */
  readonly operations: Operations;
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
  readonly #backups: Backups;
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
    this.#backups = new Backups(host, link);
    this.operations = new Operations({
      host,
      controller,
      members,
      groups: this.#groups,
      gate: this.#gate,
      joining: this.#joining,
      configuring: this.#configuring,
      firmware: this.#firmware,
      backups: this.#backups,
      targetOf: (ref) => this.#targetOfRef(ref),
      regrouped: (group) => this.#tellGroup(this.#groups.newsOf(group)),
    });
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
      host.clock.every(limits.backupEveryMs, () => void session.#backups.keep()),
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
      const command = { type: "get", id, ref, reads: [], timeoutMs: limits.refreshMs } as const;
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
    for (const one of this.#groups.heard(member)) this.#tellGroup(one);
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

  #tellGroup({ ref, agreed, news, isDue }: GroupNews): void {
    const { host } = this.#options;
    if (news.length > 0) host.emit({ type: "readings", ref, values: news });
    if (isDue) host.emit({ type: "availability", ref, value: "online" });
    this.#commands.observe(
      ref,
      agreed.map(({ is, value, sinceMs }) => ({ facts: { is }, value, sinceMs })),
    );
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
    return this.#target(this.#members.need(ref));
  }
}
