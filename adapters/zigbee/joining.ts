import type { AdapterHost, Scalar, Timer } from "koine/adapter";
import type { Controller, Events } from "zigbee-herdsman";
import type { ZigbeeConfig } from "./config.ts";
import type { Configuring } from "./configuring.ts";
import type { Device, Library } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress } from "./link.ts";
import type { Members } from "./members.ts";

export interface JoiningOptions {
  readonly host: AdapterHost;
  readonly controller: Controller;
  readonly library: Library;
  readonly members: Members;
  readonly configuring: Configuring;
  /** Forgets all that waits for a device, as it has left. */
  readonly forget: (ieee: string) => void;
}

/** Where it is kept until when devices may join, in ms since 1970. */
const openKey = "open_until";

/** Whether the configuration lets a device join. */
export function mayJoin({ allow, deny }: ZigbeeConfig, ieee: string): boolean {
  return !deny.includes(ieee) && (allow.length === 0 || allow.includes(ieee));
}

/** Lets devices in, for a while; and tells what becomes of each, step by step. */
export class Joining {
  readonly #options: JoiningOptions;
  #countdown: Timer | undefined;
  /** Interviews that were taken up again, by device. */
  readonly #tries = new Map<string, { readonly count: number; readonly at: number }>();
  /** Monotonic ms until which the network is open. */
  #openUntil = 0;

  constructor(options: JoiningOptions) {
    this.#options = options;
    const { controller } = options;
    controller.on("deviceJoined", ({ device }) => void this.#joined(device));
    controller.on("deviceInterview", (event) => void this.#interviewed(event));
    controller.on("deviceAnnounce", ({ device }) => void this.#announced(device));
    controller.on("deviceLeave", ({ ieeeAddr }) => this.#left(bareAddress(ieeeAddr)));
    controller.on("deviceNetworkAddressChanged", ({ device }) => void this.#moved(device));
    controller.on("permitJoinChanged", ({ permitted, time }) =>
      this.#permitted(permitted ? time : 0),
    );
  }

  stop(): void {
    this.#countdown?.cancel();
  }

  /** Lets devices join, at one router or everywhere; that it is open is kept before it is. */
  async permit(seconds: number, router: Device | undefined): Promise<void> {
    const { host, controller } = this.#options;
    const value = seconds === 0 ? undefined : String(host.clock.now() + seconds * 1_000);
    await host.store.write([{ key: openKey, value }]);
    await controller.permitJoin(seconds, router);
  }

  /** Closes a network that an earlier run left open when it was killed. */
  async closeIfLeftOpen(): Promise<void> {
    const { host, controller } = this.#options;
    const until = Number(await host.store.get(openKey));
    if (until > host.clock.now()) await controller.permitJoin(0);
  }

  /** Seconds in which devices may still join. */
  get leftS(): number {
    const leftMs = this.#openUntil - this.#options.host.clock.monotonic();
    return Math.max(0, Math.round(leftMs / 1_000));
  }

  /**
   * A device was heard that has not told yet what it is: its interview failed, or the gateway ended in
   * the middle of it. It is asked once more, as it listens now.
   */
  async resume(device: Device): Promise<void> {
    const { host } = this.#options;
    const { ieeeAddr } = device;
    const now = host.clock.monotonic();
    const { count = 0, at = -Infinity } = this.#tries.get(ieeeAddr) ?? {};
    const isTooSoon = now - at < limits.interviewAgainMs;
    if (!isUnfinished(device) || isTooSoon || count >= limits.interviewTries) return;
    this.#tries.set(ieeeAddr, { count: count + 1, at: now });
    await this.#interviewed({ status: "started", device });
    try {
      await device.interview();
      await this.#interviewed({ status: "successful", device });
    } catch (err) {
      host.log.debug({ err, device: ieeeAddr }, "interview failed");
      await this.#interviewed({ status: "failed", device });
    }
  }

  /** Describes the stick: how long devices may join stands there. */
  describe(facts: { readonly model: string; readonly firmware?: string }): void {
    const { host, members } = this.#options;
    const permit = {
      is: "x_zigbee_permit_join",
      type: "integer",
      unit: "s",
      access: "r",
      kind: "diagnostic",
      source: "permit_join",
    } as const;
    const name = "Zigbee stick";
    const ref = members.coordinator;
    host.emit({ type: "device", ref, facts: { name, ...facts, properties: [permit] } });
    this.#tellLeft();
  }

  async #joined(device: Device): Promise<void> {
    this.#notice("join", device, {});
    const member = this.#member(device);
    if (!member) return this.#tellConverters(device, { type: "deviceJoined" });
    this.#options.configuring.forget(member);
    await this.#options.members.tell(member, { type: "deviceJoined" });
  }

  async #interviewed({ status, device }: Events.DeviceInterviewPayload): Promise<void> {
    const { members, configuring, host } = this.#options;
    if (status === "successful") this.#tries.delete(device.ieeeAddr);
    const member = status === "successful" ? await members.add(device) : this.#member(device);
    const { modelID: model, manufacturerName: manufacturer } = device;
    const isKnown = member?.definition.generated !== true;
    await host.settled().catch(() => {});
    this.#notice("interview", device, {
      status,
      ...(model !== undefined && { model }),
      ...(manufacturer !== undefined && { manufacturer }),
      ...(status === "successful" && { supported: isKnown }),
    });
    if (!member) return this.#tellConverters(device, { type: "deviceInterview", status });
    await members.tell(member, { type: "deviceInterview", status });
    if (status === "successful") configuring.heard(member);
  }

  async #announced(device: Device): Promise<void> {
    this.#notice("announce", device, {});
    const member = this.#member(device);
    if (member) await this.#options.members.tell(member, { type: "deviceAnnounce" });
  }

