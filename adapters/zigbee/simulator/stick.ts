import type { Plugged, Port } from "../../simulation/line.ts";
import { ieeeBytes, Reader, Writer, type Ieee } from "./bytes.ts";
import { encodeNib, item, Memory, parseNib, type NetworkInformation } from "./memory.ts";
import { nonVolatile } from "./non-volatile.ts";
import { delivery, type Listener, type Message, type Node, type Radio } from "./radio.ts";
import { encodeUnpi, frameType, subsystem, UnpiParser, type UnpiFrame } from "./unpi.ts";

export interface StickOptions {
  readonly radio: Radio;
  readonly ieee: Ieee;
}

const ok = 0;
const failed = 1;
/** States of the device layer: nothing started, and coordinator of a network. */
const state = { idle: 0, coordinator: 9 } as const;
/** What a Texas Instruments CC2652 with Z-Stack 3.x.0 firmware of 2023 says of itself. */
const version = { transport: 2, product: 1, major: 2, minor: 7, maintenance: 1, build: 20_230_507 };
const defaultExtendedPanId = "dddddddddddddddd";

type Handler = (data: Reader) => void;

/**
 * A Zigbee stick with Z-Stack 3.x firmware, from the host's side: it answers the requests of TI's
 * Zigbee Network Processor interface in bytes and tells what it hears on its radio.
 */
export class Stick implements Listener, Plugged {
  readonly memory: Memory;
  readonly radio: Radio;
  /** Turns an answer into what is sent instead: a bad stick, for tests. */
  spoil: ((answer: UnpiFrame) => readonly UnpiFrame[]) | undefined;
  /** Told every request of the host, for tests. */
  onRequest: ((frame: UnpiFrame) => void) | undefined;
  readonly #parser = new UnpiParser();
  readonly #handlers: ReadonlyMap<number, Handler>;
  readonly #endpoints = new Set<number>();
  readonly #groups = new Set<string>();
  #port: Port | undefined;
  #state: number = state.idle;
  /** What the request being answered is about. */
  #asked: UnpiFrame | undefined;
  #isPowered = true;

