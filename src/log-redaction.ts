import type { LoggerOptions } from "pino";

const secretFields = [
  "password",
  "secret",
  "token",
  "pin",
  "number",
  "phone",
  "api_key",
  "signing_key",
  "hook_secret",
  "irk",
];

/** Whether what is under such a key must not be shown, wherever it came from. */
export function isSecretField(name: string): boolean {
  return secretFields.includes(name);
}

/** Shorter ones would blacken ordinary words and digits. */
const shortestSecret = 4;

/** A line without the secrets of the configuration, in whatever context they stand. */
export function withoutSecrets(line: string, secrets: ReadonlySet<string>): string {
  let clean = line;
  for (const secret of secrets) {
    if (secret.length < shortestSecret) continue;
    clean = clean.replaceAll(JSON.stringify(secret).slice(1, -1), "[redacted]");
  }
  return clean;
}

/** Nothing else in a configuration is as long a run of hexadecimal digits as a key, whole or mistyped. */
const keyDigits = /\b[0-9a-f]{20,}\b/gi;

/** A text without keys. */
export function withoutKeys(text: string): string {
  return text.replaceAll(keyDigits, "a secret");
}

/** A value as JSON for people, without what is secret anywhere in it. */
export function shownJson(value: unknown): string | undefined {
  const text = JSON.stringify(value, (name, inner: unknown) =>
    isSecretField(name) ? "a secret" : inner,
  ) as string | undefined;
  return text === undefined ? undefined : withoutKeys(withoutPassword(text));
}

/** Log options that keep secrets and phone numbers out of every line. */
export function redaction(secrets: ReadonlySet<string>): Pick<LoggerOptions, "redact" | "hooks"> {
  return {
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`]),
      censor: "[redacted]",
    },
    hooks: { streamWrite: (line) => withoutSecrets(line, secrets) },
  };
}

/** A URL, or a text with some, without the passwords in them. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/(:\/\/[^:/@\s"]*):[^@/\s"]*@/g, "$1:***@");
}
