import type { EventEmitter } from "node:events";
import { CommandError, reasonOf, type Clock } from "koine/adapter";
import { shortUuid } from "../advertisement.ts";
import { limits } from "../limits.ts";
import type { Noble } from "./noble.ts";
import type { Connection, Peer, Place } from "./radio.ts";

export interface NoblePeripheral extends EventEmitter {
  readonly uuid: string;
  readonly state: string;
  connectAsync(): Promise<void>;
  cancelConnect(): void;
  disconnect(): void;
  discoverServicesAsync(uuids: readonly string[]): Promise<readonly NobleService[]>;
}

interface NobleService {
  readonly uuid: string;
  discoverCharacteristicsAsync(uuids: readonly string[]): Promise<readonly NobleCharacteristic[]>;
}

interface NobleCharacteristic extends EventEmitter {
  readonly uuid: string;
  readAsync(): Promise<Buffer>;
  writeAsync(data: Buffer, withoutResponse: boolean): Promise<void>;
  subscribeAsync(): Promise<void>;
}

interface Options {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Emits `cut` when the controller drops every connection, of which the library says nothing. */
  readonly links: EventEmitter;
  /** The controller does not end a connection that was given up: no other one can be made. */
  readonly hung: () => void;
}

/**
 * Connects to one peripheral. The library only knows whom it was told of, so it is told of this one.
 * @throws CommandError when it cannot be reached before the signal aborts
 */
