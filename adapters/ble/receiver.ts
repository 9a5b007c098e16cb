import {
  identifierText,
  type AdapterEvent,
  type AdapterHost,
  type DeviceFacts,
  type Ref,
} from "koine/adapter";
import type { Adoption } from "./adoption.ts";
import { parseStructures, type Advertisement, type Structures } from "./advertisement.ts";
import type { BleConfig } from "./config.ts";
import { decode, isHalf, type Found } from "./decoders/index.ts";
import { reading } from "./decoders/readings.ts";
import { Device } from "./device.ts";
import type { Known, Named } from "./known.ts";
import { limits } from "./limits.ts";
import { isChanging } from "./private-addresses.ts";
import { Presence } from "./presence.ts";
import type { Report } from "./radio/radio.ts";
import { receptionOf, refusals, type Reception, type Refusal } from "./reception.ts";
import { summaryOf } from "./seen.ts";
import { Senders, type Frame, type Sender } from "./senders.ts";

export interface ReceiverOptions {
  readonly host: Pick<AdapterHost, "emit" | "count" | "clock">;
  readonly config: BleConfig;
  readonly known: Known;
  readonly adoption: Adoption;
  readonly reception: Reception;
}

/** A device, and what is kept of it beside what it says. */
interface Member {
  readonly device: Device;
  readonly named: Named | undefined;
  readonly presence: Presence | undefined;
  hasName: boolean;
  /** It said something as a sensor. */
  isSensor: boolean;
  /** How often it said something as a beacon. */
  beacons: number;
  /** The address it was heard at last. */
  address: string;
  /** Monotonic ms when each reason to refuse what it sends was told last. */
  readonly refusedAt: Map<Refusal, number>;
  rssi: { value: number; atMs: number } | undefined;
}

