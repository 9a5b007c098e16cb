import type { ErrorData } from "../../errors.ts";
import type { HeapFigures } from "../../heap-floor.ts";
import type { AdapterEvent } from "../../model/adapter-event.ts";
import type { Command } from "../../model/command.ts";
import type { Ref } from "../../model/identity.ts";
import type { Scalar } from "../../model/scalar.ts";
import type { Change } from "../../store/store.ts";
import type { LinkStatus } from "../adapter.ts";

/** What a guest is told when it is started. Plain data, as everything here: it crosses threads and processes. */
export interface GuestOptions {
  /** Names the instance: `barn`. */
  readonly name: string;
  /** The kind to host, and the module that exports it. */
  readonly kind: string;
  readonly module: string;
  readonly config: unknown;
  /** The folder of the adapter's own files. */
  readonly directory: string;
  /** How much faster than life time runs, since when in ms since 1970. */
  readonly timeScale: number;
  readonly startedAtMs: number;
  /** Set in its environment before anything of the adapter is loaded; in a process only. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How often its heap is collected where V8 does not, in ms of its own time; 0 for never. */
  readonly probeMs: number;
}

/** Bytes of a stream that runs through the channel, and their flow. */
export type StreamMessage =
  | { readonly type: "chunk"; readonly stream: number; readonly data: Uint8Array }
  /** The last chunk was taken: send the next. */
  | { readonly type: "more"; readonly stream: number }
  | { readonly type: "end"; readonly stream: number }
  | { readonly type: "close"; readonly stream: number };

/** The answer to a question of the other side. */
export interface AnswerMessage {
  readonly type: "answer";
  readonly call: number;
  readonly value?: unknown;
  readonly error?: ErrorData;
}

/** What a host tells its guest. */
export type ToGuest =
  /** Close everything and end the run. */
  | { readonly type: "abort" }
  | { readonly type: "execute"; readonly call: number; readonly command: Command }
  | {
      readonly type: "request";
      readonly call: number;
      readonly verb: string;
      readonly params: Scalar;
    }
  /** The asker of a command or request is no longer interested. */
  | { readonly type: "cancel"; readonly call: number; readonly reason: ErrorData }
  | { readonly type: "forget"; readonly ref: Ref }
  /** So many events were taken: so many more may be sent. */
  | { readonly type: "taken"; readonly events: number }
  | AnswerMessage
  | StreamMessage;

export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";

/** A question of a guest. */
export type GuestCall =
  | { readonly method: "settled" }
  | { readonly method: "get"; readonly key: string }
  | { readonly method: "entries"; readonly prefix: string }
  | { readonly method: "write"; readonly changes: readonly Change[] }
  /** Opens a connection to Koine's own broker, to be tunnelled as `stream`. */
  | { readonly method: "openMqtt"; readonly stream: number };

/** What a guest tells its host. */
export type ToHost =
  | { readonly type: "event"; readonly event: AdapterEvent }
  | { readonly type: "status"; readonly status: LinkStatus }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    }
  | { readonly type: "count"; readonly name: string; readonly by: number }
  /** A count of the core's own, not of the adapter. */
  | { readonly type: "count_core"; readonly name: string; readonly by: number }
  /** It may be silent for so long. */
  | { readonly type: "stall"; readonly ms: number }
  | { readonly type: "call"; readonly call: number; readonly ask: GuestCall }
  | AnswerMessage
  | { readonly type: "beat"; readonly heap: HeapFigures }
  /** The run has settled; without an error it was asked to end. */
  | { readonly type: "ended"; readonly error?: ErrorData }
  | StreamMessage;

/** One end of the way between a host and its guest. */
export interface Channel<Out, In> {
  /** Sends; in order. What is not plain data throws. */
  post(message: Out): void;
  /** Calls `take` for every message, from now on. */
  listen(take: (message: In) => void): void;
}
