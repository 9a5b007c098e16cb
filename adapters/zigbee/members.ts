import {
  CommandError,
  reasonOf,
  type AdapterHost,
  type DeviceFacts,
  type Ref,
  type Timer,
} from "koine/adapter";
import type { Controller } from "zigbee-herdsman";
import type { ZigbeeConfig } from "./config.ts";
import { forgetUnusedModels, type Definition, type Device, type Library } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress } from "./link.ts";
import { Member } from "./member.ts";

export interface MembersOptions {
  readonly host: AdapterHost;
  readonly config: ZigbeeConfig;
  readonly library: Library;
  readonly controller: Controller;
  /** Names that devices had under another program, by address. */
  readonly names: ReadonlyMap<string, string>;
}

/** The devices of the network: found, described, and told of what happens to them. */
export class Members {
  /** The stick itself, which is a device like the others on the bus. */
  readonly coordinator: Ref;
  readonly #options: MembersOptions;
  readonly #members = new Map<string, Member>();
  /** Runs out when no more devices come. */
  #unused: Timer | undefined;

  constructor(options: MembersOptions) {
    this.#options = options;
    const [stick] = options.controller.getDevicesByType("Coordinator");
    this.coordinator = [["zigbee", bareAddress(stick?.ieeeAddr ?? "0".repeat(16))]];
  }

  all(): readonly Member[] {
    return [...this.#members.values()];
  }

  find(ieee: string): Member | undefined {
    return this.#members.get(ieee);
  }

  findByRef(ref: Ref): Member | undefined {
    const ieee = ref.find(([scheme]) => scheme === "zigbee")?.[1];
    return ieee === undefined ? undefined : this.find(ieee);
  }

  /** @throws CommandError `unreachable` when the network does not have it now */
  need(ref: Ref): Member {
    const member = this.findByRef(ref);
    if (member) return member;
    throw new CommandError("unreachable", "This device is not in the network now");
  }

  /** Finds and describes every device of earlier runs. */
  async load(signal: AbortSignal): Promise<void> {
    const { host, controller } = this.#options;
    host.mayStall(limits.stallMs);
    for (const device of controller.getDevicesIterator(isInterviewed)) {
      if (signal.aborted) return;
      await this.add(device);
    }
  }

  /**
   * Finds what the converters know of a device and describes it; resolves to it, or to undefined
   * where nothing can be made of it.
   */
  async add(device: Device): Promise<Member | undefined> {
    const member = await this.#read(device);
    if (member) await this.tell(member, { type: "start" });
    return member;
  }

  async #read(device: Device): Promise<Member | undefined> {
    const { host, library } = this.#options;
    this.#unused?.cancel();
    this.#unused = host.clock.after(limits.modelsMs, forgetUnusedModels);
    const ieee = bareAddress(device.ieeeAddr);
    if (this.#members.size >= limits.devices && !this.#members.has(ieee)) {
      host.count("devices_refused");
      return undefined;
    }
    host.mayStall(limits.stallMs);
    const definition = await library.converters.findByDevice(device, true).catch((err: unknown) => {
      host.log.warn({ err, device: ieee }, "device of an unreadable kind");
      return undefined;
    });
    if (!definition) return undefined;
    const before = this.#members.get(ieee);
    const member = this.#made(device, definition);
    if (!member) return undefined;
    if (before) member.remember(before.state);
    this.#members.set(ieee, member);
    this.describe(member);
    return member;
  }

  /** Tells everything that is known of a device; it may have changed. */
  describe(member: Member): void {
    const { host, names } = this.#options;
    const name = names.get(member.ieee) ?? defaultName(member);
    const facts: DeviceFacts = { ...member.facts(this.coordinator), name };
    host.emit({ type: "device", ref: member.ref, facts });
  }

  /** A definition that cannot say what it exposes is as good as none. */
  #made(device: Device, definition: Definition): Member | undefined {
    const { host, config } = this.#options;
    try {
      return new Member(device, definition, config.devices[bareAddress(device.ieeeAddr)]);
    } catch (err) {
      host.count("definitions_failed");
      host.log.warn({ err, device: device.ieeeAddr }, "device of an unreadable kind");
      return undefined;
    }
  }

  /** A device tells by itself that it exposes something else now. */
  exposesChanged({ device }: Member): void {
    void this.#read(device);
  }

  remove(ieee: string): Member | undefined {
    const member = this.#members.get(ieee);
    this.#members.delete(ieee);
    return member;
  }

  /** Lets the converters of a device know what happens to it: some poll it, or set its clock. */
  async tell(member: Member, event: MemberEvent): Promise<void> {
    const { host, library } = this.#options;
    const { device, definition, state, options } = member;
    const deviceExposesChanged = (): void => this.exposesChanged(member);
    const data = { device, state, options: options.options, deviceExposesChanged };
    try {
      const full =
        event.type === "stop"
          ? ({ type: "stop", data: { ieeeAddr: device.ieeeAddr } } as const)
          : event.type === "deviceInterview"
            ? ({ type: event.type, data: { ...data, status: event.status } } as const)
            : ({ type: event.type, data } as const);
      await library.converters.onEvent(full);
      await definition.onEvent?.(full);
    } catch (error) {
      host.count("events_failed");
      const reason = reasonOf(error);
      host.log.debug(
        { device: member.ieee, event: event.type, reason },
        "converter's event failed",
      );
    }
  }

  /** Everything the converters keep going is to end. */
  async stop(): Promise<void> {
    this.#unused?.cancel();
    await Promise.all(this.all().map((member) => this.tell(member, { type: "stop" })));
    this.#options.library.converters.clearGlobalStore();
  }
}

export type MemberEvent =
  | {
      readonly type:
        | "start"
        | "stop"
        | "deviceJoined"
        | "deviceAnnounce"
        | "deviceNetworkAddressChanged";
    }
  | {
      readonly type: "deviceInterview";
      readonly status: "started" | "successful" | "failed";
    };

/** The library's word for a device that has told what it is. */
const interviewed: ReadonlySet<string> = new Set(["SUCCESSFUL"]);

/** What is known well enough to be used. */
function isInterviewed({ type, interviewState }: Device): boolean {
  return type !== "Coordinator" && interviewed.has(interviewState);
}

function defaultName({ definition, device }: Member): string {
  const { vendor, model } = definition;
  const isGenerated = definition.generated === true;
  return isGenerated ? (device.modelID ?? model) : `${vendor} ${model}`;
}
