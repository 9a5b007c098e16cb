import type { Timer } from "../clock.ts";
import { CommandError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Scalar } from "../model/scalar.ts";
import type { DeviceRecord } from "./device-record.ts";

/** A command that was accepted and has no last word yet. */
export interface InFlight {
  readonly device: DeviceRecord;
  readonly id: string;
  /** Monotonic ms of acceptance. */
  readonly startedAt: number;
  readonly abort: AbortController;
  /** The keys it was to change, with the wished values. */
  readonly wishes: ReadonlyMap<string, Scalar>;
  /** Keys that newer commands have taken over. */
  readonly superseded: Set<string>;
  /** Runs out when the command does; of queued commands. */
  expiry?: Timer;
}

/** All commands under way. */
export class CommandsInFlight {
  readonly #commands = new Map<string, InFlight>();

  /**
   * Adds a command.
   * @throws CommandError `rate_limited` when too many are under way, `duplicate_id` when this one is
   */
  begin(command: Omit<InFlight, "abort" | "superseded">): InFlight {
    const { device, id } = command;
    const key = commandKey(device.id, id);
    if (this.#commands.has(key)) {
      throw new CommandError("duplicate_id", `A command with _id "${id}" is under way`);
    }
    if (this.#isFull(device.id)) {
      throw new CommandError("rate_limited", "Too many commands are under way; try again later");
    }
    const inFlight = { ...command, abort: new AbortController(), superseded: new Set<string>() };
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

  /** Takes keys away from every older command; returns those that have none left. */
  supersede(newer: InFlight, keys: readonly string[]): readonly InFlight[] {
    return [...this.#commands.values()].filter((older) => {
      if (older === newer || older.device.id !== newer.device.id) return false;
      for (const key of keys) if (older.wishes.has(key)) older.superseded.add(key);
      return older.superseded.size === older.wishes.size;
    });
  }

  /** Aborts everything, for one reason. */
  abortAll(reason: CommandError): void {
    for (const { abort } of this.#commands.values()) abort.abort(reason);
  }

  #isFull(device: string): boolean {
    let own = 0;
    for (const inFlight of this.#commands.values()) if (inFlight.device.id === device) own += 1;
    return own >= limits.commandsPerDevice || this.#commands.size >= limits.commandsInFlight;
  }
}

/** A command's id, unique over all devices, so that an adapter can tell its commands apart. */
export function commandKey(device: string, id: string): string {
  return `${device}:${id}`;
}

export function splitCommandKey(key: string): { readonly device: string; readonly id: string } {
  const colon = key.indexOf(":");
  return { device: key.slice(0, colon), id: key.slice(colon + 1) };
}
