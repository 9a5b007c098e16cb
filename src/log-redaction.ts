import type { LoggerOptions } from "pino";

const secretFields = ["password", "secret", "token", "pin", "number", "phone"];

/** Log options that keep secrets and phone numbers out of every line. */
export function redaction(secrets: ReadonlySet<string>): Pick<LoggerOptions, "redact" | "hooks"> {
  return {
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`]),
      censor: "[redacted]",
    },
    hooks: {
      streamWrite: (line) => {
        let clean = line;
        for (const secret of secrets) {
          if (secret.length >= 4)
            clean = clean.replaceAll(JSON.stringify(secret).slice(1, -1), "[redacted]");
        }
        return clean;
      },
    },
  };
}
