import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { packedFiles } from "../support/package.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { files, size, unpackedSize } = packedFiles();
const packed = files.map(({ path }) => path);

/** Paths below a folder of the repository, relative to its root. */
function under(folder: string): readonly string[] {
  const names = readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" });
  return names.map((name) => `${folder}/${name}`);
}

const isDocument = /^(?:docs\/[^/]+\.md|docs\/schema\/[^/]+\.json|adapters\/[^/]+\/README\.md)$/;

test("beside the built program the package has the documents that its user needs, and nothing else", () => {
  const documents = [...under("docs"), ...under("adapters")].filter((path) =>
    isDocument.test(path),
  );
  const atRoot = ["CHANGELOG.md", "LICENSE", "NOTICE", "README.md", "package.json"];
  const others = packed.filter((path) => !path.startsWith("dist/"));
  expect(others.toSorted()).toEqual([...documents, ...atRoot].toSorted());
});

test("of the program it has every module and the types that an adapter's author needs, and no map", () => {
  const sources = [...under("src"), ...under("adapters")].filter((path) => path.endsWith(".ts"));
  const modules = sources.map((path) => `dist/${path.replace(/\.ts$/, ".js")}`);
  expect(modules.filter((path) => !packed.includes(path))).toEqual([]);
  expect(packed).toEqual(expect.arrayContaining(["dist/src/core/adapter.d.ts"]));
  const isProgram = /^dist\/(?:src\/.+\.(?:js|d\.ts|json)|adapters\/.+\.(?:js|json))$/;
  const others = packed.filter((path) => path.startsWith("dist/") && !isProgram.test(path));
  expect(others).toEqual([]);
});

test("it is at most 1.5 MB to fetch and 5 MB on the disk", () => {
  expect(size).toBeLessThan(1_500_000);
  expect(unpackedSize).toBeLessThan(5_000_000);
});
