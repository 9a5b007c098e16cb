/**
 * Every error Koine throws. Match on `code`, never on the message: the message says what was tried,
 * on what, and why it failed.
 */
export abstract class KoineError extends Error {
  /** Which kind of fault: stable, and the same across two copies of this package. */
  abstract readonly code: ErrorCode;
  /** Facts for the log; never secrets or phone numbers. */
  readonly context: Readonly<Record<string, unknown>>;

  constructor(message: string, options: ErrorOptions & { context?: Record<string, unknown> } = {}) {
    super(message, options);
    this.name = new.target.name;
    this.context = options.context ?? {};
  }
}

/** The kinds of fault. */
export const errorCodes = ["config", "link", "protocol", "command", "limit", "invariant"] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** One thing wrong in a configuration, with its place. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The key as written in the file: `bus.listen[0].port`. */
  readonly path: string;
  /** What is wrong and what was expected instead. */
  readonly message: string;
}

/** The user's configuration can never work as it is. Not retried. */
export class ConfigError extends KoineError {
  readonly code = "config";
  readonly problems: readonly ConfigProblem[];

  constructor(
    message: string,
    options: ErrorOptions & { problems?: readonly ConfigProblem[] } = {},
  ) {
    super(message, options);
    this.problems = options.problems ?? [];
  }
}

/** The outside world is not there: a port, a socket, a peer, a directory. Retried with backoff. */
export class LinkError extends KoineError {
  readonly code = "link";
}

/** A peer sent something that cannot be read. That message is dropped and counted; the link stays. */
export class ProtocolError extends KoineError {
  readonly code = "protocol";
}

/** Why a command, or one property of it, was not carried out: the words of the common schema. */
export const commandErrorCodes = [
  "bad_payload",
  "bad_type",
  "device_error",
  "duplicate_id",
  "expired",
  "no_answer",
  "no_property",
  "not_allowed",
  "not_in_values",
  "out_of_range",
  "rate_limited",
  "read_only",
  "retained",
  "superseded",
  "too_large",
  "unknown_device",
  "unknown_property",
  "unreachable",
  "unsupported",
] as const;
export type CommandErrorCode = (typeof commandErrorCodes)[number];

/** A command cannot be carried out. The asker is always told. */
export class CommandError extends KoineError {
  readonly code = "command";
  readonly reason: CommandErrorCode;

  constructor(reason: CommandErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
  }
}

/** A named limit of `limits.ts` was reached; what it was for is dropped or refused, and counted. */
export class LimitError extends KoineError {
  readonly code = "limit";
}

/** A mistake in Koine itself. Outside an adapter it ends the process. */
export class InvariantError extends KoineError {
  readonly code = "invariant";
}

/**
 * Whether an error is of one class, told by its code: a class does not survive the way through a
 * thread or two copies of this package.
 */
export function isKoineError<C extends ErrorCode>(error: unknown, code: C): error is ErrorOf[C] {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Whether an error is any of ours. */
export function isKnown(error: unknown): error is KoineError {
  return errorCodes.some((code) => isKoineError(error, code));
}

interface ErrorOf {
  config: ConfigError;
  link: LinkError;
  protocol: ProtocolError;
  command: CommandError;
  limit: LimitError;
  invariant: InvariantError;
}

/** An error as plain data, for the way to another thread or process. */
export interface ErrorData {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  readonly reason?: CommandErrorCode;
  readonly problems?: readonly ConfigProblem[];
}

export function encodeError(error: unknown): ErrorData {
  if (!(error instanceof Error)) {
    return { code: undefined, message: String(error), stack: undefined };
  }
  const { message, stack } = error;
  if (isKoineError(error, "command"))
    return { code: "command", message, stack, reason: error.reason };
  if (isKoineError(error, "config")) {
    return { code: "config", message, stack, problems: error.problems };
  }
  return { code: isKnown(error) ? error.code : undefined, message, stack };
}

export function decodeError({ code, message, stack, reason, problems }: ErrorData): Error {
  const error = make(code, message, reason, problems);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function make(
  code: ErrorCode | undefined,
  message: string,
  reason: CommandErrorCode = "device_error",
  problems: readonly ConfigProblem[] = [],
): Error {
  switch (code) {
    case "config":
      return new ConfigError(message, { problems });
    case "link":
      return new LinkError(message);
    case "protocol":
      return new ProtocolError(message);
    case "command":
      return new CommandError(reason, message);
    case "limit":
      return new LimitError(message);
    case "invariant":
      return new InvariantError(message);
    case undefined:
      return new Error(message);
  }
}

/**
 * Asserts what must hold if Koine is right; kept on in production.
 * @throws InvariantError
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The short reason inside an unknown thrown value, for the end of a message: `no such device`. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return cause.errors.map(reasonOf).join("; ");
  }
  if (!(cause instanceof Error)) return wordsOf(cause);
  const system = "code" in cause && typeof cause.code === "string" ? systemReasons[cause.code] : "";
  return system || wordsOf(cause.message) || wordsOf(cause.name);
}

/** Anything can be thrown, also what has no words. */
function wordsOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // Without a prototype, or with one that lies.
    return "something that is no error was thrown";
  }
}

const systemReasons: Readonly<Record<string, string | undefined>> = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "address not available on this machine",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTFOUND: "host not found",
  EROFS: "read-only file system",
  ETIMEDOUT: "timed out",
};
