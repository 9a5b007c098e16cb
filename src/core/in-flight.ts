import type { Timer } from "../clock.ts";
import { CommandError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Scalar } from "../model/scalar.ts";
import type { DeviceRecord } from "./device-record.ts";
import type { Outcome } from "./outcome.ts";

/** A command that was taken and has no last word yet. */
export interface InFlight {
  readonly device: DeviceRecord;
  readonly id: string;
  /** Monotonic ms when it was taken. */
  readonly startedAt: number;
  /** The keys it is to change, with the wished values; none when it only reads. */
  readonly wishes: ReadonlyMap<string, Scalar>;
  /** The keys its result shows. */
  readonly keys: readonly string[];
  readonly abort: AbortController;
  /** Keys that newer commands have taken over. */
  readonly superseded: Set<string>;
  /** `taken` until it was said to be accepted, then `sent`, perhaps `queued` by its adapter. */
  phase: "taken" | "sent" | "queued";
  /** Whether the ledger has it, and every further result of it. */
  isRemembered: boolean;
  /** Runs out when the command does. */
  expiry?: Timer;
  /** A last word that came before `accepted` was said; it is said after it. */
  early?: Outcome;
}

type NewCommand = Pick<InFlight, "device" | "id" | "startedAt" | "wishes" | "keys">;

/** All commands under way. */
export class CommandsInFlight {
  readonly #commands = new Map<string, InFlight>();

  /**
   * Adds a command.
   * @throws CommandError `rate_limited` when too many are under way, `duplicate_id` when this one is
   */
  begin(command: NewCommand): InFlight {
    const { device, id } = command;
    const key = commandKey(device.id, id);
    if (this.#commands.has(key)) {
      throw new CommandError("duplicate_id", `A command with _id "${id}" is under way`);
    }
    if (this.#isFull(device.id)) {
      throw new CommandError("rate_limited", "Too many commands are under way; try again later");
    }
    const inFlight: InFlight = {
      ...command,
      abort: new AbortController(),
      superseded: new Set(),
      phase: "taken",
      isRemembered: false,
    };
    this.#commands.set(key, inFlight);
    return inFlight;
  }

  find(key: string): InFlight | undefined {
    return this.#commands.get(key);
  }

  isOpen(inFlight: InFlight): boolean {
    return this.find(commandKey(inFlight.device.id, inFlight.id)) === inFlight;
  }

  /** Removes a command that gets its last word. */
  end(inFlight: InFlight): void {
    inFlight.expiry?.cancel();
    this.#commands.delete(commandKey(inFlight.device.id, inFlight.id));
  }

  /** What the newest open command wishes of a property. */
  newestWish(device: string, key: string): Scalar | undefined {
    const newest = this.open(device).findLast(
      ({ wishes, superseded }) => wishes.has(key) && !superseded.has(key),
    );
    return newest?.wishes.get(key);
  }

  /** Takes keys away from every older command; returns those that have none left. */
  supersede(newer: InFlight, keys: readonly string[]): readonly InFlight[] {
    return this.open(newer.device.id).filter((older) => {
      const taken = older === newer ? [] : keys.filter((key) => older.wishes.has(key));
      for (const key of taken) older.superseded.add(key);
      return taken.length > 0 && older.superseded.size === older.wishes.size;
    });
  }

  /** Every open command, of one device or of all, in the order they were taken. */
  open(device?: string): readonly InFlight[] {
    const all = [...this.#commands.values()];
    return device === undefined ? all : all.filter((one) => one.device.id === device);
  }

  #isFull(device: string): boolean {
    const isFull = this.#commands.size >= limits.commandsInFlight;
    return isFull || this.open(device).length >= limits.commandsPerDevice;
  }
}

/** A command's id, unique over all devices, so that an adapter can tell its commands apart. */
export function commandKey(device: string, id: string): string {
  return `${device}:${id}`;
}
