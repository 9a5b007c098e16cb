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
