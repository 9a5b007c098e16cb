import { LinkError, reasonOf, type AdapterHost, type PropertyFacts, type Ref } from "koine/adapter";
import { aborted } from "../aborted.ts";
import type { ModemConfig } from "../config.ts";
import { limits } from "../limits.ts";
import { withoutNumbers } from "../number.ts";
import { resetUsb } from "../../serial/usb.ts";
import { AtFailure } from "../at/failure.ts";
import { Modem, type Inbound } from "./modem.ts";
import { placesOf } from "./places.ts";
import { ModemTrouble, type ModemFigures, type ModemStatus } from "./state.ts";

export interface KeeperOptions {
  readonly host: AdapterHost;
  readonly config: ModemConfig;
  readonly inbound: Inbound;
  readonly signal: AbortSignal;
  /** Whether an alarm may still be sent over it. */
  readonly isInBudget: () => boolean;
  /** How it stands has changed. */
  readonly changed: () => void;
  /** It can send now. */
  readonly ready: () => void;
}

const properties: readonly PropertyFacts[] = [
  { is: "rssi" },
  { is: "sms_credit_ok" },
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

const balanceProperty: PropertyFacts = {
  is: "x_sms_balance",
  type: "string",
  access: "r",
  kind: "diagnostic",
  name: "Balance",
};

/**
 * Keeps one modem going: opens it again, after a delay that grows, whenever it is gone. One that does
 * not answer is told to start anew, and then loses its power for a moment, as far as USB can do that.
 */
export class ModemKeeper {
  readonly #options: KeeperOptions;
  readonly #ref: Ref;
  #modem: Modem | undefined;
  #status: ModemStatus = { state: "opening" };
  #figures: ModemFigures = {};
  #attempts = 0;
  /** How often in a row it was there and did not answer. */
  #silences = 0;
  /** Where it was last. */
  #place: string | undefined;
  /** Whether there is something at its port, for all that it does not work. */
  #isThere = false;
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
      properties: config.balance === undefined ? properties : [...properties, balanceProperty],
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
      // Looking whether a port is there costs nothing, and whoever plugs it in waits for that.
      const ceiling = this.#isThere ? limits.reopenCeilingMs : limits.absentCeilingMs;
      const whole = Math.min(limits.reopenMs * 2 ** this.#attempts, ceiling);
      this.#attempts += 1;
      await host.clock.sleep(whole * (0.5 + host.random() / 2), signal).catch(() => {});
    }
  }

  /** From opening it until it is gone. */
  async #live(signal: AbortSignal): Promise<void> {
    const { ready } = this.#options;
    try {
      const modem = await this.#open();
      this.#modem = modem;
      this.#attempts = 0;
      this.#silences = 0;
      this.#isLossSaid = false;
      if (modem.isReady) ready();
      const reason = await Promise.race([modem.lost, aborted(signal)]);
      await modem.close();
      if (reason) throw reason;
    } catch (error) {
      this.#lose(error);
    } finally {
      this.#modem = undefined;
    }
  }

  /** Opens it where it answers; the place where it was last comes first. */
  async #open(): Promise<Modem> {
    const { config } = this.#options;
    const places = await placesOf(config.port);
    const ordered = places.toSorted(
      (a, b) => Number(b === this.#place) - Number(a === this.#place),
    );
    let failure: unknown;
    for (const place of ordered) {
      try {
        const modem = await this.#openAt(place, places.length > 1);
        this.#place = place;
        return modem;
      } catch (error) {
        if (error instanceof ModemTrouble) throw error;
        failure = error;
      }
    }
    await this.#mend(ordered, failure);
    throw failure;
  }

  #openAt(port: string, isGuess: boolean): Promise<Modem> {
    const { host, config, inbound, ready } = this.#options;
    return Modem.open({
      host,
      port,
      baudRate: config.baud_rate,
      name: config.name,
      pin: config.pin,
      balance: config.balance,
      isGuess,
      isStuck: this.#silences > 0 && this.#silences % limits.silencesToRestart === 0,
      inbound,
      stands: (status) => this.#stands(status),
      tells: (figures) => this.#learn(figures),
      ready,
    });
  }

  /** One that is there and says nothing: after several times its USB device is reset. */
  async #mend([place]: readonly string[], failure: unknown): Promise<void> {
    const { host } = this.#options;
    const isSilent = isSilence(failure);
    this.#silences = isSilent ? this.#silences + 1 : 0;
    const isTime = this.#silences > 0 && this.#silences % limits.silencesToReset === 0;
    if (!isTime || place === undefined || place.startsWith("tcp:")) return;
    const isReset = await resetUsb(place, async () => host.clock.sleep(limits.usbOffMs));
    host.count(isReset ? "usb_resets" : "usb_resets_refused");
    host.log.warn({ modem: this.name, isReset }, "modem does not answer: its USB device was reset");
  }

  #lose(error: unknown): void {
    const { host, config } = this.#options;
    const reason = reasonOf(error);
    const state = error instanceof ModemTrouble ? error.state : "absent";
    if (!(error instanceof ModemTrouble) && !(error instanceof LinkError)) {
      host.log.error({ err: error }, "modem failed");
    }
    this.#isThere = error instanceof ModemTrouble || isSilence(error);
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
    const { operator, rssi, stored, capacity, balance } = this.#figures;
    const { state } = this.#status;
    const values = [
      { is: "x_sms_state", value: state },
      { is: "sms_credit_ok", value: state === "ready" && this.#options.isInBudget() },
      ...(rssi === undefined ? [] : [{ is: "rssi", value: rssi }]),
      ...(operator === undefined ? [] : [{ is: "x_sms_operator", value: operator }]),
      ...(stored === undefined ? [] : [{ is: "x_sms_stored", value: stored }]),
      ...(capacity === undefined ? [] : [{ is: "x_sms_capacity", value: capacity }]),
      ...(balance === undefined ? [] : [{ is: "x_sms_balance", value: withoutNumbers(balance) }]),
    ];
    host.emit({ type: "readings", ref: this.#ref, values });
    const value = state === "absent" ? "offline" : "online";
    host.emit({ type: "availability", ref: this.#ref, value });
  }
}

/** Whether the port was opened, and the modem there did not do as it was told. */
function isSilence(error: unknown): boolean {
  if (!(error instanceof LinkError) || !(error.cause instanceof AtFailure)) return false;
  return error.cause.kind !== "gone";
}
