import type { Scalar } from "koine/adapter";
import { splitTemplate } from "./lexer.ts";
import { templateLimits } from "./limits.ts";
import { Meter } from "./meter.ts";
import { stripped } from "./python-text.ts";
import { renderAll } from "./render.ts";
import { Scope } from "./scope.ts";
import { StatementReader } from "./statements.ts";
import { TemplateError } from "./template-error.ts";
import type { Statement } from "./tree.ts";
import { fromJson } from "./values.ts";

export { TemplateError } from "./template-error.ts";

/** A template that was read; pure. */
export interface Template {
  readonly text: string;
  /**
   * Never throws, and ends soon.
   * @returns undefined when it has nothing to say, such as when a path is missing
   */
  render(scope: TemplateScope): string | undefined;
}

/** The names a template finds. */
export interface TemplateScope {
  readonly value: Scalar;
  /** The value parsed, where it is JSON. */
  readonly value_json?: Scalar | undefined;
  readonly [name: string]: Scalar | undefined;
}

/**
 * Reads the part of Jinja that occurs in discovery messages of Home Assistant.
 * @throws TemplateError naming what it cannot read, and where
 */
export function parseTemplate(text: string): Template {
  if (text.length > templateLimits.templateLength) {
    throw new TemplateError("Too long a template", templateLimits.templateLength);
  }
  const segments = splitTemplate(text.replace(/\r\n?/g, "\n"));
  const statements = new StatementReader(segments).read();
  return { text, render: (scope) => render(statements, scope) };
}

function render(statements: readonly Statement[], names: TemplateScope): string | undefined {
  const scope = new Scope((name) =>
    Object.hasOwn(names, name) ? fromJson(names[name]) : undefined,
  );
  try {
    return stripped(renderAll(statements, { scope, meter: new Meter() }));
  } catch {
    // It has nothing to say: what is missing, of another type or too large is an error inside.
    return undefined;
  }
}
