import type { Clock } from "../clock.ts";
import type { CommandOutcome } from "../system-command.ts";

/** A serial port with something from USB behind it. */
export interface PluggedIn {
  /** Under a name that stays when it is plugged in elsewhere. */
  readonly path: string;
  /** `/dev/ttyUSB0` */
  readonly device: string;
  readonly vendorId: string | undefined;
  readonly productId: string | undefined;
  readonly manufacturer: string | undefined;
}

/** What is looked at beside the configuration: the machine, and who looks. */
export interface Surroundings {
  /** Where its files are: `/`, or elsewhere in tests. */
  readonly root: string;
  readonly clock: Clock;
  /** As `20.19.2`. */
  readonly nodeVersion: string;
  /** Most that V8 takes for a heap, in bytes. */
  readonly heapLimitBytes: number;
  /** Memory of the machine, or of the container, in bytes. */
  readonly memoryBytes: number;
  readonly user: { readonly id: number; readonly name: string };
  readonly pid: number;
  /** Where the file system of a directory is asked. */
  readonly statfs: (
    directory: string,
  ) => Promise<{ readonly type: number; readonly freeBytes: number }>;
  /** Serial ports with something from USB behind them. */
  readonly serialPorts: () => Promise<readonly PluggedIn[]>;
  readonly run: (program: string, ...args: readonly string[]) => Promise<CommandOutcome>;
}
