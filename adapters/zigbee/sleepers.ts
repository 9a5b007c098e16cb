import {
  CommandError,
  isScalar,
  propertyText,
  reasonOf,
  specOf,
  type AdapterHost,
  type Command,
  type CommandResult,
  type PropertyRef,
  type Scalar,
  z,
} from "koine/adapter";
import type { Commands, Target } from "./commands.ts";
import { limits } from "./limits.ts";
import type { Member } from "./member.ts";
import { sayingsOf } from "./wishes.ts";

type SetCommand = Extract<Command, { type: "set" }>;

/** A queued command as it is kept over a restart. */
const keptSchema = z.object({
  ieee: z.string(),
  /** Wall time in ms after which it is void. */
  expiresAtMs: z.number(),
  command: z.object({
    id: z.string(),
    writes: z.array(
      z.object({
        is: z.string(),
        part: z.string().optional(),
        value: z.custom<Scalar>((value) => isScalar(value)),
      }),
    ),
    transitionS: z.number().optional(),
  }),
});
type Kept = z.infer<typeof keptSchema>;

interface Queued extends Kept {
  /** Ends it from outside: a newer one took its place, it expired. */
  readonly abort: AbortController;
}

export interface SleepersOptions {
  readonly host: AdapterHost;
  readonly commands: Commands;
  readonly targetOf: (member: Member) => Target;
}

const prefix = "queue/";

/**
 * Commands to devices that sleep. Each is tried at once; what is not answered soon is queued, on disk
 * too, and tried again whenever the device is heard, until it takes it or the command expires.
 */
export class Sleepers {
  readonly #options: SleepersOptions;
  readonly #queues = new Map<string, Queued[]>();
  readonly #trying = new Set<string>();
  /** Devices heard while something was being tried: they are awake now. */
  readonly #awake = new Set<string>();
  #isOver = false;

