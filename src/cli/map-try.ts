import { parse } from "yaml";
import type { AdapterKind } from "../core/adapter.ts";
import { describeProperty } from "../core/device-record.ts";
import { ConfigError, reasonOf } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { AdapterEvent, PropertyFacts, Reading } from "../model/adapter-event.ts";
import { mintId, mintKey, propertyText, type Ref } from "../model/identity.ts";
import { canonicalReading } from "../model/value.ts";
import { loadMeant } from "./configuration.ts";
import { withClient, type ConnectionOptions } from "./connection.ts";
import type { Context } from "./context.ts";
import { table } from "./style.ts";
import { valueText } from "./value-text.ts";

export interface MapTryOptions extends ConnectionOptions {
  /** One `generic` mapping in YAML or JSON, in place of those of the configuration. */
  readonly mapping?: string;
  /** How long to wait for a live message, in seconds. */
  readonly for: number;
  readonly json?: boolean;
}

/**
 * `koine map try <topic> [payload]`: what Koine would make of a message, of one that is given or of
 * the next one on the topic. Nothing is published.
 */
export async function mapTry(
  topic: string,
  given: string | undefined,
  options: MapTryOptions,
  context: Context,
): Promise<ExitCode> {
  const trials = await trialsOf(options, context);
  const message =
    given === undefined ? await nextMessage(topic, options, context) : { topic, payload: given };
  if (!message) {
    context.complain(`Nothing came on "${topic}" in ${options.for} s`);
    return exitCode.undecided;
  }
  const events = trials.flatMap(({ kind, config }) => kind.tryMessage?.(config, message) ?? []);
  if (options.json === true) context.print(JSON.stringify({ ...message, events }));
  else show(message, events, context);
  return isRead(events) ? exitCode.ok : exitCode.negative;
}

interface Trial {
  readonly kind: AdapterKind<unknown>;
  readonly config: unknown;
}

/** @throws ConfigError when the mapping cannot be used */
async function trialsOf(options: MapTryOptions, context: Context): Promise<readonly Trial[]> {
  const { mapping } = options;
  if (mapping === undefined) {
    const { adapters } = await loadMeant(options, context);
    return adapters.filter(({ kind }) => kind.tryMessage !== undefined);
  }
  const kind = await context.kinds.load("wifi", ".");
  if (!kind) throw new ConfigError("This Koine has no adapter of the kind wifi");
  const parsed = kind.configSchema.safeParse({ generic: [documentOf(mapping)] });
  if (parsed.success) return [{ kind, config: parsed.data }];
  const [issue] = parsed.error.issues;
  const where = issue?.path.slice(2).join(".") ?? "";
  throw new ConfigError(
    `The mapping cannot be used: ${where === "" ? "" : `${where}: `}${issue?.message}`,
  );
}

function documentOf(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new ConfigError(`The mapping is no YAML: ${reasonOf(cause)}`, { cause });
  }
}

interface Message {
  readonly topic: string;
  readonly payload: string;
}

/** The next message; undefined when none came in time. */
async function nextMessage(
  filter: string,
  options: MapTryOptions,
  context: Context,
): Promise<Message | undefined> {
  return withClient(options, context, async (client) => {
    const late = new AbortController();
    const waited = context.clock(1).sleep(options.for * 1_000, late.signal);
    const tooLate = waited.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await client.orLost(Promise.race([client.next(filter), tooLate]));
    } finally {
      late.abort();
    }
  });
}

function show(
  { topic, payload }: Message,
  events: readonly AdapterEvent[],
  { print }: Context,
): void {
  print(`${topic}  ${payload}`);
  if (events.length === 0) print("  no mapping and no dialect reads this topic");
  const facts = new Map<string, PropertyFacts>();
  for (const event of events) {
    switch (event.type) {
      case "device":
        for (const one of event.facts.properties ?? []) facts.set(propertyText(one), one);
        print(`  device ${idOf(event.ref)}  ${event.facts.name ?? ""}`.trimEnd());
        break;
      case "readings":
        for (const line of table(readingRows(event.values, facts))) print(`    ${line}`);
        break;
      case "event":
        print(
          `    event ${event.data.name}  ${event.data.action}  ${event.data.part ?? ""}`.trimEnd(),
        );
        break;
      case "availability":
        print(`    is ${event.value}`);
        break;
      case "diagnostic":
        print(`  not understood: ${event.code}  ${event.message ?? ""}`.trimEnd());
        break;
      default:
        break;
    }
  }
}

function idOf([strongest]: Ref): string {
  return strongest ? mintId(strongest) : "?";
}

function readingRows(
  readings: readonly Reading[],
  facts: ReadonlyMap<string, PropertyFacts>,
): readonly (readonly string[])[] {
  const taken = new Set<string>();
  return readings.map((reading) => {
    const fact = { ...facts.get(propertyText(reading)), is: reading.is, part: reading.part };
    const key = mintKey(fact, (one) => taken.has(one));
    taken.add(key);
    const { raw, conversion = "" } = reading;
    return [key, judged(reading, fact), raw === undefined ? "" : JSON.stringify(raw), conversion];
  });
}

/** The value as it would be published, or why it would not. */
function judged({ value }: Reading, fact: PropertyFacts): string {
  const property = describeProperty(fact);
  if (!property) return "no such property in the vocabulary";
  if (value === null) return "unknown";
  const canonical = canonicalReading(property, value);
  return canonical === undefined
    ? `invalid: no plausible ${property.type}${property.unit ? ` in ${property.unit}` : ""}`
    : valueText(property, canonical);
}

/** Whether something was understood, and nothing was not. */
function isRead(events: readonly AdapterEvent[]): boolean {
  return events.length > 0 && events.every(({ type }) => type !== "diagnostic");
}