/** Turns what receivers hear into what the gateway is told. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #senders: Senders;
  /** Devices by the text of their identifier. */
  readonly #members = new Map<string, Member>();
  #heardAt: number | undefined;
  #sweptAt: number;
  #summaryAt: number;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    const { host } = options;
    this.#senders = new Senders((name) => host.count(name));
    this.#sweptAt = host.clock.monotonic();
    this.#summaryAt = this.#sweptAt - limits.seenMs;
    for (const named of options.known.all) this.#memberOf([named.identifier], named);
  }

  /** Monotonic ms when anything was heard last. */
  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  /** How many senders are remembered, and how many devices there are. */
  get size(): { readonly senders: number; readonly devices: number } {
    return { senders: this.#senders.size, devices: this.#members.size };
  }

  /** What is known of the sender at an address, to connect to it. */
  sender(address: string): Sender | undefined {
    return this.#senders.get(address);
  }

  /** The address at which a device was heard last; of a phone it changes. */
  addressOf(ref: Ref): string | undefined {
    const member = ref
      .map((identifier) => this.#members.get(identifierText(identifier)))
      .find((one) => one !== undefined);
    return member?.address;
  }

  /** The device of a configured sender, for what a connection reads of it. */
  deviceOf(named: Named): Device {
    return this.#memberOf([named.identifier], named).device;
  }

  take(report: Report): void {
    const { host } = this.#options;
    const now = host.clock.monotonic();
    this.#heardAt = now;
    host.count("reports");
    if (report.data.length > limits.frameBytes) return host.count("frames_too_long");
    const sender = this.#senders.heard(report, now);
    const isBest = sender.sources.hear(report.receiver, report.rssi, now);
    const before = sender.frame(report.data, now);
    const named = this.#options.known.at(sender.address);
    const owner = named
      ? this.#enlist(sender, [named.identifier], named)
      : this.#members.get(sender.owner ?? "");
    if (owner) this.#hear(owner, sender, now);
    if (before && isCopy(before, now)) return;
    const frame = completed(sender, report);
    const found = decode(frame, { key: named?.key, other: otherOf(sender, report, frame, now) });
    const isPress = (found?.events ?? []).length > 0;
    // What a worse receiver hears may be old; a press is told by whoever hears it.
    if (!isBest && found && !isPress) return host.count("frames_of_others");
    sender.read(report.data, now, isPress);
    const isRepeated = isLasting(before, now);
    if (found) this.#found(found, { sender, named, owner, isLasting: isRepeated, now });
  }

  /** What time brings: to be called each second. */
  sweep(): void {
    const { host, reception } = this.#options;
    const now = host.clock.monotonic();
    const passedMs = now - this.#sweptAt;
    this.#sweptAt = now;
    // A radio that hears nobody does not hear that somebody is away.
    const hears = this.#heardAt !== undefined && now - this.#heardAt < limits.silentMs;
    for (const member of this.#members.values()) {
      if (hears && member.presence?.passed(passedMs) === true) this.#tellPresence(member, now);
      member.device.sweep(now);
    }
    if (now - this.#summaryAt < limits.seenMs) return;
    this.#summaryAt = now;
    host.emit({ type: "seen", data: summaryOf(this.#senders, this.#members.size, now) });
    reception.save();
  }

  /** Writes what is to be known after a restart. */
  save(): void {
    this.#options.reception.save();
  }

  /** The gateway does not know a device any more. */
  forget(ref: Ref): void {
    for (const identifier of ref) {
      const key = identifierText(identifier);
      const member = this.#members.get(key);
      if (!member) continue;
      member.device.forgotten();
      if (member.named) continue;
      this.#members.delete(key);
      this.#senders.forget(identifier[1]);
      this.#options.adoption.release(identifier[1]);
      this.#options.reception.forget(identifier[1]);
    }
  }

  #found(
    found: Found,
    heard: {
      readonly sender: Sender;
      readonly named: Named | undefined;
      /** Whose frame it is taken for by its address: of that it was heard already. */
      readonly owner: Member | undefined;
      readonly isLasting: boolean;
      readonly now: number;
    },
  ): void {
    const { sender, now } = heard;
    sender.model = found.facts.model ?? found.decoder.title;
    sender.identity = found.identity?.[1];
    const member = this.#memberFor(found, sender, heard.named);
    if (!member) return;
    if (member !== heard.owner) this.#hear(member, sender, now);
    if (isIdle(member, found)) return;
    this.#describe(member, sender, found);
    const verdict = this.#options.reception.judge(
      sender.address,
      found,
      heard.named?.key !== undefined,
    );
    if (verdict === "late") return this.#options.host.count("frames_late");
    if (verdict === "copy") {
      // It is still there; what has passed since stays over.
      member.device.repeat(found.observations, now);
      return this.#options.host.count("copies");
    }
    if (verdict !== "good") return this.#refuse(member, verdict, now);
    if (found.isAuthentic === true) member.device.tell(receptionOf("good"), now);
    const { observations, events = [], passing = [] } = found;
    if (events.length > 0 && !heard.isLasting) member.device.happen(events, now);
    member.device.tell(observations, now);
    member.device.passes(passing, now);
  }

  /** The device that a frame is of; undefined when its sender is to be none. */
  #memberFor(found: Found, sender: Sender, named: Named | undefined): Member | undefined {
    if (named) return this.#enlist(sender, [named.identifier], named);
    const beacon = this.#options.known.beacon(found);
    if (beacon) return this.#enlist(sender, [beacon.identifier], beacon);
    const own = ["ble", sender.address] as const;
    const isDevice = this.#members.has(identifierText(own)) || this.#mayBeDevice(found, sender);
    return isDevice ? this.#enlist(sender, [own], undefined) : undefined;
  }

  #mayBeDevice(found: Found, sender: Sender): boolean {
    const isSensor = found.decoder.isBeacon !== true && !isChanging(sender) && saysSomething(found);
    return isSensor && this.#options.adoption.admits(sender.address);
  }

  #enlist(sender: Sender, ref: Ref, named: Named | undefined): Member {
    this.#senders.keep(sender);
    const member = this.#memberOf(ref, named);
    sender.owner = keyOf(ref);
    member.address = sender.address;
    return member;
  }

  #memberOf(ref: Ref, named: Named | undefined): Member {
    const key = keyOf(ref);
    const known = this.#members.get(key);
    if (known) return known;
    const made = this.#makeMember(ref, named);
    this.#members.set(key, made);
    return made;
  }

  #makeMember(ref: Ref, named: Named | undefined): Member {
    const { host, config } = this.#options;
    const device = new Device({
      ref,
      emit: (event: AdapterEvent) => host.emit(event),
      count: (name) => host.count(name),
      minIntervalMs: config.min_interval * 1_000,
      refreshMs: config.refresh * 1_000,
    });
    const name = named?.settings.name;
    return {
      device,
      named,
      presence: presenceOf(named),
      hasName: name !== undefined,
      isSensor: false,
      beacons: 0,
      address: addressIn(ref),
      refusedAt: new Map(),
      rssi: undefined,
    };
  }

  #describe(member: Member, sender: Sender, { facts, decoder }: Found): void {
    const { settings } = member.named ?? {};
    const ownName = facts.name ?? sender.localName;
    const fallback = `${facts.model ?? decoder.title} ${sender.address.slice(-4).toUpperCase()}`;
    const name = settings?.name ?? (member.hasName ? undefined : (ownName ?? fallback));
    // What it calls itself may come with another frame; then it is renamed, once.
    member.hasName ||= ownName !== undefined;
    const described: DeviceFacts = { ...facts, ...(name !== undefined && { name }) };
    const { name: told, ...others } = described;
    member.device.describe({
      ...others,
      ...(told !== undefined && { name: told }),
      ...(member.presence && { classes: ["tracker"] }),
    });
  }

  #refuse({ device, refusedAt }: Member, refusal: Refusal, now: number): void {
    const { host } = this.#options;
    host.count(`refused_${refusal}`);
    // Anybody can send what is refused, and as often as he likes.
    if (now - (refusedAt.get(refusal) ?? -Infinity) >= limits.refusalMs) {
      refusedAt.set(refusal, now);
      host.emit({ type: "diagnostic", ref: device.ref, code: refusal, message: refusals[refusal] });
    }
    device.tell(receptionOf(refusal), now);
  }

  /** How strong it is heard, and that it is here. */
  #hear(member: Member, sender: Sender, now: number): void {
    const { rssi } = sender.sources;
    if (member.presence?.heard(rssi, now) === true) this.#tellPresence(member, now);
    if (rssi === undefined || !isNewStrength(member, rssi, now)) return;
    // Before anything is known of it there is nothing to describe.
    if (!member.device.isTold) return;
    member.rssi = { value: rssi, atMs: now };
    member.device.tell([reading("rssi", Math.round(rssi))], now);
  }

  #tellPresence({ device, presence, named }: Member, now: number): void {
    if (presence?.isHere === undefined) return;
    const { name } = named?.settings ?? {};
    device.describe({ classes: ["tracker"], ...(name !== undefined && { name }) });
    device.tell([reading("presence", presence.isHere)], now);
  }
}

