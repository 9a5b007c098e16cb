import {
  CommandError,
  identifierText,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
  type Scalar,
} from "koine/adapter";
import { Adoption } from "./adoption.ts";
import type { BleConfig } from "./config.ts";
import { Connected, pointsOf } from "./gatt/connected.ts";
import { Connector } from "./gatt/connector.ts";
import { Known, type Named } from "./known.ts";
import { limits } from "./limits.ts";
import { ownReceiver, type Peer, type Radio, type Report } from "./radio/radio.ts";
import { RadioKeeper } from "./radio/keeper.ts";
import { hearRelay, keepRelay } from "./relay/relays.ts";
import { Teller } from "./relay/teller.ts";
import { Reception } from "./reception.ts";
import { Receiver } from "./receiver.ts";

export interface SessionOptions {
  readonly host: AdapterHost;
  readonly config: BleConfig;
  /** Aborts when the session is over. */
  readonly signal: AbortSignal;
}

/** One run of the adapter: its controller and relays, and what they hear. */
export class Session {
  readonly #options: SessionOptions;
  readonly #receiver: Receiver;
  readonly #keeper: RadioKeeper | undefined;
  readonly #teller: Teller | undefined;
  #heardAt: number | undefined;
  /** Devices with connections, by the text of their identifier. */
  readonly #connected = new Map<string, Connected>();

  private constructor(options: SessionOptions, receiver: Receiver, known: Known) {
    this.#options = options;
    this.#receiver = receiver;
    const { host, config, signal } = options;
    if (config.controller !== "none") {
      this.#keeper = new RadioKeeper({
        host,
        config,
        signal,
        heardAt: () => this.#heardAt,
        received: (report) => this.#received(report),
      });
    }
    if (config.relay_to) this.#teller = new Teller({ host, place: config.relay_to, signal });
    const connector = new Connector({
      host,
      radio: (): Radio | undefined => this.#keeper?.radio,
      whereabouts: (address) => this.#whereabouts(address),
    });
    for (const named of known.all) {
      if (pointsOf(named).length > 0) this.#connect(named, connector);
    }
  }

  static async open(options: SessionOptions): Promise<Session> {
    const { host, config } = options;
    const known = new Known(config);
    const count = (name: string): void => host.count(name);
    const [adoption, reception] = await Promise.all([
      Adoption.load({ store: host.store, mode: config.adopt, count }),
      Reception.load({ store: host.store, count }),
    ]);
    const receiver = new Receiver({ host, config, known, adoption, reception });
    return new Session(options, receiver, known);
  }

  /**
   * Hears until the session is over.
   * @throws LinkError when the radio cannot be used, or went
   */
  async run(): Promise<void> {
    const { host } = this.#options;
    const sweep = host.clock.every(1_000, () => this.#receiver.sweep());
    try {
      for (const one of this.#connected.values()) one.start();
      await this.#hear();
    } finally {
      sweep.cancel();
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const device = command.ref
      .map((identifier) => this.#connected.get(identifierText(identifier)))
      .find((one) => one !== undefined);
    if (device) return device.execute(command, signal);
    throw new CommandError("unsupported", "Nothing is known of how to connect to this device");
  }

  forget(ref: Ref): void {
    this.#receiver.forget(ref);
  }

  /** How the radio stands, and what it has heard. */
  status(): Record<string, Scalar> {
    const { clock } = this.#options.host;
    const { heardAt } = this.#receiver;
    const { radio } = this.#keeper ?? {};
    return {
      controller: radio === undefined ? "none" : radio.isOn ? "on" : "off",
      heard_s: heardAt === undefined ? null : Math.round((clock.monotonic() - heardAt) / 1_000),
      ...this.#receiver.size,
    };
  }

  async close(): Promise<void> {
    this.#receiver.save();
    await this.#keeper?.close();
  }

  /** By its own radio, where it has one; relays must not suffer from that, nor it from them. */
  async #hear(): Promise<void> {
    const { host, config, signal } = this.#options;
    const received = (report: Report): void => this.#receiver.take(report);
    const [first, ...others] = config.relays;
    if (!this.#keeper && first) {
      const opened = (): void => host.status({ state: "online" });
      for (const relay of others)
        void keepRelay({ host, relay, signal, received, opened: () => {} });
      return hearRelay({ host, relay: first, signal, received, opened });
    }
    for (const relay of config.relays) {
      void keepRelay({ host, relay, signal, received, opened: () => {} });
    }
    void this.#teller?.run();
    await (config.relays.length > 0 ? this.#keeper?.keep() : this.#keeper?.run());
  }

  /** What our own radio heard. */
  #received(report: Report): void {
    this.#heardAt = this.#options.host.clock.monotonic();
    if (this.#teller) this.#teller.take(report);
    else this.#receiver.take(report);
  }

  #connect(named: Named, connector: Connector): void {
    const { host, signal } = this.#options;
    const device = this.#receiver.deviceOf(named);
    const address = (): string => this.#receiver.addressOf(device.ref) ?? "";
    const connected = new Connected({ host, named, device, connector, address, signal });
    this.#connected.set(identifierText(named.identifier), connected);
  }

  /** Where a device is, if our own radio, which is to connect, has heard it lately. */
  #whereabouts(address: string): Peer | undefined {
    const sender = this.#receiver.sender(address);
    const now = this.#options.host.clock.monotonic();
    const heardAt = sender?.sources.heardAt(ownReceiver) ?? -Infinity;
    const isInReach = sender?.isConnectable === true && now - heardAt < limits.inReachMs;
    return isInReach ? sender : undefined;
  }
}