  constructor(options: SleepersOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier run left queued. */
  async load(): Promise<void> {
    const { host } = this.#options;
    for (const [key, json] of await host.store.entries(prefix)) {
      const kept = keptIn(json);
      if (kept) this.#queueOf(kept.ieee).push({ ...kept, abort: new AbortController() });
      else {
        host.count("queued_unreadable");
        this.#write(key, undefined);
      }
    }
  }

  /** Nothing is tried any more; what is queued stays so. */
  stop(): void {
    this.#isOver = true;
  }

  /**
   * Tells a device that sleeps, now or when it wakes.
   * @throws CommandError when it cannot be told at all, or too much is queued
   */
  async tell(command: SetCommand, target: Target, signal: AbortSignal): Promise<CommandResult> {
    const { host, commands } = this.#options;
    const { member } = target;
    if (!member) throw new CommandError("unsupported", "Only a device can sleep");
    sayingsOf(command, target);
    const { ieee } = member;
    const queued: Queued = {
      ieee,
      expiresAtMs: host.clock.now() + (command.expiresInMs ?? limits.queuedMs),
      command: plainCommand(command),
      abort: new AbortController(),
    };
    signal.addEventListener("abort", () => this.#drop(queued), { once: true });
    this.#makeRoom(queued);
    // Behind others, or asleep: it waits for its turn.
    if (this.#queueOf(ieee).length > 0 || this.#trying.has(ieee)) return this.#enqueue(queued);
    this.#trying.add(ieee);
    const trying = commands.tell(command, target, queued.abort.signal);
    const soon = await this.#soon(trying);
    if (soon) {
      this.#trying.delete(ieee);
      // It is awake: whatever came meanwhile is for it too.
      void this.#deliver(member);
      return trying;
    }
    const answer = this.#enqueue(queued);
    void this.#finishFirst(queued, member, trying);
    return answer;
  }

  /** A device was heard: it listens for a moment. */
  heard(member: Member): void {
    const { ieee } = member;
    if (this.#trying.has(ieee)) this.#awake.add(ieee);
    else if ((this.#queues.get(ieee)?.length ?? 0) > 0) void this.#deliver(member);
  }

  /** A device is gone for good, and what was meant for it. */
  forget(ieee: string): void {
    for (const queued of this.#queueOf(ieee).slice()) this.#drop(queued);
    this.#queues.delete(ieee);
  }

  /** The first try goes on in the background; what becomes of it is told later. */
  async #finishFirst(
    queued: Queued,
    member: Member,
    trying: Promise<CommandResult>,
  ): Promise<void> {
    const isDone = await this.#settle(queued, trying);
    this.#trying.delete(member.ieee);
    if (isDone || this.#awake.delete(member.ieee)) await this.#deliver(member);
  }

  /** Tells a device that is awake everything that waits for it, in order. */
  async #deliver(member: Member): Promise<void> {
    const { ieee } = member;
    if (this.#trying.has(ieee) || this.#isOver) return;
    this.#trying.add(ieee);
    const { commands, targetOf, host } = this.#options;
    for (let next = this.#queueOf(ieee)[0]; next; next = this.#queueOf(ieee)[0]) {
      const { command, expiresAtMs, abort } = next;
      if (host.clock.now() >= expiresAtMs) {
        this.#end(next, { status: "expired", code: "expired" });
        continue;
      }
      this.#awake.delete(ieee);
      const set = { ...command, type: "set", ref: member.ref, timeoutMs: limits.queuedMs } as const;
      const isDone = await this.#settle(next, commands.tell(set, targetOf(member), abort.signal));
      if (this.#isOver || (!isDone && !this.#awake.has(ieee))) break;
    }
    this.#trying.delete(ieee);
  }

  /** Resolves to whether a try brought a last word; it is told. */
  async #settle(queued: Queued, trying: Promise<CommandResult>): Promise<boolean> {
    try {
      this.#end(queued, await trying);
      return true;
    } catch (error) {
      if (queued.abort.signal.aborted || this.#isOver) return false;
      const isAsleep = error instanceof CommandError && error.reason === "unreachable";
      if (isAsleep) return false;
      const code = error instanceof CommandError ? error.reason : "device_error";
      this.#end(queued, { status: "failed", code, message: reasonOf(error) });
      return true;
    }
  }

  #end(queued: Queued, result: CommandResult): void {
    if (!this.#remove(queued)) return;
    this.#options.host.emit({ type: "result", commandId: queued.command.id, result });
  }

  /** Nobody waits for it any more. */
  #drop(queued: Queued): void {
    queued.abort.abort(new CommandError("superseded", "The command is void"));
    this.#remove(queued);
  }

  #enqueue(queued: Queued): CommandResult {
    if (!queued.abort.signal.aborted) {
      this.#queueOf(queued.ieee).push(queued);
      const { abort: _, ...kept } = queued;
      this.#write(keyOf(queued), JSON.stringify(kept));
    }
    return {
      status: "queued",
      stage: "sleeping",
      message: "The device sleeps; it is told when it wakes",
    };
  }

  /** A newer wish for the same states takes the place of an older one, also after a restart. */
  #makeRoom({ ieee, command }: Queued): void {
    const { host } = this.#options;
    const newer = new Set(command.writes.filter(isState).map(propertyText));
    const replaced = this.#queueOf(ieee).filter((older) =>
      older.command.writes.every((write) => newer.has(propertyText(write))),
    );
    for (const older of replaced) this.#drop(older);
    const all = [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
    if (this.#queueOf(ieee).length >= limits.queuedOfDevice || all >= limits.queued) {
      host.count("commands_refused");
      throw new CommandError("rate_limited", "Too many commands wait for the device to wake");
    }
  }

  /** Whether something settles within the time that a person waits without noticing. */
  async #soon(work: Promise<unknown>): Promise<boolean> {
    const patience = new AbortController();
    const settled = work.then(
      () => true,
      (error: unknown) => !(error instanceof CommandError && error.reason === "unreachable"),
    );
    const late = this.#options.host.clock.sleep(limits.sleeperMs, patience.signal).then(
      () => false,
      () => false,
    );
    const isSoon = await Promise.race([settled, late]);
    patience.abort();
    return isSoon;
  }

  #queueOf(ieee: string): Queued[] {
    const queue = this.#queues.get(ieee) ?? [];
    this.#queues.set(ieee, queue);
    return queue;
  }

  #remove(queued: Queued): boolean {
    const queue = this.#queueOf(queued.ieee);
    const at = queue.indexOf(queued);
    if (at < 0) return false;
    queue.splice(at, 1);
    this.#write(keyOf(queued), undefined);
    return true;
  }

  #write(key: string, value: string | undefined): void {
    const { host } = this.#options;
    host.store.write([{ key, value }]).catch((err: unknown) => {
      host.count("store_failed");
      host.log.warn({ err }, "queued command not remembered");
    });
  }
}

function keyOf({ ieee, command }: Kept): string {
  return `${prefix}${ieee}/${command.id}`;
}

function keptIn(json: string): Kept | undefined {
  try {
    return keptSchema.parse(JSON.parse(json));
  } catch {
    // Of another version, or damaged: counted by the caller.
    return undefined;
  }
}

function plainCommand({ id, writes, transitionS }: SetCommand): Kept["command"] {
  return {
    id,
    writes: writes.map(({ is, part, value }) => ({
      is,
      value,
      ...(part !== undefined && { part }),
    })),
    ...(transitionS !== undefined && { transitionS }),
  };
}

function isState({ is }: PropertyRef): boolean {
  return specOf(is)?.kind !== "action";
}
