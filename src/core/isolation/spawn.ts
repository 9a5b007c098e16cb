import type { Readable } from "node:stream";
import type { InvariantError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Channel, GuestOptions, ToGuest, ToHost } from "./wire.ts";

/** A guest that was started, wherever it runs. */
export interface SpawnedGuest extends Channel<ToGuest, ToHost> {
  /** Resolves, to why, when it is gone. */
  readonly gone: Promise<InvariantError>;
  /** Ends it, whatever it is doing. */
  kill(): void;
}

export interface SpawnOptions {
  readonly guest: GuestOptions;
  /** Told each line that the guest writes to its standard output. */
  readonly output: (text: string) => void;
}

/** Starts a guest: in a worker thread, or in a process. */
export type Spawn = (options: SpawnOptions) => SpawnedGuest;

/** A file that runs on the other side, beside these ones, as it is here: source or built. */
export function besides(name: string): URL {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  return new URL(`./${name}${extension}`, import.meta.url);
}

/** Tells every line that is more than white space, cut to what a log takes. */
export function tellLines(stream: Readable, output: (text: string) => void): void {
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    for (const line of text.split("\n")) {
      if (line.trim() !== "") output(line.slice(0, limits.guestOutputLength));
    }
  });
}
