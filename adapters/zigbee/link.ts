import { join } from "node:path";
import { LinkError, reasonOf, type AdapterHost, type Clock, type Timer } from "koine/adapter";
import type { Controller } from "zigbee-herdsman";
import type { ZigbeeConfig } from "./config.ts";
import { findPort } from "./detection.ts";
import { fileNames } from "./files.ts";
import { forgetDevices, type Library } from "./library.ts";
import { limits } from "./limits.ts";
import { bytesOf, type Network } from "./network.ts";

export interface LinkOptions {
  readonly host: AdapterHost;
  readonly config: ZigbeeConfig;
  readonly library: Library;
  readonly network: Network;
  /** Whether a device may join, by its address of 16 hexadecimal digits. */
  readonly mayJoin: (ieee: string) => boolean;
}

/** How a stick came up: with its network, with one put back from the backup, or with a new one. */
export type Start = "resumed" | "restored" | "reset";

/** What is used of the driver of a stick beyond what the library offers. */
interface Driver {
  supportsBackup(): Promise<boolean>;
  getCoordinatorIEEE(): Promise<string>;
  stop(): Promise<void>;
  emit(event: "disconnected"): boolean;
  readonly znp?: { on(event: "received", take: (frame: ReceivedFrame) => void): unknown };
}

interface ReceivedFrame {
  readonly command?: { readonly name?: string };
}

/**
 * The stick and its network. One life: opened once, and lost or closed once. There may be one in a
 * thread, as the library keeps its devices in variables of its modules.
 */
export class Link {
  readonly controller: Controller;
  /** Resolves, to why, when the stick cannot be reached any more. */
  readonly lost: Promise<LinkError>;
  readonly #clock: Clock;
  #lose: (error: LinkError) => void = () => {};
  #probe: Timer | undefined;
  #heardAt: number;
  #failed = 0;
  #isClosed = false;

  constructor(options: LinkOptions, port: Awaited<ReturnType<typeof findPort>>) {
    const { host, library } = options;
    this.#clock = host.clock;
    this.#heardAt = host.clock.monotonic();
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.controller = new library.herdsman.Controller(controllerOptions(options, port));
    this.controller.on("adapterDisconnected", () => {
      this.#lose(new LinkError("The stick closed the connection"));
    });
    this.controller.on("lastSeenChanged", () => {
      this.#heardAt = this.#clock.monotonic();
    });
  }

  /**
   * Makes a link to the stick of the configuration; nothing is opened yet.
   * @throws LinkError when there is no stick
   * @throws ConfigError when there never can be one
   */
  static async make(options: LinkOptions): Promise<Link> {
    return new Link(options, await findPort(options.config));
  }

  /**
   * Opens the port and starts the network.
   * @throws LinkError when the stick does not answer, or the signal aborts
   */
  async start(signal: AbortSignal): Promise<Start> {
    const late = new AbortController();
    const timeout = this.#clock.sleep(limits.startMs, late.signal).then(() => {
      throw new LinkError(`The stick did not start within ${limits.startMs / 1_000} s`);
    });
    try {
      return await Promise.race([this.#start(signal), timeout, abortOf(signal)]);
    } finally {
      late.abort();
      timeout.catch(() => {});
    }
  }

  /** Whether this kind of stick can be read out into a backup. */
  async backsUp(): Promise<boolean> {
    return (await this.#driver()?.supportsBackup()) ?? false;
  }

  /** Closes the port and everything the library keeps going; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#probe?.cancel();
    this.controller.removeAllListeners();
    const closing = this.#close().catch(() => {});
    await Promise.race([closing, this.#clock.sleep(limits.closeMs)]);
  }

  async #start(signal: AbortSignal): Promise<Start> {
    try {
      forgetDevices();
      const result = await this.controller.start(signal);
      this.#watch();
      return result;
    } catch (cause) {
      throw new LinkError(`Cannot start the Zigbee stick: ${reasonOf(cause)}`, { cause });
    }
  }

  async #close(): Promise<void> {
    const driver = this.#driver();
    if (driver) {
      // The port first: what the library would say to the stick at its own end takes seconds.
      await driver.stop();
      driver.emit("disconnected");
    }
    await this.controller.stop();
  }

  /** Undefined until the library has made it. */
  #driver(): Driver | undefined {
    const driver: unknown = this.controller["adapter"];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- private there, and needed here
    return driver as Driver | undefined;
  }

  /** Notices a stick that has started anew by itself, or says nothing any more. */
  #watch(): void {
    const driver = this.#driver();
    driver?.znp?.on("received", ({ command }) => {
      if (command?.name === "resetInd" && !this.#isClosed) {
        this.#lose(new LinkError("The stick has started anew by itself"));
      }
    });
    this.#probe = this.#clock.every(limits.probeEveryMs, () => void this.#ask(driver));
  }

  async #ask(driver: Driver | undefined): Promise<void> {
    if (!driver || this.#clock.monotonic() - this.#heardAt < limits.probeEveryMs) return;
    const patience = new AbortController();
    const answered = await Promise.race([
      driver.getCoordinatorIEEE().then(
        () => true,
        () => false,
      ),
      this.#clock.sleep(limits.probeMs, patience.signal).then(
        () => false,
        () => false,
      ),
    ]);
    patience.abort();
    this.#failed = answered ? 0 : this.#failed + 1;
    if (this.#failed >= limits.probesFailed) {
      this.#lose(new LinkError("The stick does not answer any more"));
    }
  }
}

function controllerOptions(
  { config, network, host, mayJoin }: LinkOptions,
  port: Awaited<ReturnType<typeof findPort>>,
): ConstructorParameters<typeof Controller>[0] {
  const { directory } = host;
  const { concurrent, transmit_power: transmitPower } = config;
  return {
    network: {
      panID: network.pan_id,
      extendedPanID: bytesOf(network.extended_pan_id),
      channelList: [network.channel],
      networkKey: bytesOf(network.key),
    },
    serialPort: port,
    databasePath: join(directory, fileNames.database),
    databaseBackupPath: join(directory, `${fileNames.database}.backup`),
    backupPath: join(directory, fileNames.backup),
    adapter: {
      disableLED: config.disable_led,
      ...(concurrent !== undefined && { concurrent }),
      ...(transmitPower !== undefined && { transmitPower }),
    },
    acceptJoiningDeviceHandler: async (ieee) => mayJoin(bareAddress(ieee)),
  };
}

/** `0x00158d0001a2b3c4`, as the library writes addresses, without its prefix. */
export function bareAddress(ieee: string): string {
  return (ieee.startsWith("0x") ? ieee.slice(2) : ieee).toLowerCase();
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new LinkError("It was told to stop"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
