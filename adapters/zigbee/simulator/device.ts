import { Reader, Writer, type Ieee } from "./bytes.ts";
import { delivery, type Message, type Node, type Radio } from "./radio.ts";
import { Reporting } from "./reporting.ts";
import { Sleep } from "./sleep.ts";
import {
  encodeZcl,
  general,
  parseZcl,
  readValue,
  writeValue,
  zclStatus,
  type Attribute,
  type ZclFrame,
  type ZclValue,
} from "./zcl.ts";

/** One endpoint as it left the factory. */
export interface EndpointModel {
  readonly id: number;
  readonly profile?: number;
  readonly device: number;
  /** Attributes of each cluster it serves, by cluster and attribute. */
  readonly serves: Readonly<Record<number, Readonly<Record<number, Attribute>>>>;
  /** Clusters it commands others in. */
  readonly commands: readonly number[];
}

/** What a device is, as it left the factory. */
export interface DeviceModel {
  readonly name: string;
  readonly manufacturer: number;
  readonly isRouter: boolean;
  /** Sleeps between reports: what is sent to it waits at its parent, and is lost after a while. */
  readonly sleeps?: boolean;
  /** Of a sleeper: asks its parent so often whether something waits, in ms; never by itself. */
  readonly pollMs?: number;
  readonly endpoints: readonly EndpointModel[];
  /** What commands of clusters do to it. */
  readonly behave?: (device: Device, command: ClusterCommand) => number | "answered" | undefined;
  /** What happens in its life, every so often. */
  readonly live?: (device: Device) => void;
}

/** A command that belongs to a cluster, as it reaches a device. */
export interface ClusterCommand {
  readonly endpoint: number;
  readonly cluster: number;
  readonly command: number;
  readonly payload: Reader;
  readonly sequence: number;
  readonly group: number | undefined;
}

/** How long a sleeper listens after it spoke, in ms. */
const awakeMs = 500;
/** After so long without a word nothing more is due, in ms. */
const silentMs = 1_300;
/** How long one listens after it joined, in ms. */
const awakeAfterJoinMs = 30_000;
/** How long it takes until no acknowledgement is believed to come, in ms. */
const noAckMs = 1_200;
const home = 0x0104;
/** Server mask of the node descriptor: revision 22 of the Zigbee specification, in its upper bits. */
const revision = 22 << 9;
const coordinatorEndpoint = 1;

interface Binding {
  readonly endpoint: number;
  readonly cluster: number;
  readonly target: string;
}

/** A device in the air: it joins, tells of itself, obeys, reports, sleeps and dies. */
export class Device implements Node {
  readonly ieee: Ieee;
  readonly model: DeviceModel;
  readonly radio: Radio;
  address: number;
  linkQuality = 168;
  /** Took every transmission and answers nothing: broken, or without power. */
  isDead = false;
  /** Every message that reached it, for tests. */
  onMessage: ((message: Message) => void) | undefined;
  readonly #attributes = new Map<string, Attribute>();
  readonly #reporting: Reporting;
  readonly #sleep: Sleep;
  readonly #groups = new Set<string>();
  #bindings: Binding[] = [];
  #sequence = 0;
  /** Monotonic ms when it said something. */
  #spokeAt = 0;

