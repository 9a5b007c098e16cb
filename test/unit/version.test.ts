import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeLeast, version } from "../../src/version.ts";

const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

test("the version in the code is the version of the package", () => {
  expect(JSON.parse(text)).toMatchObject({ version });
});

test("the first Node.js in the code is that of the package", () => {
  const engines = { node: `>=${nodeLeast.join(".")}` };
  expect(JSON.parse(text)).toMatchObject({ engines });
});