/** Some sensors are beacons, too: nobody asked for that, unless it is all that they are. */
function isIdle(member: Member, { decoder }: Found): boolean {
  if (decoder.isBeacon !== true) {
    member.isSensor = true;
    return false;
  }
  member.beacons += 1;
  return !member.presence && (member.isSensor || member.beacons < limits.beaconProof);
}

/** Whether it is worth a device: it measures, it is pressed, or its owner only has to give its key. */
function saysSomething({ observations, events = [], problem }: Found): boolean {
  return observations.length + events.length > 0 || problem === "key_needed";
}

/** Whether it is the same message again: of a press, only without a pause. */
function isCopy(before: Readonly<Frame>, now: number): boolean {
  return now - before.readAt < limits.copyMs && (!before.isPress || isLasting(before, now));
}

/** Without a pause between two frames a message is still the same, and not told a second time. */
function isLasting(before: { readonly heardAt: number } | undefined, now: number): boolean {
  return before !== undefined && now - before.heardAt < limits.pressMs;
}

/** A frame with what other frames of its sender said of it: its name, and its services. */
function completed(sender: Sender, { address, data }: Report): Advertisement {
  const own = parseStructures(data);
  sender.localName = own.localName ?? sender.localName;
  if (own.serviceUuids.length > 0) {
    const all = new Set([...sender.serviceUuids, ...own.serviceUuids]);
    if (all.size !== sender.serviceUuids.length) {
      sender.serviceUuids = [...all].slice(-limits.serviceUuids);
    }
  }
  const { localName, serviceUuids } = sender;
  return { ...own, address, serviceUuids, ...(localName !== undefined && { localName }) };
}

/** What the other kind of frame of its sender said a moment ago, where the two belong together. */
function otherOf(
  sender: Sender,
  { isResponse }: Report,
  frame: Advertisement,
  now: number,
): Structures | undefined {
  const [own, other] = isResponse
    ? (["response", "plain"] as const)
    : (["plain", "response"] as const);
  if (isHalf(frame)) sender.halves[own] = { structures: frame, heardAt: now };
  const half = sender.halves[other];
  return half && now - half.heardAt < limits.halfMs ? half.structures : undefined;
}

function presenceOf(named: Named | undefined): Presence | undefined {
  if (!named) return undefined;
  const { tag, address, away, min_rssi: minRssi } = named.settings;
  if (!(tag ?? address === undefined)) return undefined;
  return new Presence({ awayMs: away === undefined ? undefined : away * 1_000, minRssi });
}

function isNewStrength({ rssi: told }: Member, rssi: number, now: number): boolean {
  if (!told) return true;
  const isOther = Math.abs(told.value - rssi) >= limits.rssiStepDb;
  return now - told.atMs >= (isOther ? limits.rssiMs : limits.rssiRefreshMs);
}

/** Names a device among the members. */
function keyOf([identifier]: Ref): string {
  return identifier ? identifierText(identifier) : "";
}

function addressIn(ref: Ref): string {
  return ref.find(([scheme]) => scheme === "ble")?.[1] ?? "";
}