export async function connectTo(noble: Noble, peer: Peer, options: Options): Promise<Connection> {
  const peripheral = introduce(noble, peer);
  const { signal, clock, links } = options;
  const over = new Promise<boolean>((resolve) => {
    noble._bindings._hci.once("leConnComplete", () => resolve(true));
  });
  const cancel = (): void => peripheral.cancelConnect();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await peripheral.connectAsync();
  } catch (cause) {
    // The controller ends it later than the library says; the next one must not get its error.
    if (signal.aborted && !(await isEnded(over, clock))) options.hung();
    // It may have been made in the very moment that it was given up.
    if (noble._bindings._handles[peer.address] !== undefined) peripheral.disconnect();
    else forget(noble, peer.address);
    if (signal.aborted)
      throw new CommandError("no_answer", "The device did not let itself be connected to in time", {
        cause,
      });
    throw new CommandError("unreachable", `Cannot connect to the device: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  return new NobleConnection(noble, peripheral, { clock, links });
}

function isEnded(over: Promise<boolean>, clock: Clock): Promise<boolean> {
  return Promise.race([over, clock.sleep(limits.commandMs).then(() => false)]);
}

/** Makes the peripheral known to the library, as if it had been discovered. */
function introduce(noble: Noble, { address, addressType }: Peer): NoblePeripheral {
  const { _bindings: bindings } = noble;
  const text = address.replace(/..(?=.)/g, "$&:");
  const type = addressType === "random" ? "random" : "public";
  bindings._addresses[address] = text;
  bindings._addresseTypes[address] = type;
  const nothing = { serviceUuids: [], serviceData: [] };
  bindings.emit("discover", address, text, type, true, nothing, 0, false);
  const peripheral = noble._peripherals[address];
  if (!peripheral) throw new CommandError("unreachable", "The device is not known to the radio");
  return peripheral;
}

/** The library keeps whatever it was told of for ever. */
function forget(noble: Noble, address: string): void {
  const { _bindings: bindings } = noble;
  const maps: Record<string, unknown>[] = [
    noble._peripherals,
    noble._services,
    noble._characteristics,
    noble._descriptors,
    bindings._addresses,
    bindings._addresseTypes,
    bindings._gap._discoveries,
  ];
  for (const map of maps) delete map[address];
}

const attChannel = 4;
const attErrorResponse = 0x01;
const attErrors: Readonly<Record<number, string>> = {
  0x01: "there is no such characteristic",
  0x02: "it may not be read",
  0x03: "it may not be written",
  0x05: "it asks for pairing",
  0x06: "it does not do that",
  0x08: "it asks for permission",
  0x0c: "its key is too short",
  0x0d: "the value has the wrong length",
  0x0f: "it asks for encryption",
  0x11: "it has no room",
};

class NobleConnection implements Connection {
  readonly gone: Promise<void>;
  readonly #noble: Noble;
  readonly #peripheral: NoblePeripheral;
  readonly #clock: Clock;
  /** The characteristics of each service that was asked for. */
  readonly #services = new Map<string, readonly NobleCharacteristic[]>();
  /** Told of every refusal of the peripheral; the library keeps some of them to itself. */
  #refused: (code: number) => void = () => {};

  constructor(
    noble: Noble,
    peripheral: NoblePeripheral,
    { clock, links }: Pick<Options, "clock" | "links">,
  ) {
    this.#noble = noble;
    this.#peripheral = peripheral;
    this.#clock = clock;
    this.gone = new Promise((resolve) => {
      const end = (): void => {
        links.off("cut", end);
        forget(noble, peripheral.uuid);
        resolve();
      };
      peripheral.once("disconnect", end);
      links.once("cut", end);
    });
    const { _handles: handles, _aclStreams: streams } = noble._bindings;
    const handle = handles[peripheral.uuid];
    const stream = handle === undefined ? undefined : streams[handle];
    // Before the library, to which a refusal to read is an empty value.
    stream?.prependListener("data", (channel: number, data: Buffer) => {
      if (channel === attChannel && data[0] === attErrorResponse) this.#refused(data[4] ?? 0);
    });
  }

  async read(place: Place): Promise<Buffer> {
    const characteristic = await this.#find(place);
    return this.#call("read it", characteristic.readAsync());
  }

  async write(place: Place, value: Buffer, withResponse: boolean): Promise<void> {
    const characteristic = await this.#find(place);
    await this.#call("take the value", characteristic.writeAsync(value, !withResponse));
  }

  async subscribe(place: Place, notified: (value: Buffer) => void): Promise<() => void> {
    const characteristic = await this.#find(place);
    const listen = (value: Buffer, isNotification: boolean): void => {
      if (isNotification) notified(value);
    };
    characteristic.on("data", listen);
    const end = (): void => void characteristic.off("data", listen);
    try {
      await this.#call("confirm the subscription", characteristic.subscribeAsync());
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#peripheral.state === "connected") this.#peripheral.disconnect();
    const late = new AbortController();
    const patience = this.#clock.sleep(limits.callMs, late.signal).catch(() => {});
    await Promise.race([this.gone, patience]);
    late.abort();
    forget(this.#noble, this.#peripheral.uuid);
  }

  async #find({ service, characteristic }: Place): Promise<NobleCharacteristic> {
    let known = this.#services.get(service);
    if (!known) {
      const services = await this.#call(
        "list its services",
        this.#peripheral.discoverServicesAsync([]),
        (code) => code !== endOfList,
      );
      const found = services.find(({ uuid }) => shortUuid(uuid) === service);
      if (!found) throw new CommandError("no_property", `The device has no service "${service}"`);
      known = await this.#call(
        "list its characteristics",
        found.discoverCharacteristicsAsync([]),
        (code) => code !== endOfList,
      );
      this.#services.set(service, known);
    }
    const found = known.find(({ uuid }) => shortUuid(uuid) === characteristic);
    if (found) return found;
    throw new CommandError("no_property", `The device has no characteristic "${characteristic}"`);
  }

  /** Whatever the library promises may never come: a refusal, a lost link and time end it here. */
  async #call<T>(
    what: string,
    work: Promise<T>,
    isRefusal: (code: number) => boolean = () => true,
  ): Promise<T> {
    const late = new AbortController();
    const refusal = new Promise<never>((_, reject) => {
      this.#refused = (code) => {
        if (isRefusal(code)) reject(new CommandError("device_error", refusalText(what, code)));
      };
    });
    const gone = this.gone.then((): never => {
      throw new CommandError("unreachable", "The connection to the device was lost");
    });
    const deadline = this.#clock.sleep(limits.callMs, late.signal).then((): never => {
      // The library, like ATT itself, asks nothing more before it is answered: the link is of no use.
      this.#peripheral.disconnect();
      const seconds = limits.callMs / 1_000;
      throw new CommandError("no_answer", `The device did not ${what} within ${seconds} s`);
    });
    const all = [work, refusal, gone, deadline];
    try {
      return await Promise.race(all);
    } finally {
      late.abort();
      this.#refused = () => {};
      for (const one of all) one.catch(() => {});
    }
  }
}

/** How a peripheral says that there is nothing more to list. */
const endOfList = 0x0a;

function refusalText(what: string, code: number): string {
  const hex = `0x${code.toString(16).padStart(2, "0")}`;
  return `The device did not ${what}: ${attErrors[code] ?? "refused"} (ATT error ${hex})`;
}
