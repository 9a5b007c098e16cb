import { EventEmitter, once } from "node:events";
import { LinkError, reasonOf, type Clock, type Logger } from "koine/adapter";
import { limits } from "../limits.ts";
import { connectTo, type NoblePeripheral } from "./noble-connection.ts";
import type { Connection, Peer, Radio, Report } from "./radio.ts";
import {
  advertisingReport,
  extendedAdvertisingReport,
  ExtendedReports,
  readLegacy,
} from "./reports.ts";

/* The parts of @abandonware/noble 1.9.2-26 that are used. Those behind an underscore are private: the
version is pinned, and tests run the real package. Another package that has them can stand in. */

interface NobleHci extends EventEmitter {
  setScanEnabled(enabled: boolean, filterDuplicates: boolean): void;
  setScanParameters(interval: number, window: number): void;
  processLeMetaEvent(type: number, count: number, data: Buffer): void;
  reset(): void;
  pollIsDevUp: () => void;
  readonly _socket: { stop(): void; removeAllListeners(): void };
}

export interface NobleBindings extends EventEmitter {
  readonly _hci: NobleHci;
  onSigInt: () => void;
  readonly _addresses: Record<string, string>;
  readonly _addresseTypes: Record<string, string>;
  readonly _gap: { readonly _discoveries: Record<string, unknown> };
  readonly _handles: Readonly<Record<string, number>>;
  readonly _aclStreams: Readonly<Record<number, EventEmitter>>;
}

export interface Noble extends EventEmitter {
  readonly _bindings: NobleBindings;
  readonly _peripherals: Record<string, NoblePeripheral>;
  readonly _services: Record<string, unknown>;
  readonly _characteristics: Record<string, unknown>;
  readonly _descriptors: Record<string, unknown>;
}

export interface NobleOptions {
  /** Makes the library's central; it opens the controller when its state is first asked for. */
  readonly make: () => Promise<Noble>;
  /** Name of the receiver in reports. */
  readonly receiver: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** In units of 0.625 ms. */
  readonly scan: { readonly interval: number; readonly window: number };
  readonly received: (report: Report) => void;
  readonly count: (name: string) => void;
  /** The controller was switched off or on. */
  readonly switched: (isOn: boolean) => void;
}

const reasons: Readonly<Record<string, string>> = {
  unauthorized:
    "it may not be used: the program needs the capabilities NET_RAW and NET_ADMIN (docs/devices-ble.md)",
  unsupported: "it does not speak Bluetooth Low Energy",
};

/**
 * Opens the controller that noble drives.
 * @throws LinkError when there is none, or it does not become ready
 */
export async function openNoble(options: NobleOptions): Promise<Radio> {
  let noble: Noble;
  try {
    noble = await options.make();
  } catch (cause) {
    throw unavailable(reasonOf(cause), cause);
  }
  const radio = new NobleRadio(noble, options);
  try {
    await radio.open();
    return radio;
  } catch (error) {
    await radio.close();
    throw error;
  }
}

