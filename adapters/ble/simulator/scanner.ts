import type { Clock, Timer } from "koine/adapter";
import type { Reader } from "./bytes.ts";
import { complete, type Answer, type Command } from "./commands.ts";
import type { Faults } from "./faults.ts";
import { leEvent, opcode, status } from "./hci.ts";
import type { Frame } from "./peripheral.ts";
import { encodeExtendedReport, encodeLegacyReport, fitting, reportsOf } from "./reports.ts";
import type { Report } from "./reports.ts";

/** The advertising commands of Bluetooth 4, or of 5: a host uses one kind until the next reset. */
type Kind = "legacy" | "extended";

interface Parameters {
  readonly isActive: boolean;
  /** The part of the time that it listens. */
  readonly duty: number;
}

export interface ScannerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly faults: Faults;
  /** How many reports an event has at most. */
  readonly reportsPerEvent: number;
  /** Where extended data is cut; without it, where an event is full. */
  readonly fragmentLength?: number;
  /** Sends an LE event, if the host wants it. */
  readonly send: (subevent: number, parameters: Buffer) => void;
  /** Its radio does something else. */
  readonly isBusy: () => boolean;
}

/** Steps of 0.625 ms: 2.5 ms … 10.24 s (Core, Vol 4, Part E, 7.8.10). */
const interval = { least: 0x0004, most: 0x4000 } as const;
const defaults: Parameters = { isActive: false, duty: 1 };
/** How long a report waits for others to share its event. */
const gatherMs = 20;
const durationStepMs = 10;
const phys = [0x01, 0x04];

/** The part of a controller that listens to advertisers. */
export class Scanner {
  readonly #options: ScannerOptions;
  #kind: Kind | undefined;
  #parameters = defaults;
  #isOn = false;
  #filtersDuplicates = false;
  readonly #seen = new Set<string>();
  #waiting: readonly Buffer[] = [];
  #gathering: Timer | undefined;
  #end: Timer | undefined;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /** Whether the host has turned it on; it may be silent all the same. */
  get isOn(): boolean {
    return this.#isOn;
  }

  commands(): readonly Command[] {
    return [
      [opcode.leSetScanParameters, 7, (read) => this.#legacy(() => this.#configure(read))],
      [opcode.leSetScanEnable, 2, (read) => this.#legacy(() => this.#turn(read))],
      [
        opcode.leSetExtendedScanParameters,
        undefined,
        (read) => this.#extended(() => this.#configureExtended(read)),
      ],
      [opcode.leSetExtendedScanEnable, 6, (read) => this.#extended(() => this.#turn(read))],
    ];
  }

  /** Says that the host uses commands of one kind; not, if it has used the other kind. */
  uses(kind: Kind): boolean {
    this.#kind ??= kind;
    return this.#kind === kind;
  }

  heard(frame: Frame): void {
    const { faults, random, isBusy } = this.#options;
    if (!this.#isOn || faults.isSilent || isBusy()) return;
    if (frame.isExtended && this.#kind === "legacy") return;
    if (this.#parameters.duty < 1 && random() >= this.#parameters.duty) return;
    for (const report of reportsOf(frame, this.#parameters.isActive)) {
      if (!faults.isReportLost() && this.#isNew(report)) this.#report(report);
    }
  }

  reset(): void {
    this.#stop();
    this.#kind = undefined;
    this.#parameters = defaults;
    this.#options.faults.wasReset();
  }

  #legacy(run: () => Answer): Answer {
    return this.uses("legacy") ? run() : complete(status.commandDisallowed);
  }

  #extended(run: () => Answer): Answer {
    return this.uses("extended") ? run() : complete(status.commandDisallowed);
  }

  #configure(read: Reader): Answer {
    return this.#set([this.#scanType(read)]);
  }

  /** Type, interval and window for each PHY (Vol 4, Part E, 7.8.64). */
  #configureExtended(read: Reader): Answer {
    read.take(2);
    const wanted = read.u8();
    const used = phys.filter((phy) => (wanted & phy) !== 0);
    if (used.length === 0 || read.left !== used.length * 5) {
      return complete(status.invalidParameters);
    }
    return this.#set(used.map(() => this.#scanType(read)));
  }

  #scanType(read: Reader): Parameters | undefined {
    const [type, every, window] = [read.u8(), read.u16(), read.u16()];
    const isInRange = [every, window].every(
      (steps) => steps >= interval.least && steps <= interval.most,
    );
    if (type > 1 || !isInRange || window > every) return undefined;
    return { isActive: type === 1, duty: window / every };
  }

  #set([parameters]: readonly (Parameters | undefined)[]): Answer {
    if (this.#isOn) return complete(status.commandDisallowed);
    if (!parameters) return complete(status.invalidParameters);
    this.#parameters = parameters;
    return complete();
  }

  #turn(read: Reader): Answer {
    const [enable, filter] = [read.u8(), read.u8()];
    const durationMs = read.left >= 2 ? read.u16() * durationStepMs : 0;
    if (enable > 1 || filter > 1) return complete(status.invalidParameters);
    if (enable === 0) {
      this.#stop();
      return complete();
    }
    const refusal = this.#options.faults.scanRefusal();
    if (refusal === status.success) this.#start(filter === 1, durationMs);
    return complete(refusal);
  }

  #start(filtersDuplicates: boolean, durationMs: number): void {
    this.#end?.cancel();
    this.#isOn = true;
    this.#filtersDuplicates = filtersDuplicates;
    this.#seen.clear();
    if (durationMs > 0) {
      this.#end = this.#options.clock.after(durationMs, () => this.#timeOut());
    }
  }

  #timeOut(): void {
    this.#stop();
    this.#options.send(leEvent.scanTimeout, Buffer.alloc(0));
  }

  #stop(): void {
    this.#isOn = false;
    this.#seen.clear();
    this.#waiting = [];
    this.#gathering?.cancel();
    this.#gathering = undefined;
    this.#end?.cancel();
    this.#options.faults.scanStopped();
  }

  /** By the address and the kind of frame alone, as common controllers do: a change is not seen. */
  #isNew({ address, addressType, isScanResponse }: Report): boolean {
    if (!this.#filtersDuplicates) return true;
    const key = `${addressType} ${address} ${isScanResponse}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #report(report: Report): void {
    const { clock, faults, reportsPerEvent, fragmentLength } = this.#options;
    const encoded =
      this.#kind === "extended"
        ? encodeExtendedReport(report, fragmentLength, faults.isReportTruncated())
        : [encodeLegacyReport(report)];
    this.#waiting = [...this.#waiting, ...encoded];
    if (this.#waiting.length >= reportsPerEvent) this.#flush();
    else this.#gathering ??= clock.after(gatherMs, () => this.#flush());
  }

  #flush(): void {
    this.#gathering?.cancel();
    this.#gathering = undefined;
    const { faults, send, reportsPerEvent } = this.#options;
    const subevent =
      this.#kind === "extended" ? leEvent.extendedAdvertisingReport : leEvent.advertisingReport;
    while (this.#waiting.length > 0) {
      const count = fitting(this.#waiting, reportsPerEvent);
      const reports = this.#waiting.slice(0, count);
      this.#waiting = this.#waiting.slice(count);
      send(subevent, faults.spoil(Buffer.concat([Buffer.from([count]), ...reports])));
    }
  }
}
