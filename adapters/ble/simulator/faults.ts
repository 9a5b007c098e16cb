import { status } from "./hci.ts";

/** What cures a controller that hears nothing any more. */
export type Cure =
  /** Scanning is turned off and on again. */
  | "scan"
  /** It is reset, or the connection to it is made anew. */
  | "reset";

/** Something that is answered with a status, a number of times. */
interface Refused {
  readonly status: number;
  times: number;
}

/** What is wrong with a controller, and for how long. */
export class Faults {
  readonly #random: () => number;
  #silentUntil: Cure | undefined;
  #scans: Refused | undefined;
  #commands: Refused | undefined;
  #connections: Refused | undefined;
  #lossRate = 0;
  #spoilRate = 0;
  #truncationRate = 0;
  /** Takes commands and answers none. */
  isHung = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Scanning stays "on" and nothing is reported any more. */
  fallSilent(until: Cure): void {
    this.#silentUntil = until;
  }

  get isSilent(): boolean {
    return this.#silentUntil !== undefined;
  }

  /** The next commands that turn scanning on are refused. */
  refuseScan(code: number = status.commandDisallowed, times = 1): void {
    this.#scans = { status: code, times };
  }

  /** The next commands that make a connection are refused at once. */
  refuseConnect(code: number = status.commandDisallowed, times = 1): void {
    this.#commands = { status: code, times };
  }

  /** The next connections fail as the peripheral is met. */
  failConnection(code: number = status.notEstablished, times = 1): void {
    this.#connections = { status: code, times };
  }

  /** @param rate the part of all reports that never reaches the host, 0 … 1 */
  loseReports(rate: number): void {
    this.#lossRate = rate;
  }

  /** @param rate the part of all report events that are cut, too long or noise, 0 … 1 */
  spoilReports(rate: number): void {
    this.#spoilRate = rate;
  }

  /** @param rate the part of all extended reports in fragments whose rest is lost, 0 … 1 */
  truncateReports(rate: number): void {
    this.#truncationRate = rate;
  }

  isReportTruncated(): boolean {
    return this.#truncationRate > 0 && this.#random() < this.#truncationRate;
  }

  /** The status of a command to scan that is refused. */
  scanRefusal(): number {
    return take(this.#scans);
  }

  connectRefusal(): number {
    return take(this.#commands);
  }

  connectionFailure(): number {
    return take(this.#connections);
  }

  isReportLost(): boolean {
    return this.#lossRate > 0 && this.#random() < this.#lossRate;
  }

  /** What is sent instead of the parameters of an event; mostly themselves. */
  spoil(parameters: Buffer): Buffer {
    if (this.#spoilRate === 0 || this.#random() >= this.#spoilRate) return parameters;
    const [cut, stretched, noise] = [
      parameters.subarray(0, 1 + this.#below(parameters.length - 1)),
      Buffer.concat([parameters, this.#noise(1 + this.#below(16))]).subarray(0, 255),
      Buffer.concat([parameters.subarray(0, 2), this.#noise(parameters.length)]).subarray(0, 255),
    ];
    return [cut, stretched, noise][this.#below(3)] ?? parameters;
  }

  /** Scanning was turned off. */
  scanStopped(): void {
    if (this.#silentUntil === "scan") this.#silentUntil = undefined;
  }

  wasReset(): void {
    this.#silentUntil = undefined;
  }

  #noise(length: number): Buffer {
    return Buffer.from(Buffer.alloc(length).map(() => this.#below(256)));
  }

  #below(end: number): number {
    return Math.floor(this.#random() * end);
  }
}

/** The status of what is refused once more; success if nothing is. */
function take(refused: Refused | undefined): number {
  if (!refused || refused.times <= 0) return status.success;
  refused.times -= 1;
  return refused.status;
}
