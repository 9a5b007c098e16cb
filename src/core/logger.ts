type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/**
 * Where the story of the daemon goes. The message is a constant phrase, data goes in the fields.
 * `debug` wire detail, `info` the normal story, `warn` one operation failed and someone may act,
 * `error` a whole adapter is down, `fatal` the daemon stops. A pino logger is one.
 */
export interface Logger {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  readonly fatal: Log;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