  constructor(radio: Radio, model: DeviceModel, ieee: Ieee) {
    this.radio = radio;
    this.model = model;
    this.ieee = ieee;
    this.address = radio.freeAddress();
    this.#reporting = new Reporting(radio.clock, (endpoint, cluster, attribute) =>
      this.report(endpoint, cluster, [attribute]),
    );
    this.#sleep = new Sleep(radio.clock, model.sleeps === true);
    this.#leaveFactory();
  }

  get isRouter(): boolean {
    return this.model.isRouter;
  }

  /** Joins the network if it is open; resolves to whether it was. */
  join(): boolean {
    if (!this.radio.isOpen) return false;
    this.address = this.radio.freeAddress();
    this.radio.add(this);
    this.#sleep.wakeFor(awakeAfterJoinMs);
    if (this.model.pollMs !== undefined) this.#sleep.pollEvery(this.model.pollMs);
    this.radio.listener?.joined(this);
    this.#announce();
    return true;
  }

  /** Looks for messages no more until it has something to say; resolves when it sleeps. */
  async sleepDeeply(): Promise<void> {
    this.#sleep.stopPolling();
    const { clock } = this.radio;
    const quietMs = (): number => clock.monotonic() - this.#spokeAt;
    // Reports that are ordered not to come too often may still be due.
    while (quietMs() < silentMs) await clock.sleep(silentMs - quietMs());
    this.#sleep.deepen();
  }

  /** Comes back into the network it is in, with another address. */
  rejoin(): void {
    this.address = this.radio.freeAddress();
    this.#sleep.wakeFor(awakeAfterJoinMs);
    this.radio.listener?.joined(this);
    this.#announce();
  }

  /** Leaves the network and forgets it: reset by hand. */
  leave(): void {
    this.radio.listener?.left(this);
    this.#forget();
  }

  get(endpoint: number, cluster: number, attribute: number): ZclValue | undefined {
    return this.#attributes.get(placeOf(endpoint, cluster, attribute))?.value;
  }

  /** Sets an attribute; it is reported where the host asked for that. */
  set(endpoint: number, cluster: number, attribute: number, value: ZclValue): void {
    const place = placeOf(endpoint, cluster, attribute);
    const before = this.#attributes.get(place);
    if (!before) return;
    this.#attributes.set(place, { ...before, value });
    if (before.value !== value && this.#isBound(endpoint, cluster)) {
      this.#reporting.changed(endpoint, cluster, attribute);
    }
  }

  /** Reports attributes, asked or not. */
  report(endpoint: number, cluster: number, attributes: readonly number[]): void {
    const body = new Writer();
    for (const id of attributes) {
      const attribute = this.#attributes.get(placeOf(endpoint, cluster, id));
      if (!attribute) continue;
      body.u16(id).u8(attribute.type);
      writeValue(body, attribute);
    }
    this.say(endpoint, cluster, { isSpecific: false, command: general.report, payload: body });
  }

  /** Sends something to the coordinator, of its own accord; it listens for an answer afterwards. */
  say(
    endpoint: number,
    cluster: number,
    frame: {
      readonly isSpecific: boolean;
      readonly command: number;
      readonly payload: Writer;
      readonly isToClient?: boolean;
      readonly manufacturer?: number;
      readonly group?: number;
      readonly sequence?: number;
    },
  ): void {
    this.#sequence = (this.#sequence + 1) % 256;
    const { group, ...rest } = frame;
    const data = encodeZcl({
      isToClient: true,
      wantsNoDefaultResponse: true,
      sequence: this.#sequence,
      ...rest,
      payload: frame.payload.done(),
    });
    this.transmit(endpoint, cluster, data, group);
  }

  /** Sends bytes to the coordinator as they are. */
  transmit(endpoint: number, cluster: number, data: Buffer, group?: number): void {
    if (this.isDead) return;
    this.#spokeAt = this.radio.clock.monotonic();
    this.#sleep.wakeFor(awakeMs);
    const cast = group === undefined ? {} : { group };
    const message = { cluster, from: endpoint, to: coordinatorEndpoint, data, ...cast };
    this.radio.listener?.heard(this, message);
  }

  async deliver(message: Message): Promise<number> {
    const isToMany = message.group !== undefined || message.isBroadcast === true;
    if (isToMany && !this.#belongs(message)) return delivery.done;
    if (this.isDead) {
      await this.radio.clock.sleep(noAckMs);
      return delivery.noAck;
    }
    if (!this.#sleep.isAwake && !(await this.#sleep.wakes())) return delivery.expired;
    // Not inside the call: a radio takes its time.
    this.radio.clock.after(0, () => this.#take(message));
    return delivery.done;
  }

  async describe(request: number, parameters: Buffer): Promise<Buffer | undefined> {
    if (this.isDead) return undefined;
    if (!this.#sleep.isAwake && !(await this.#sleep.wakes())) return undefined;
    const body = new Writer().u8(0);
    switch (request) {
      case 0x02:
        return this.#nodeDescriptor(body.u16(this.address)).done();
      case 0x04:
        return this.#simpleDescriptor(parameters[2] ?? 0, body.u16(this.address)).done();
      case 0x05: {
        const ids = this.model.endpoints.map(({ id }) => id);
        return body
          .u16(this.address)
          .u8(ids.length, ...ids)
          .done();
      }
      case 0x21:
        this.#bind(new Reader(parameters));
        return body.done();
      case 0x22:
        this.#unbind(new Reader(parameters));
        return body.done();
      case 0x31:
      case 0x32:
      case 0x33:
        return body.u8(0, 0, 0).done();
      case 0x34:
        this.radio.clock.after(5, () => this.leave());
        return body.done();
      default:
        return new Writer().u8(0x84).done();
    }
  }

  /** Answers a command about a scene: done, with its group and number. */
  answerScene(
    endpoint: number,
    command: number,
    group: number,
    scene: number,
    sequence: number,
  ): void {
    const payload = new Writer().u8(zclStatus.success).u16(group).u8(scene);
    this.say(endpoint, 0x0005, { isSpecific: true, command, payload, sequence });
  }

  /** Whether it is bound to the coordinator, or to anything, in this cluster. */
  #isBound(endpoint: number, cluster: number): boolean {
    return this.#bindings.some((one) => one.endpoint === endpoint && one.cluster === cluster);
  }

  /** The groups a button is bound to. */
  boundGroups(cluster: number): readonly number[] {
    return this.#bindings.flatMap((one) =>
      one.cluster === cluster && one.target.startsWith("group:")
        ? [Number(one.target.slice(6))]
        : [],
    );
  }

  #leaveFactory(): void {
    this.#attributes.clear();
    for (const { id, serves } of this.model.endpoints) {
      for (const [cluster, attributes] of Object.entries(serves)) {
        for (const [attribute, one] of Object.entries(attributes)) {
          this.#attributes.set(placeOf(id, Number(cluster), Number(attribute)), one);
        }
      }
    }
  }

  #forget(): void {
    this.#sleep.stopPolling();
    this.#reporting.forget();
    this.#bindings = [];
    this.#groups.clear();
    this.radio.remove(this);
  }

  #announce(): void {
    const capabilities = this.isRouter ? 0x8e : this.model.sleeps === true ? 0x80 : 0x8c;
    this.radio.listener?.announced(this, capabilities);
  }

  #belongs({ group, isBroadcast, to }: Message): boolean {
    if (isBroadcast === true) return true;
    return this.model.endpoints.some(
      ({ id }) => (to === 0xff || to === id) && this.#groups.has(`${id}/${group}`),
    );
  }

  #take(message: Message): void {
    this.onMessage?.(message);
    for (const { id } of this.model.endpoints) {
      const isMeant =
        message.group === undefined
          ? message.to === id
          : this.#groups.has(`${id}/${message.group}`);
      if (isMeant) this.#receive(id, message);
    }
  }

  #receive(endpoint: number, { cluster, data, group }: Message): void {
    const frame = parseZcl(data);
    const isAlone = group === undefined;
    if (!frame.isSpecific) {
      if (isAlone) this.#answerGeneral(endpoint, cluster, frame);
      return;
    }
    const { command, sequence } = frame;
    const payload = new Reader(frame.payload);
    const asked = { endpoint, cluster, command, payload, sequence, group };
    const status =
      this.model.behave?.(this, asked) ??
      this.#serveEverywhere(asked) ??
      zclStatus.unsupportedCommand;
    if (status === "answered" || !isAlone || frame.wantsNoDefaultResponse === true) return;
    this.#answer(
      endpoint,
      cluster,
      frame,
      general.defaultResponse,
      new Writer().u8(command, status),
    );
  }

  /** What every device does in clusters that every device has. */
  #serveEverywhere(asked: ClusterCommand): number | "answered" | undefined {
    const { cluster, command, endpoint, payload, sequence } = asked;
    if (cluster === 0x0003) return zclStatus.success;
    if (cluster === 0x0500 && command === 0) {
      this.set(endpoint, 0x0500, 0x0000, 1);
      return zclStatus.success;
    }
    if (cluster !== 0x0004) return undefined;
    const group = payload.left >= 2 ? payload.u16() : 0;
    if (command === 0) this.#groups.add(`${endpoint}/${group}`);
    if (command === 3) this.#groups.delete(`${endpoint}/${group}`);
    if (command === 4) this.#groups.clear();
    const body = new Writer().u8(zclStatus.success).u16(group);
    if (command === 0 || command === 3) {
      this.say(endpoint, cluster, { isSpecific: true, command, payload: body, sequence });
    }
    return command === 0 || command === 3 ? "answered" : zclStatus.success;
  }

  #answerGeneral(endpoint: number, cluster: number, frame: ZclFrame): void {
    const payload = new Reader(frame.payload);
    const body = new Writer();
    switch (frame.command) {
      case general.read:
        while (payload.left >= 2) this.#tell(body, endpoint, cluster, payload.u16());
        return this.#answer(endpoint, cluster, frame, general.readResponse, body);
      case general.write:
        this.#write(endpoint, cluster, payload);
        return this.#answer(endpoint, cluster, frame, general.writeResponse, body.u8(0));
      case general.writeSilently:
        return this.#write(endpoint, cluster, payload);
      case general.configureReporting:
        this.#reporting.configure(endpoint, cluster, payload);
        return this.#answer(
          endpoint,
          cluster,
          frame,
          general.configureReportingResponse,
          body.u8(0),
        );
      case general.readReportingConfig:
        return this.#answer(
          endpoint,
          cluster,
          frame,
          general.readReportingConfigResponse,
          this.#reporting.describe(endpoint, cluster, payload),
        );
      default:
    }
  }

  #tell(body: Writer, endpoint: number, cluster: number, id: number): void {
    const attribute = this.#attributes.get(placeOf(endpoint, cluster, id));
    if (!attribute) return void body.u16(id).u8(zclStatus.unsupportedAttribute);
    body.u16(id).u8(zclStatus.success, attribute.type);
    writeValue(body, attribute);
  }

  #write(endpoint: number, cluster: number, payload: Reader): void {
    while (payload.left >= 3) {
      const [id, type] = [payload.u16(), payload.u8()];
      const value = readValue(payload, type);
      const place = placeOf(endpoint, cluster, id);
      if (!this.#attributes.has(place)) this.#attributes.set(place, { type, value });
      this.set(endpoint, cluster, id, value);
    }
  }

  #answer(
    endpoint: number,
    cluster: number,
    asked: ZclFrame,
    command: number,
    payload: Writer,
  ): void {
    const { sequence, manufacturer } = asked;
    this.transmit(
      endpoint,
      cluster,
      encodeZcl({
        isSpecific: false,
        isToClient: !asked.isToClient,
        wantsNoDefaultResponse: true,
        sequence,
        command,
        payload: payload.done(),
        ...(manufacturer !== undefined && { manufacturer }),
      }),
    );
  }

  #nodeDescriptor(body: Writer): Writer {
    const kind = this.isRouter ? 1 : 2;
    const capabilities = this.isRouter ? 0x8e : 0x80;
    return body
      .u8(kind, 0x40, capabilities)
      .u16(this.model.manufacturer)
      .u8(82)
      .u16(255, revision, 255)
      .u8(0);
  }

  #simpleDescriptor(id: number, body: Writer): Writer {
    const endpoint = this.model.endpoints.find((one) => one.id === id);
    if (!endpoint) return body.u8(0);
    const inside = Object.keys(endpoint.serves).map(Number);
    const outside = endpoint.commands;
    return body
      .u8(8 + 2 * (inside.length + outside.length), id)
      .u16(endpoint.profile ?? home, endpoint.device)
      .u8(1, inside.length)
      .u16(...inside)
      .u8(outside.length)
      .u16(...outside);
  }

  #bind(request: Reader): void {
    this.#bindings.push(bindingIn(request));
  }

  #unbind(request: Reader): void {
    const { endpoint, cluster, target } = bindingIn(request);
    this.#bindings = this.#bindings.filter(
      (one) => one.endpoint !== endpoint || one.cluster !== cluster || one.target !== target,
    );
  }
}

function bindingIn(request: Reader): Binding {
  request.ieee();
  const [endpoint, cluster] = [request.u8(), request.u16()];
  const target =
    request.u8() === 1 ? `group:${request.u16()}` : `${request.ieee()}/${request.u8()}`;
  return { endpoint, cluster, target };
}

function placeOf(endpoint: number, cluster: number, attribute: number): string {
  return `${endpoint}/${cluster}/${attribute}`;
}
