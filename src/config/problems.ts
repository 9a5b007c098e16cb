import { isMap, isNode, isScalar, type Document, type LineCounter } from "yaml";
import { z } from "zod";
import type { ConfigProblem } from "../errors.ts";
import { isSecretField, withoutKeys } from "../log-redaction.ts";
import { nearest } from "../nearest.ts";

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** A parsed file, to find the place of a path in. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  /** Values that must not be shown. */
  readonly secrets: ReadonlySet<string>;
}

/** Every problem a schema found, with its place and what was expected. */
export function problemsOf(
  source: Source,
  schema: z.ZodType,
  issues: readonly Issue[],
  at: Path = [],
): ConfigProblem[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code !== "unrecognized_keys") {
      return [problemAt(source, path, describeIssue(source, issue, path))];
    }
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) =>
      problemAt(source, [...path, key], describeUnknownKey(key, known), key),
    );
  });
}

/** A problem at the place of a path; at its key where `key` names one. */
export function problemAt(
  source: Source,
  path: Path,
  message: string,
  key?: string,
): ConfigProblem {
  const offset = offsetOf(source.document, path, key);
  const place = offset === undefined ? undefined : source.lines.linePos(offset);
  return {
    file: source.file,
    line: place?.line,
    column: place?.col,
    path: pathText(path),
    message,
  };
}

function describeIssue(source: Source, issue: Issue, path: Path): string {
  const value = source.document.getIn(path);
  const got = value === undefined ? "it is missing" : `got ${shownAt(source, value, path)}`;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${issue.expected}, ${got}`;
    case "invalid_value": {
      const values = issue.values.map(String);
      const meant = typeof value === "string" ? nearest(value, values) : undefined;
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      return `expected one of ${values.join(", ")}, ${got}${hint}`;
    }
    case "too_small":
      return `expected at least ${issue.minimum}, ${got}`;
    case "too_big":
      return `expected at most ${issue.maximum}, ${got}`;
    default:
      return `${issue.message}, ${got}`;
  }
}

function describeUnknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `unknown key; did you mean ${meant}?`;
  return `unknown key; expected one of ${known.join(", ")}`;
}

function shownAt(source: Source, value: unknown, path: Path): string {
  return isSecretField(String(path.at(-1))) ? "a secret" : show(source, value);
}

function show({ secrets }: Source, value: unknown): string {
  // Credentials in an address are as secret as under their own keys.
  const text = (isNode(value) ? String(value) : JSON.stringify(value)).replace(
    /\/\/[^/@\s"]+@/g,
    "//…@",
  );
  const hasSecret = [...secrets].some((secret) =>
    text.includes(JSON.stringify(secret).slice(1, -1)),
  );
  if (hasSecret) return typeof value === "string" ? "a secret" : "something with a secret in it";
  const plain = withoutKeys(text);
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}

/** The keys that an object of the schema knows. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  for (const step of path) at = child(at, step);
  const properties = field(at, "properties");
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function child(schema: unknown, step: PropertyKey): unknown {
  return typeof step === "number"
    ? field(schema, "items")
    : field(field(schema, "properties"), step);
}

function field(object: unknown, name: PropertyKey): unknown {
  if (typeof object !== "object" || object === null) return undefined;
  return Object.entries(object).find(([key]) => key === name)?.[1];
}

/** The line on which the value of a path is written; undefined when it is not. */
export function lineOf({ document, lines }: Source, path: Path): number | undefined {
  const node = document.getIn(path, true);
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
}

/** Where the value of a path is written, or the nearest object around it that is. */
function offsetOf(document: Document, path: Path, key?: string): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    if (length === path.length && key !== undefined && isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair && isScalar(pair.key)) return pair.key.range?.[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

/** A path as it is written in messages: `adapters[0].source`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}