  constructor({ radio, ieee }: StickOptions) {
    this.radio = radio;
    this.memory = new Memory(ieee);
    this.#handlers = new Map([
      ...this.#system(),
      ...this.#nonVolatile(),
      ...this.#application(),
      ...this.#deviceLayer(),
      ...this.#commissioning(),
    ]);
    radio.listen(this);
  }

  get ieee(): Ieee {
    return new Reader(this.memory.get(item.address) ?? Buffer.alloc(8)).ieee();
  }

  /** Whether it has a network, and is its coordinator. */
  get isUp(): boolean {
    return this.#state === state.coordinator;
  }

  /** A host has connected; what an earlier one sent half is forgotten. */
  attach(port: Port): void {
    this.#port = port;
  }

  detach(port: Port): void {
    if (this.#port === port) this.#port = undefined;
  }

  /** Makes it the stick of a network that was formed before, as if by the same host. */
  form({ panId, extendedPanId, channel }: NetworkInformation, key: Buffer): void {
    const { memory } = this;
    const channels = Buffer.alloc(4);
    channels.writeUInt32LE(2 ** channel);
    const pan = Buffer.alloc(2);
    pan.writeUInt16LE(panId);
    memory.set(item.channels, channels);
    memory.set(item.panId, pan);
    memory.set(item.extendedPanId, ieeeBytes(extendedPanId));
    memory.set(item.networkKey, key);
    memory.set(item.configured, Buffer.from([0x55]));
    this.#form();
  }

  /** Bytes from the host. */
  receive(chunk: Buffer): void {
    if (!this.#isPowered) return;
    for (const frame of this.#parser.push(chunk)) this.#take(frame);
  }

  /** Takes the power away: what is not in its memory is gone. */
  powerOff(): void {
    this.#isPowered = false;
    this.#restart();
  }

  /** Gives it power again: it says that it has started, as after any reset. */
  powerOn(): void {
    this.#isPowered = true;
    this.#sayReset(0);
  }

  /** Bytes to the host that no firmware means: a bad cable, or a bug of it. */
  babble(bytes: Buffer): void {
    this.#port?.write(bytes);
  }

  heard(from: Node, message: Message): void {
    if (this.#state !== state.coordinator) return;
    const { group = 0, cluster, from: source, to, isBroadcast = false, data } = message;
    this.#say(
      subsystem.af,
      0x81,
      new Writer()
        .u16(group, cluster, from.address)
        .u8(source, to, Number(isBroadcast), from.linkQuality, 0)
        .u32(0)
        .u8(0, data.length)
        .bytes(data)
        .u16(from.address)
        .u8(29),
    );
  }

  joined(node: Node): void {
    this.#say(subsystem.zdo, 0xca, new Writer().u16(node.address).ieee(node.ieee).u16(0));
  }

  announced(node: Node, capabilities: number): void {
    const { address, ieee } = node;
    const body = new Writer().u16(address, address).ieee(ieee).u8(capabilities);
    this.#say(subsystem.zdo, 0xc1, body);
  }

  left(node: Node): void {
    this.#say(subsystem.zdo, 0xc9, new Writer().u16(node.address).ieee(node.ieee).u8(0, 0, 0));
  }

  #take(frame: UnpiFrame): void {
    this.onRequest?.(frame);
    this.#asked = frame;
    const handler = this.#handlers.get(keyOf(frame.subsystem, frame.command));
    if (handler) handler(new Reader(frame.data));
    else if (frame.type === frameType.request) this.#refuse(frame);
  }

  /** A request that this firmware does not know. */
  #refuse({ subsystem: about, command }: UnpiFrame): void {
    const body = new Writer().u8(2, (frameType.request << 5) | about, command);
    this.#write({ type: frameType.response, subsystem: 0, command: 0, data: body.done() });
  }

  #answer(body: Writer): void {
    if (!this.#asked) return;
    const answer = { ...this.#asked, type: frameType.response, data: body.done() };
    for (const frame of this.spoil?.(answer) ?? [answer]) this.#write(frame);
  }

  #answerStatus(status: number): void {
    this.#answer(new Writer().u8(status));
  }

  #say(about: number, command: number, body: Writer): void {
    const data = body.done();
    this.#write({ type: frameType.alone, subsystem: about, command, data });
  }

  #write(frame: UnpiFrame): void {
    if (this.#isPowered) this.#port?.write(encodeUnpi(frame));
  }

  #system(): [number, Handler][] {
    const { transport, product, major, minor, maintenance, build } = version;
    return [
      [keyOf(subsystem.sys, 0x00), () => this.#reset()],
      [keyOf(subsystem.sys, 0x01), () => this.#answer(new Writer().u16(0x0659))],
      [
        keyOf(subsystem.sys, 0x02),
        () =>
          this.#answer(new Writer().u8(transport, product, major, minor, maintenance).u32(build)),
      ],
      [keyOf(subsystem.sys, 0x04), () => this.#answer(new Writer().ieee(this.ieee))],
      [keyOf(subsystem.sys, 0x0f), (data) => this.#answerStatus(data.take(2).readUInt8(1))],
      [keyOf(subsystem.util, 0x00), () => this.#answerDeviceInfo()],
      [keyOf(subsystem.util, 0x0a), () => this.#answerStatus(ok)],
      [keyOf(subsystem.util, 0x4a), (data) => this.#answerAssociation(data.ieee())],
      [keyOf(subsystem.util, 0x63), () => this.#answerStatus(ok)],
      [keyOf(subsystem.util, 0x64), () => this.#answerStatus(ok)],
    ];
  }

  #nonVolatile(): [number, Handler][] {
    return nonVolatile(this.memory).map(([command, answer]) => [
      keyOf(subsystem.sys, command),
      (data) => this.#answer(answer(data)),
    ]);
  }

  #application(): [number, Handler][] {
    return [
      [
        keyOf(subsystem.af, 0x00),
        (data) => {
          this.#endpoints.add(data.u8());
          this.#answerStatus(ok);
        },
      ],
      [
        keyOf(subsystem.af, 0x01),
        (data) => {
          const address = data.u16();
          const [to, from] = [data.u8(), data.u8()];
          const cluster = data.u16();
          const transaction = data.u8();
          data.take(2);
          const message = { cluster, from, to, data: Buffer.from(data.take(data.u8())) };
          this.#answerStatus(ok);
          void this.#send(address, message, transaction);
        },
      ],
      [
        keyOf(subsystem.af, 0x02),
        (data) => {
          const mode = data.u8();
          const address = data.take(8).readUInt16LE(0);
          const to = data.u8();
          data.u16();
          const from = data.u8();
          const cluster = data.u16();
          const transaction = data.u8();
          data.take(2);
          const message = { cluster, from, to, data: Buffer.from(data.take(data.u16())) };
          this.#answerStatus(ok);
          this.#confirm(delivery.done, from, transaction);
          this.#sendToMany(mode, address, message);
        },
      ],
      [keyOf(subsystem.af, 0x10), () => this.#answerStatus(ok)],
    ];
  }

  #deviceLayer(): [number, Handler][] {
    return [
      [keyOf(subsystem.zdo, 0x00), (data) => this.#tellAddress(this.#nodeNamed(data.ieee()))],
      [keyOf(subsystem.zdo, 0x01), (data) => this.#tellName(data.u16())],
      ...[0x02, 0x04, 0x05, 0x21, 0x22, 0x31, 0x32, 0x33, 0x34].map(
        (request): [number, Handler] => [
          keyOf(subsystem.zdo, request),
          (data) => this.#describe(request, data.u16(), data.rest()),
        ],
      ),
      [
        keyOf(subsystem.zdo, 0x36),
        (data) => {
          data.take(3);
          this.radio.open(data.u8());
          this.#answerStatus(ok);
          this.#say(subsystem.zdo, 0xb6, new Writer().u16(0).u8(ok));
        },
      ],
      [keyOf(subsystem.zdo, 0x37), () => this.#answerStatus(ok)],
      [keyOf(subsystem.zdo, 0x40), () => this.#startNetwork()],
      [keyOf(subsystem.zdo, 0x45), () => this.#answerStatus(ok)],
      [
        keyOf(subsystem.zdo, 0x4a),
        (data) => {
          const [endpoint, group] = [data.u8(), data.u16()];
          const isKnown = this.#groups.has(`${endpoint}/${group}`);
          this.#answer(
            new Writer()
              .u8(isKnown ? ok : failed)
              .u16(group)
              .u8(0),
          );
        },
      ],
      [
        keyOf(subsystem.zdo, 0x4b),
        (data) => {
          this.#groups.add(`${data.u8()}/${data.u16()}`);
          this.#answerStatus(ok);
        },
      ],
      [keyOf(subsystem.zdo, 0x50), () => this.#answerNetworkInfo()],
    ];
  }

  #commissioning(): [number, Handler][] {
    return [
      [keyOf(subsystem.appConfig, 0x04), () => this.#answerStatus(ok)],
      [
        keyOf(subsystem.appConfig, 0x05),
        () => {
          this.#answerStatus(ok);
          this.#form();
        },
      ],
      [keyOf(subsystem.appConfig, 0x08), () => this.#answerStatus(ok)],
    ];
  }

  #reset(): void {
    const option = this.memory.get(item.startupOption)?.at(0) ?? 0;
    if ((option & 0x02) !== 0) this.memory.forget();
    this.#restart();
    this.#sayReset(2);
  }

  #restart(): void {
    this.#state = state.idle;
    this.#endpoints.clear();
  }

  #sayReset(reason: number): void {
    const { transport, product, major, minor, maintenance } = version;
    const body = new Writer().u8(reason, transport, product, major, minor, maintenance);
    this.#say(subsystem.sys, 0x80, body);
  }

  /** Makes the network that the memory asks for. */
  #form(): void {
    const { memory } = this;
    const channels = memory.get(item.channels)?.readUInt32LE(0) ?? 0x800;
    const key = memory.get(item.networkKey) ?? Buffer.alloc(16);
    const extendedPanId = new Reader(
      memory.get(item.extendedPanId) ?? Buffer.from(defaultExtendedPanId, "hex"),
    ).ieee();
    const panId = memory.get(item.panId)?.readUInt16LE(0) ?? 0x1a62;
    const channel = Math.log2(channels & -channels);
    memory.set(item.nib, encodeNib({ panId, extendedPanId, channel }, channels));
    const active = Buffer.concat([Buffer.from([0]), key, Buffer.from([0])]);
    memory.set(item.activeKey, active);
    memory.set(item.alternateKey, active);
    this.#becomeCoordinator();
  }

  #startNetwork(): void {
    this.#answerStatus(this.memory.get(item.nib) ? failed : ok);
    this.#becomeCoordinator();
  }

  #becomeCoordinator(): void {
    this.#state = state.coordinator;
    this.#say(subsystem.zdo, 0xc0, new Writer().u8(state.coordinator));
  }

  #answerDeviceInfo(): void {
    const body = new Writer().u8(ok).ieee(this.ieee).u16(0).u8(7, this.#state, 0);
    this.#answer(body);
  }

  #answerNetworkInfo(): void {
    const { panId, extendedPanId, channel } = this.#network();
    this.#answer(
      new Writer()
        .u16(0)
        .u8(this.#state)
        .u16(panId, 0)
        .ieee(extendedPanId)
        .ieee("0".repeat(16))
        .u8(channel),
    );
  }

  #network(): NetworkInformation {
    const nib = this.memory.get(item.nib);
    return nib ? parseNib(nib) : { panId: 0xffff, extendedPanId: defaultExtendedPanId, channel: 0 };
  }

  /** Who is a child of the stick itself. */
  #answerAssociation(ieee: Ieee): void {
    const node = this.radio.named(ieee);
    this.#answer(new Writer().u16(node?.address ?? 0xfffe, 0).u8(node?.isRouter === false ? 1 : 2));
  }

  async #send(address: number, message: Message, transaction: number): Promise<void> {
    const node = this.radio.at(address);
    const status = (await node?.deliver(message)) ?? delivery.noRoute;
    this.#confirm(status, message.from, transaction);
  }

  #confirm(status: number, endpoint: number, transaction: number): void {
    this.#say(subsystem.af, 0x80, new Writer().u8(status, endpoint, transaction));
  }

  /** To a group (mode 1), or to everybody. */
  #sendToMany(mode: number, address: number, message: Message): void {
    const cast = mode === 1 ? { ...message, group: address } : { ...message, isBroadcast: true };
    for (const node of this.radio.nodes()) void node.deliver(cast);
  }

  #nodeNamed(ieee: Ieee): Node | undefined {
    return this.radio.named(ieee);
  }

  #tellAddress(node: Node | undefined): void {
    this.#answerStatus(ok);
    if (!node) return;
    const body = new Writer().u8(ok).ieee(node.ieee).u16(node.address).u8(0, 0);
    this.#say(subsystem.zdo, 0x80, body);
  }

  #tellName(address: number): void {
    this.#answerStatus(ok);
    const node = this.radio.at(address);
    if (!node) return;
    this.#say(subsystem.zdo, 0x81, new Writer().u8(ok).ieee(node.ieee).u16(address).u8(0, 0));
  }

  /** Asks a device of itself, or answers for the stick; the answer comes when it comes. */
  #describe(request: number, address: number, parameters: Buffer): void {
    this.#answerStatus(ok);
    if (address === 0) this.#describeSelf(request, parameters);
    else void this.#ask(address, request, parameters);
  }

  async #ask(address: number, request: number, parameters: Buffer): Promise<void> {
    const answer = await this.radio.at(address)?.describe(request, parameters);
    if (!answer) return;
    this.#say(subsystem.zdo, request | 0x80, new Writer().u16(address).bytes(answer));
  }

  #describeSelf(request: number, parameters: Buffer): void {
    const endpoint = parameters[2] ?? 0;
    const body = new Writer().u16(0).u8(ok);
    switch (request) {
      case 0x04:
        body.u16(0).u8(8, endpoint).u16(0x0104, 0x0005).u8(0, 0, 0);
        break;
      case 0x05:
        body.u16(0).u8(this.#endpoints.size, ...this.#endpoints);
        break;
      case 0x31:
        this.#neighbours(body, parameters[0] ?? 0);
        break;
      default:
        body.u8(0, 0, 0);
    }
    this.#say(subsystem.zdo, request | 0x80, body);
  }

  /** Three rows of the neighbour table at a time, as they fit into a frame. */
  #neighbours(body: Writer, from: number): void {
    const nodes = this.radio.nodes();
    const rows = nodes.slice(from, from + 3);
    body.u8(nodes.length, from, rows.length);
    for (const { ieee, address, isRouter, linkQuality } of rows) {
      // Type, receiver on when idle, and relation: a child, or a sibling.
      const relation = isRouter ? 0x01 | 0x04 | 0x20 : 0x02 | 0x10;
      body.ieee(this.#network().extendedPanId).ieee(ieee).u16(address);
      body.u8(relation, 0x02, 1, linkQuality);
    }
  }
}

function keyOf(about: number, command: number): number {
  return (about << 8) | command;
}
