import { CommandError, partOf, type PropertyFacts, type Scalar, type Write } from "koine/adapter";
import { agrees } from "../reading/agreement.ts";
import type { Codec } from "../reading/codec.ts";
import type { Encoded, Expectation } from "./dialect.ts";
import type { Observation } from "../reading/observation.ts";
import type { Request } from "../mqtt/frame.ts";
import { textOf } from "../reading/json.ts";

/** One property that has a topic of its own, in a dialect of such topics. */
export interface TopicRow extends Omit<PropertyFacts, "part" | "source"> {
  /** Below the topic of the device: `relay/<n>/power`, where `<n>` is a number, `<key>` any level. */
  readonly topic: string;
  readonly codec: Codec;
  /** The number of the first of a kind, where topics have numbers: 0 unless said otherwise. */
  readonly first?: 0 | 1;
  /** Part of a property without a number. */
  readonly part?: string;
  /** Where a value is to be sent, with the same number. */
  readonly set?: string;
}

interface Match {
  readonly row: TopicRow;
  readonly level: string | undefined;
}

/** What a message on one of the topics says; undefined when it is none of these topics. */
export type Found = readonly Observation[] | "unreadable" | undefined;

/** The properties of a dialect in which each has a topic of its own. */
export class TopicTable {
  readonly #rows: readonly TopicRow[];
  readonly #exact = new Map<string, TopicRow[]>();
  readonly #patterns: { readonly regex: RegExp; readonly row: TopicRow }[] = [];

  constructor(rows: readonly TopicRow[]) {
    this.#rows = rows;
    for (const row of rows) {
      if (row.topic.includes("<")) this.#patterns.push({ regex: patternOf(row.topic), row });
      else this.#exact.set(row.topic, [...(this.#exact.get(row.topic) ?? []), row]);
    }
  }

  /** Whether a topic below that of the device is one of these. */
  has(topic: string): boolean {
    return this.#matches(topic).length > 0;
  }

  /** What a payload on a topic, given below the topic of the device, says. */
  read(topic: string, payload: string): Found {
    const matches = this.#matches(topic);
    if (matches.length === 0) return undefined;
    // What was retained was taken back.
    if (payload === "") return [];
    const found = matches.flatMap((match) => observation(match, topic, payload) ?? []);
    return found.length > 0 ? found : "unreadable";
  }

  /**
   * The messages for some wishes, and what shows that they came true.
   * @throws CommandError `unsupported` for a property without a topic for commands
   */
  encode(writes: readonly Write[], root: string): Encoded {
    const wishes = writes.map((write) => this.#wish(write, root));
    return {
      requests: wishes.map(({ request }) => request),
      expectations: wishes.map(({ expectation }) => expectation),
    };
  }

  /**
   * How a wish is written on one of the topics, and how it is reported.
   * @throws CommandError `unsupported` for what cannot be written
   */
  wish(write: Write, topic: string): WrittenWish {
    const row = this.#matches(topic)[0]?.row;
    if (!row) throw noCommand(write.is);
    return wishOf(row, write);
  }

  #matches(topic: string): readonly Match[] {
    const exact = this.#exact.get(topic);
    if (exact) return exact.map((row) => ({ row, level: undefined }));
    return this.#patterns.flatMap(({ regex, row }) => {
      const found = regex.exec(topic);
      return found ? [{ row, level: found[1] }] : [];
    });
  }

  #wish(
    write: Write,
    root: string,
  ): { readonly request: Request; readonly expectation: Expectation } {
    const { is, part, source } = write;
    const row = this.#rowFor(is, source);
    if (row?.set === undefined) throw noCommand(is);
    const topic = row.set.replace(/<n>|<key>/, levelOf(row, part));
    const { payload, accepts } = wishOf(row, write);
    return {
      request: { topic: `${root}/${topic}`, payload },
      expectation: { wish: { is, part }, anyOf: [{ is, part, accepts }] },
    };
  }

  /** The row a property was heard on, or the first of its meaning that takes commands. */
  #rowFor(is: string, source = ""): TopicRow | undefined {
    const fitting = this.#rows.filter((row) => row.is === is && row.set !== undefined);
    const heardOn = new Set(this.#matches(source).map(({ row }) => row));
    return fitting.find((row) => heardOn.has(row)) ?? fitting[0];
  }
}

/** A wish in the words of the device. */
interface WrittenWish {
  readonly payload: string;
  /** Whether a report shows that it came true. */
  readonly accepts: (report: Scalar) => boolean;
}

function wishOf({ codec }: TopicRow, { is, value }: Write): WrittenWish {
  const payload = codec.encode?.(value);
  if (payload === undefined) throw noCommand(is);
  return { payload, accepts: agrees(codec.decode(payload) ?? value) };
}

function noCommand(is: string): CommandError {
  return new CommandError("unsupported", `The device has no command for ${is}`);
}

function patternOf(topic: string): RegExp {
  const source = topic
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace("<n>", "(\\d{1,3})")
    .replace("<key>", "([^/]+)");
  return new RegExp(`^${source}$`);
}

function observation(
  { row, level }: Match,
  topic: string,
  payload: string,
): Observation | undefined {
  const value = row.codec.decode(payload);
  if (value === undefined) return undefined;
  const { topic: _, codec, first: __, part: ___, set, ...facts } = row;
  const described = {
    ...facts,
    ...partOfLevel(row, level),
    ...(set === undefined && !row.is.startsWith("x_") && { access: facts.access ?? "r" }),
    source: topic,
  };
  const isSame = value === payload || textOf(value) === payload;
  return {
    facts: described,
    value,
    ...(!isSame && { raw: payload }),
    ...(codec.says !== undefined && { conversion: codec.says }),
  };
}

function partOfLevel(
  { first = 0, part, topic }: TopicRow,
  level: string | undefined,
): Pick<PropertyFacts, "part"> {
  if (level === undefined) return part === undefined ? {} : { part };
  if (topic.includes("<n>")) return { part: String(Number(level) + 1 - first) };
  return { part: partOf(level) };
}

/** The number that a part has in topics. */
function levelOf({ first = 0 }: TopicRow, part = "1"): string {
  const n = Number(part);
  return Number.isNaN(n) ? part : String(n - 1 + first);
}
