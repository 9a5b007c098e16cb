import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jsonSchemas, schemaFile } from "../../src/model/payloads.ts";

const folder = new URL("../../docs/schema/", import.meta.url);

test.each([...jsonSchemas()])("the published schema of %s is that of the model", (kind, schema) => {
  const file = new URL(schemaFile(kind), folder);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (process.env["KOINE_WRITE_DOCS"] !== undefined) writeFileSync(file, text);
  expect(existsSync(file) && readFileSync(file, "utf8")).toBe(text);
});

test("nothing else is published as a schema", () => {
  const known = [...jsonSchemas().keys()].map(schemaFile);
  expect(readdirSync(folder).toSorted()).toEqual(known.toSorted());
});
