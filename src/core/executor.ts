import type { CommandResult } from "../model/adapter-event.ts";
import type { Command } from "../model/command.ts";

/** What a hosted adapter offers to whoever has a command for one of its devices. */
export interface Executor {
  /** Whether its link is up. */
  readonly online: boolean;
  /** As `Adapter.execute`, settled only after everything emitted before was taken. */
  execute(command: Command, signal: AbortSignal): Promise<CommandResult>;
}
