import { LinkError, reasonOf, type AdapterHost, type PropertyFacts, type Ref } from "koine/adapter";
import { aborted } from "../aborted.ts";
import type { ModemConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { Modem, type Inbound } from "./modem.ts";
import { ModemTrouble, type ModemFigures, type ModemStatus } from "./state.ts";

export interface KeeperOptions {
  readonly host: AdapterHost;
  readonly config: ModemConfig;
  readonly inbound: Inbound;
  readonly signal: AbortSignal;
  /** How it stands has changed. */
  readonly changed: () => void;
  /** It can send now. */
  readonly ready: () => void;
}

const properties: readonly PropertyFacts[] = [
  { is: "rssi" },
  { is: "x_sms_state", type: "string", access: "r", kind: "diagnostic", name: "State" },
  { is: "x_sms_operator", type: "string", access: "r", kind: "diagnostic", name: "Operator" },
  { is: "x_sms_stored", type: "integer", access: "r", kind: "diagnostic", name: "Messages stored" },
  {
    is: "x_sms_capacity",
    type: "integer",
    access: "r",
    kind: "diagnostic",
    name: "Room for messages",
  },
];

/** Keeps one modem going: opens it again, after a delay that grows, whenever it is gone. */
export class ModemKeeper {
  readonly #options: KeeperOptions;
  readonly #ref: Ref;
  #modem: Modem | undefined;
  #status: ModemStatus = { state: "opening" };
  #figures: ModemFigures = {};
  #attempts = 0;
  /** That it is away was said. */
  #isLossSaid = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#ref = [["modem", options.config.name]];
  }

  get name(): string {
    return this.#options.config.name;
  }

  get modem(): Modem | undefined {
    return this.#modem;
  }

  get status(): ModemStatus {
    return this.#status;
  }

  /** Tells what it is and how it stands. */
  describe(): void {
    const { host, config } = this.#options;
    const { maker, model, revision } = this.#figures;
    const facts = {
      name: `Modem ${config.name}`,
      ...(maker !== undefined && { manufacturer: maker }),
      ...(model !== undefined && { model }),
      ...(revision !== undefined && { firmware: revision }),
      properties,
    };
    host.emit({ type: "device", ref: this.#ref, facts });
    this.#tell();
  }

  /** Resolves when it is closed, after the signal. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#live(signal);
      if (signal.aborted) return;
      const { host } = this.#options;
      const whole = Math.min(limits.reopenMs * 2 ** this.#attempts, limits.reopenCeilingMs);
      this.#attempts += 1;
      await host.clock.sleep(whole * (0.5 + host.random() / 2), signal).catch(() => {});
    }
  }

  /** From opening it until it is gone. */
  async #live(signal: AbortSignal): Promise<void> {
    const { host, config, inbound, ready } = this.#options;
    try {
      const modem = await Modem.open({
        host,
        port: config.port,
        baudRate: config.baud_rate,
        pin: config.pin,
        inbound,
        stands: (status) => this.#stands(status),
        tells: (figures) => this.#learn(figures),
        ready,
      });
      this.#modem = modem;
      this.#attempts = 0;
      this.#isLossSaid = false;
      if (modem.isReady) ready();
      const reason = await Promise.race([modem.lost, aborted(signal)]);
      modem.close();
      if (reason) throw reason;
    } catch (error) {
      this.#lose(error);
    } finally {
      this.#modem = undefined;
    }
  }

  #lose(error: unknown): void {
    const { host, config } = this.#options;
    const reason = reasonOf(error);
    const state = error instanceof ModemTrouble ? error.state : "absent";
    if (!(error instanceof ModemTrouble) && !(error instanceof LinkError)) {
      host.log.error({ err: error }, "modem failed");
    }
    this.#stands({ state, reason });
    if (this.#isLossSaid) return;
    this.#isLossSaid = true;
    host.log.warn({ modem: config.name, state, reason }, "modem is not there");
  }

  #stands(status: ModemStatus): void {
    const isNews = status.state !== this.#status.state || status.reason !== this.#status.reason;
    this.#status = status;
    if (!isNews) return;
    this.#tell();
    this.#options.changed();
  }

  #learn(figures: ModemFigures): void {
    const isNew = figures.model !== undefined && figures.model !== this.#figures.model;
    this.#figures = { ...this.#figures, ...figures };
    if (isNew) this.describe();
    else this.#tell();
  }

  #tell(): void {
    const { host } = this.#options;
    const { operator, rssi, stored, capacity } = this.#figures;
    const { state } = this.#status;
    const values = [
      { is: "x_sms_state", value: state },
      ...(rssi === undefined ? [] : [{ is: "rssi", value: rssi }]),
      ...(operator === undefined ? [] : [{ is: "x_sms_operator", value: operator }]),
      ...(stored === undefined ? [] : [{ is: "x_sms_stored", value: stored }]),
      ...(capacity === undefined ? [] : [{ is: "x_sms_capacity", value: capacity }]),
    ];
    host.emit({ type: "readings", ref: this.#ref, values });
    const value = state === "absent" ? "offline" : "online";
    host.emit({ type: "availability", ref: this.#ref, value });
  }
}
