import { CommandError } from "koine/adapter";
import type { Encoded } from "./dialect.ts";

/** For dialects in which devices only report. */
export function noCommands(): Encoded {
  throw new CommandError("unsupported", "The device takes no commands");
}
