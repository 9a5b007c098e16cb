import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument, visit } from "yaml";
import { isolations, type AdapterKind, type Isolation } from "../core/adapter.ts";
import { ConfigError, isKoineError, reasonOf, type ConfigProblem } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { problemAt, problemsOf, type Source } from "./problems.ts";
import { adapterEntryShape, configSchema, type AdapterEntry, type Config } from "./schema.ts";
import { secretTags } from "./tags.ts";

/** The kinds of adapter a configuration may name, by the word after `use:`. */
export interface AdapterKinds {
  /** Those that come with Koine. */
  readonly names: readonly string[];
  /**
   * One of those, or the kind that a file or an installed package exports.
   * @param directory where such a file or package is looked for
   * @throws ConfigError when there is something that cannot be used
   */
  load(use: string, directory: string): Promise<AdapterKind<unknown> | undefined>;
}

/** One entry of `adapters:`, ready to be made. */
export interface AdapterInstance {
  readonly name: string;
  readonly kind: AdapterKind<unknown>;
  readonly config: unknown;
  readonly isolation: Isolation;
  /** What it hears comes from Koine's own simulator. */
  readonly simulated: boolean;
}

export interface LoadedConfig {
  /** The file it came from; undefined when there is none and the defaults hold. */
  readonly file: string | undefined;
  readonly config: Config;
  readonly adapters: readonly AdapterInstance[];
  /** What is written, to find the place of a key in. */
  readonly source: Source;
  /** Every secret that was read: redact them in what is shown. */
  readonly secrets: ReadonlySet<string>;
}

export interface LoadOptions {
  /** Must exist. */
  readonly file?: string | undefined;
  /** The first that exists is taken when no other file is named. */
  readonly defaultFiles?: readonly string[];
  /** The configuration itself, instead of a file. */
  readonly text?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kinds: AdapterKinds;
}

/**
 * Reads and checks the whole configuration, and reports all its problems at once.
 * @throws ConfigError with every problem and its place
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const file = options.file ?? options.defaultFiles?.find((one) => existsSync(one));
  const text = file === undefined ? (options.text ?? "") : readText(file);
  const source = parseSource(file ?? "(defaults)", text, options.env);
  const problems = syntaxProblems(source);
  const written = contentOf(source, problems);
  const parsed = configSchema.safeParse(written);
  if (!parsed.success) problems.push(...problemsOf(source, configSchema, parsed.error.issues));
  const entries = entriesOf(parsed.success ? parsed.data : written);
  const adapters = await instancesOf(entries, source, options.kinds, problems);
  if (problems.length > 0 || !parsed.success) {
    throw new ConfigError(`Cannot use the configuration "${source.file}"`, {
      problems: problems.toSorted(byPlace),
    });
  }
  const config = withPaths(parsed.data, file);
  return { file, config, adapters, source, secrets: source.secrets };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`Cannot read the configuration "${file}": ${reasonOf(cause)}`, { cause });
  }
}

function parseSource(file: string, text: string, env: LoadOptions["env"]): Source {
  const secrets = new Set<string>();
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    customTags: secretTags({ file, env, secret: (value) => secrets.add(value) }),
  });
  return { file, document, lines, secrets };
}

function syntaxProblems({ file, document, lines }: Source): ConfigProblem[] {
  const at = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: "", message };
  };
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    at(pos[0], message),
  );
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      const message = `*${alias.source} repeats an anchor that is not there; quote a text with *`;
      problems.push(at(alias.range?.[0] ?? 0, message));
    },
  });
  return problems;
}

/** What the file says, as plain data; nothing where that cannot be told. */
function contentOf(source: Source, problems: ConfigProblem[]): unknown {
  try {
    return source.document.toJS() ?? {};
  } catch (cause) {
    if (problems.length === 0) problems.push(problemAt(source, [], reasonOf(cause)));
    return {};
  }
}

/** The adapter entries, also of a configuration that is wrong elsewhere. */
function entriesOf(config: unknown): readonly unknown[] {
  if (typeof config !== "object" || config === null || !("adapters" in config)) return [];
  return Array.isArray(config.adapters) ? config.adapters : [];
}

async function instancesOf(
  entries: readonly unknown[],
  source: Source,
  kinds: AdapterKinds,
  problems: ConfigProblem[],
): Promise<AdapterInstance[]> {
  const instances: AdapterInstance[] = [];
  for (const [index, entry] of entries.entries()) {
    if (!isEntry(entry)) continue;
    const at = ["adapters", index];
    const kind = await loadKind(entry.use, source, kinds);
    if (typeof kind === "string") {
      problems.push(problemAt(source, [...at, "use"], kind));
      continue;
    }
    const own = Object.entries(entry).filter(([key]) => !Object.hasOwn(adapterEntryShape, key));
    const parsed = parseOwn(kind, Object.fromEntries(own));
    if (typeof parsed === "string") {
      problems.push(problemAt(source, [...at, "use"], parsed));
      continue;
    }
    if (!parsed.success) {
      problems.push(...problemsOf(source, kind.configSchema, parsed.error.issues, at));
      continue;
    }
    const name = entry.name ?? kind.kind;
    if (instances.some((other) => other.name === name)) {
      const message = `there is another adapter named "${name}"; give each a name of its own`;
      problems.push(problemAt(source, at, message));
    }
    const { simulated, isolation = kind.isolation } = entry;
    if (isolations.indexOf(isolation) < isolations.indexOf(kind.isolation)) {
      const message = `${name} needs at least ${kind.isolation}, got ${isolation}`;
      problems.push(problemAt(source, [...at, "isolation"], message));
    }
    instances.push({ name, kind, config: parsed.data, isolation, simulated });
  }
  return instances;
}

/** What the kind makes of its keys, or why it cannot even look at them. */
function parseOwn(
  kind: AdapterKind<unknown>,
  own: Readonly<Record<string, unknown>>,
): ReturnType<AdapterKind<unknown>["configSchema"]["safeParse"]> | string {
  try {
    return kind.configSchema.safeParse(own);
  } catch (error) {
    return `"${kind.kind}" cannot check its configuration: ${reasonOf(error)}`;
  }
}

/** The kind of adapter that is meant, or why it cannot be used. */
async function loadKind(
  use: string,
  { file }: Source,
  kinds: AdapterKinds,
): Promise<AdapterKind<unknown> | string> {
  try {
    return (await kinds.load(use, resolve(dirname(file)))) ?? unknownKind(use, kinds.names);
  } catch (error) {
    if (!isKoineError(error, "config")) throw error;
    return `"${use}" ${error.message}`;
  }
}

function isEntry(entry: unknown): entry is AdapterEntry {
  return (
    typeof entry === "object" && entry !== null && "use" in entry && typeof entry.use === "string"
  );
}

function unknownKind(use: string, names: readonly string[]): string {
  const meant = nearest(use, names);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  const others = "a file such as ./my-adapter.mjs or an installed package";
  return `unknown kind of adapter "${use}", expected ${names.join(", ")}, ${others}${hint}`;
}

/** A relative data path is meant beside the file that names it. */
/** Paths are relative to the file they stand in. */
function withPaths(config: Config, file: string | undefined): Config {
  if (file === undefined) return config;
  const path = (written: string | undefined): string | undefined =>
    written === undefined ? undefined : resolve(dirname(file), written);
  const { data, bus } = config;
  const tls = { ...bus.tls, cert: path(bus.tls.cert), key: path(bus.tls.key) };
  return { ...config, data: path(data), bus: { ...bus, ca: path(bus.ca), tls } };
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