class NobleRadio implements Radio {
  readonly lost: Promise<Error>;
  isOn = false;
  readonly #noble: Noble;
  readonly #options: NobleOptions;
  readonly #extended: ExtendedReports;
  /** Emits `cut` when the controller drops every connection. */
  readonly #links = new EventEmitter().setMaxListeners(0);
  #lose: (error: Error) => void = () => {};
  /** What the radio does with the controller, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(noble: Noble, options: NobleOptions) {
    this.#noble = noble;
    this.#options = options;
    this.#extended = new ExtendedReports(options.count);
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  async open(): Promise<void> {
    const { _bindings: bindings } = this.#noble;
    this.#takeReports(bindings._hci);
    // The library would end the process in the middle of a shutdown.
    bindings.onSigInt = () => {};
    this.#noble.on("warning", (text: string) => this.#lose(unavailable(text)));
    const ready = new Promise<void>((resolve, reject) => {
      // Listening to this opens the controller.
      this.#noble.on("stateChange", (state: string) => {
        const reason = reasons[state];
        if (reason !== undefined) reject(unavailable(reason));
        this.#entered(state === "poweredOn");
        if (this.isOn) resolve();
      });
    });
    const lost = this.lost.then((error): never => {
      throw error;
    });
    await this.#within(limits.openMs, Promise.race([ready, lost]), "become ready");
  }

  async scan(): Promise<void> {
    await this.#inTurn(() => this.#startScan());
  }

  async reset(): Promise<void> {
    await this.#inTurn(async () => {
      const ready = once(this.#noble._bindings._hci, "leScanParametersSet");
      this.#noble._bindings._hci.reset();
      await this.#within(limits.openMs, ready, "come back from a reset");
      this.#links.emit("cut");
      await this.#startScan();
    });
  }

  async connect(peer: Peer, signal: AbortSignal): Promise<Connection> {
    return this.#inTurn(async () => {
      signal.throwIfAborted();
      await this.#enableScan(false);
      try {
        return await connectTo(this.#noble, peer, {
          signal,
          clock: this.#options.clock,
          links: this.#links,
          hung: () => {
            const reason = "The Bluetooth controller does not end a connection that was given up";
            this.#lose(new LinkError(reason));
          },
        });
      } finally {
        await this.#startScan().catch((err: unknown) => {
          // The watchdog hears the silence.
          this.#options.log.debug({ err }, "scan not resumed");
        });
      }
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { _hci: hci } = this.#noble._bindings;
    this.#noble.removeAllListeners("stateChange");
    await this.#enableScan(false).catch(() => {
      // A controller that is gone scans no more.
    });
    // It would look once a second for ever, and take the controller again when that is switched on.
    hci.pollIsDevUp = () => {};
    hci._socket.removeAllListeners();
    hci._socket.stop();
    this.#links.emit("cut");
  }

  /** Reads reports before the library merges them, and keeps for every sender ever heard an object. */
  #takeReports(hci: NobleHci): void {
    const others = hci.processLeMetaEvent.bind(hci);
    const { receiver, count } = this.#options;
    hci.processLeMetaEvent = (type, number, data) => {
      if (type !== advertisingReport && type !== extendedAdvertisingReport) {
        return others(type, number, data);
      }
      const { reports, isCut } =
        type === advertisingReport
          ? readLegacy(number, data, receiver)
          : this.#extended.read(number, data, receiver);
      if (isCut) count("events_cut");
      for (const report of reports) this.#options.received(report);
    };
  }

  #entered(isOn: boolean): void {
    if (this.isOn === isOn || this.#isClosed) return;
    this.isOn = isOn;
    this.#links.emit("cut");
    this.#options.switched(isOn);
  }

  async #startScan(): Promise<void> {
    const { scan } = this.#options;
    const hci = this.#noble._bindings._hci;
    await this.#enableScan(false);
    const set = once(hci, "leScanParametersSet");
    hci.setScanParameters(scan.interval, scan.window);
    await this.#within(limits.commandMs, set, "take scan parameters");
    await this.#enableScan(true);
  }

  /** The library takes the answer to one command for that of another, so it is asked directly. */
  async #enableScan(isEnabled: boolean): Promise<void> {
    const hci = this.#noble._bindings._hci;
    const answered = new Promise<number>((resolve) => {
      hci.once("leScanEnableSet", resolve);
    });
    hci.setScanEnabled(isEnabled, false);
    const status = await this.#within(limits.commandMs, answered, "answer");
    // To disable what is disabled is an error to some controllers, and to nobody else.
    if (status === 0 || !isEnabled) return;
    const code = `0x${status.toString(16).padStart(2, "0")}`;
    throw new LinkError(`The Bluetooth controller refuses to scan: status ${code}`);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
    const { clock } = this.#options;
    const late = new AbortController();
    const deadline = clock.sleep(ms, late.signal).then(() => {
      throw new LinkError(`The Bluetooth controller did not ${what} within ${ms / 1_000} s`);
    });
    try {
      return await Promise.race([work, deadline]);
    } finally {
      late.abort();
      deadline.catch(() => {});
      work.catch(() => {});
    }
  }
}

/** What the system says, somewhere in several lines, and what that means to whoever reads it. */
const meanings: readonly (readonly [said: RegExp, means: string])[] = [
  [/EAFNOSUPPORT/, "this system has no Bluetooth"],
  [/ENODEV|No such device/, "there is no such controller; controller: names another one"],
  [
    /Cannot find module .*(?:noble|hci[-_]socket)/,
    "its library is not installed, as it is compiled: sudo apt install build-essential python3, then npm ci; " +
      "a global installation: npm install -g --allow-scripts=@abandonware/bluetooth-hci-socket koine",
  ],
  [
    /was compiled against a different Node/,
    "its library was built for another Node.js: npm rebuild",
  ],
];

function unavailable(said: string, cause?: unknown): LinkError {
  const meaning = meanings.find(([pattern]) => pattern.test(said))?.[1];
  const [first = ""] = said.split("\n");
  const reason = meaning === undefined ? first : `${meaning} (${first})`;
  return new LinkError(`Bluetooth is not available: ${reason}`, { cause });
}