  async #moved(device: Device): Promise<void> {
    const member = this.#member(device);
    if (member) await this.#options.members.tell(member, { type: "deviceNetworkAddressChanged" });
  }

  #left(ieee: string): void {
    const { host, members, forget } = this.#options;
    const member = members.remove(ieee);
    const ref = [["zigbee", ieee]] as const;
    host.emit({ type: "notice", name: "leave", ref, data: { ieee } });
    forget(ieee);
    if (member) void members.tell(member, { type: "stop" });
    host.emit({ type: "gone", ref });
  }

  #permitted(seconds = 0): void {
    const { host } = this.#options;
    this.#openUntil = host.clock.monotonic() + seconds * 1_000;
    host.emit({ type: "notice", name: "permit_join", data: { seconds } });
    this.#tellLeft();
    this.#countdown?.cancel();
    if (seconds === 0) return;
    this.#countdown = host.clock.every(limits.countdownMs, () => {
      this.#tellLeft();
      if (this.leftS === 0) this.#countdown?.cancel();
    });
  }

  #tellLeft(): void {
    const { host, members } = this.#options;
    const values = [{ is: "x_zigbee_permit_join", value: this.leftS }];
    host.emit({ type: "readings", ref: members.coordinator, values });
  }

  #member({ ieeeAddr }: Device): ReturnType<Members["find"]> {
    return this.#options.members.find(bareAddress(ieeeAddr));
  }

  #notice(name: string, device: Device, data: Readonly<Record<string, Scalar>>): void {
    const ieee = bareAddress(device.ieeeAddr);
    const ref = [["zigbee", ieee]] as const;
    this.#options.host.emit({ type: "notice", name, ref, data: { ieee, ...data } });
  }

  /** Some models want something of us before it is known which they are. */
  async #tellConverters(
    device: Device,
    event:
      | { readonly type: "deviceJoined" }
      | {
          readonly type: "deviceInterview";
          readonly status: Events.DeviceInterviewPayload["status"];
        },
  ): Promise<void> {
    const data = { device, state: {}, options: {}, deviceExposesChanged: () => {} };
    const full =
      event.type === "deviceJoined"
        ? { type: event.type, data }
        : { type: event.type, data: { ...data, status: event.status } };
    await this.#options.library.converters.onEvent(full).catch((err: unknown) => {
      this.#options.host.log.debug({ err }, "converters failed at a join");
    });
  }
}

/** The library's words for a device that has not told what it is. */
const unfinished: ReadonlySet<string> = new Set(["PENDING", "FAILED"]);

function isUnfinished({ interviewState, type }: Device): boolean {
  return type !== "Coordinator" && unfinished.has(interviewState);
}
