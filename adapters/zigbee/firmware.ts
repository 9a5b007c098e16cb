import { stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { CommandError, reasonOf, type AdapterHost, type Scalar } from "koine/adapter";
import type { Events, Types } from "zigbee-herdsman";
import type { ZigbeeConfig } from "./config.ts";
import { writeFileSafely } from "./files.ts";
import type { Library } from "./library.ts";
import { limits } from "./limits.ts";
import type { Member } from "./member.ts";

/** An index with nothing in it. */
const emptyIndex = "no-firmware.json";

/** ZCL §2.6.3. */
const noImage = 0x98;

interface Query {
  readonly manufacturerCode: number;
  readonly imageType: number;
  readonly fileVersion: number;
  readonly fieldControl: number;
}

/**
 * Firmware for devices: every question of theirs is answered, as they ask on and on otherwise; and
 * updates, each when a person asks for it.
 */
export class Firmware {
  readonly #host: AdapterHost;
  readonly #index: string | undefined;
  readonly #updating = new Map<string, Member>();

  constructor(host: AdapterHost, library: Library, config: ZigbeeConfig) {
    this.#host = host;
    this.#index = config.ota.index;
    library.herdsman.setOtaConfiguration(
      host.directory,
      isUrl(this.#index) ? undefined : this.#index,
    );
  }

  /** A device asks whether there is newer firmware: it is told that there is none for it now. */
  async answer(member: Member, { endpoint, data, meta }: Events.MessagePayload): Promise<void> {
    if (this.#updating.has(member.ieee)) return;
    try {
      await endpoint.commandResponse(
        "genOta",
        "queryNextImageResponse",
        { status: noImage },
        undefined,
        meta.zclTransactionSequenceNumber,
      );
      const query = queryIn(data);
      if (query && this.#index !== undefined) await this.#look(member, query);
    } catch (error) {
      this.#host.count("ota_answers_failed");
      this.#host.log.debug(
        { device: member.ieee, reason: reasonOf(error) },
        "no answer about firmware",
      );
    }
  }

  /**
   * Whether there is newer firmware for a device, as the index says.
   * @throws CommandError when there is no index, or the device does not answer
   */
  async check(member: Member): Promise<Scalar> {
    if (this.#index === undefined) {
      throw new CommandError(
        "unsupported",
        "There is no index of firmware: set ota.index in the configuration, or update from a file",
      );
    }
    return this.#look(member, undefined);
  }

  /**
   * Starts an update; resolves when the device has begun to take it. What becomes of it is told as
   * notices `ota` and on the device.
   * @param file an image on this machine; without, what the index has for the device
   * @throws CommandError when there is none, or the device does not take it
   */
  async update(member: Member, file: string | undefined): Promise<Scalar> {
    if (this.#updating.size >= limits.updates) {
      throw new CommandError("rate_limited", "Another device takes new firmware; one at a time");
    }
    if (file !== undefined) await checkFile(file);
    else if (this.#index === undefined) await this.check(member);
    this.#updating.set(member.ieee, member);
    await new Promise<void>((begun, failed) => {
      const running = this.#run(member, file, begun);
      running.catch(failed).finally(() => this.#updating.delete(member.ieee));
    });
    return { status: "started" };
  }

  /** Ends an update under way. */
  abort(member: Member): void {
    if (!this.#updating.has(member.ieee)) {
      throw new CommandError("unsupported", "This device takes no firmware now");
    }
    member.device.abortOta();
  }

  /** Ends every update under way: the link goes. */
  stop(): void {
    for (const member of this.#updating.values()) member.device.abortOta();
  }

  async #run(member: Member, file: string | undefined, begun: () => void): Promise<void> {
    const source = file === undefined ? await this.#source() : { downgrade: false, url: file };
    const progress = (percent: number, remainingS = 0): void => {
      this.#tell(member, "updating", { progress: percent, remaining_s: Math.round(remainingS) });
      this.#read(member, [{ is: "x_zigbee_update_progress", value: percent }]);
      begun();
    };
    const settings = {
      requestTimeout: limits.blockMs,
      responseDelay: limits.blockDelayMs,
      baseSize: 50,
    };
    try {
      const [, done] = await member.device.updateOta(
        source,
        undefined,
        undefined,
        extrasOf(member),
        progress,
        settings,
      );
      if (!done) throw new CommandError("unsupported", "The image is not newer than what it has");
      this.#read(member, [{ is: "update_available", value: false }]);
      this.#tell(member, "done", { version: done.fileVersion });
    } catch (cause) {
      const message = reasonOf(cause);
      this.#tell(member, "failed", { message });
      if (cause instanceof CommandError) throw cause;
      throw new CommandError("device_error", `Cannot update the device: ${message}`, { cause });
    }
  }

  async #look(member: Member, query: Query | undefined): Promise<Scalar> {
    try {
      const source = await this.#source();
      const { available, current, availableMeta } = await member.device.checkOta(
        source,
        query,
        extrasOf(member),
      );
      this.#read(member, [{ is: "update_available", value: available }]);
      const latest = availableMeta?.fileVersion ?? current.fileVersion;
      return { available, current: current.fileVersion, latest };
    } catch (cause) {
      throw new CommandError("device_error", `Cannot look for firmware: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }

  /**
   * Where to look. A file on this machine is an addition to a main index, for which the library would
   * go to the internet: here that one is empty.
   */
  async #source(): Promise<Types.OtaSource> {
    if (this.#index !== undefined && isUrl(this.#index))
      return { downgrade: false, url: this.#index };
    const nothing = join(this.#host.directory, emptyIndex);
    await writeFileSafely(nothing, "[]");
    return { downgrade: false, url: nothing };
  }

  #read(member: Member, values: readonly { readonly is: string; readonly value: Scalar }[]): void {
    this.#host.emit({ type: "readings", ref: member.ref, values });
  }

  #tell(member: Member, status: string, data: Readonly<Record<string, Scalar>>): void {
    const { ieee, ref } = member;
    this.#host.emit({ type: "notice", name: "ota", ref, data: { ieee, status, ...data } });
  }
}

function isUrl(index: string | undefined): boolean {
  return index !== undefined && /^https?:/.test(index);
}

/** What the definition of its model adds to what tells images apart. */
function extrasOf({ definition: { ota } }: Member): Exclude<typeof ota, boolean | undefined> {
  return typeof ota === "object" ? ota : {};
}

/** @throws CommandError when it is no file that could be an image */
async function checkFile(file: string): Promise<void> {
  if (!isAbsolute(file)) {
    throw new CommandError("bad_payload", `Give the whole path of the image, not "${file}"`);
  }
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new CommandError("bad_payload", `There is no file "${file}"`);
  if (found.size > limits.imageBytes) {
    throw new CommandError("too_large", `"${file}" is larger than any firmware image`);
  }
}

function queryIn(data: Events.MessagePayload["data"]): Query | undefined {
  if (Array.isArray(data) || Buffer.isBuffer(data)) return undefined;
  const { manufacturerCode, imageType, fileVersion, fieldControl = 0 } = data;
  const fields = [manufacturerCode, imageType, fileVersion, fieldControl];
  if (!fields.every((field) => typeof field === "number")) return undefined;
  const [maker = 0, kind = 0, version = 0, control = 0] = fields.map(Number);
  return { manufacturerCode: maker, imageType: kind, fileVersion: version, fieldControl: control };
}
