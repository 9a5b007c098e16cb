import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse, type ScalarTag } from "yaml";
import { reasonOf } from "../errors.ts";

export interface TagOptions {
  /** The configuration file; other files are looked for beside it. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told each secret that was read, so that it never reaches a log. */
  readonly secret: (value: string) => void;
}

/**
 * The tags that keep secrets out of the configuration file:
 * `!secret name` from `$CREDENTIALS_DIRECTORY/name` or `secrets.yaml` beside the file,
 * `!file path` the content of a file, `!env NAME` an environment variable.
 */
export function secretTags(options: TagOptions): ScalarTag[] {
  return [
    tag("!secret", options, (name) => readSecret(name, options)),
    tag("!file", options, (path) => readText(resolve(dirname(options.file), path))),
    tag("!env", options, (name) => {
      const value = options.env[name];
      if (value === undefined) throw new Error(`the environment has no variable ${name}`);
      return value;
    }),
  ];
}

function tag(name: string, { secret }: TagOptions, read: (argument: string) => string): ScalarTag {
  return {
    tag: name,
    resolve(argument, onError) {
      try {
        const value = read(argument);
        secret(value);
        return value;
      } catch (error) {
        onError(`${name} ${argument}: ${reasonOf(error)}`);
        return "";
      }
    },
  };
}

function readSecret(name: string, { file, env }: TagOptions): string {
  const credentials = env["CREDENTIALS_DIRECTORY"];
  if (credentials !== undefined && /^[\w.-]+$/.test(name)) {
    try {
      return readText(join(credentials, name));
    } catch {
      // systemd passed no credential of this name: the file beside the configuration may have it.
    }
  }
  const path = join(dirname(file), "secrets.yaml");
  const secrets: unknown = parse(readText(path));
  if (typeof secrets === "object" && secrets !== null && Object.hasOwn(secrets, name)) {
    return String(Object.entries(secrets).find(([key]) => key === name)?.[1]);
  }
  throw new Error(`"${path}" has no entry "${name}"`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new Error(`cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
}
