import { readFileSync, writeFileSync } from "node:fs";
import type { z } from "zod";
import type { Decoder } from "../../adapters/ble/decoders/decoder.ts";
import { keysOf } from "../../src/config/keys.ts";
import { propertyNames, specOf } from "../../src/model/vocabulary.ts";

/** A Markdown table of every key of a configuration schema. */
export function configTable(schema: z.ZodType): string {
  const rows = keysOf(schema).map(({ path, fallback, description }) => {
    const key = path.join(".");
    if (description === "") throw new Error(`"${key}" has no description`);
    const value = fallback === undefined ? "" : `\`${JSON.stringify(fallback)}\``;
    return `| \`${key}\` | ${value} | ${description} |`;
  });
  return ["| key | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** A Markdown table of every property of the vocabulary. */
export function vocabularyTable(): string {
  const rows = propertyNames.flatMap((name) => {
    const spec = specOf(name);
    if (!spec) return [];
    const range = spec.range ? `${spec.range[0]} to ${spec.range[1]}` : "";
    const values = spec.values?.map((value) => `\`${value}\``).join(" ") ?? "";
    const cells = [
      `\`${name}\``,
      spec.type,
      spec.unit ?? "",
      spec.access,
      range || values,
      spec.description,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const titles = "| name | type | unit | access | range or words | meaning |";
  return [titles, "| --- | --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** A Markdown table of families of Bluetooth senders, as people read it. */
export function familiesTable(families: readonly Decoder[]): string {
  const rows = families
    .toSorted((one, other) => one.title.localeCompare(other.title, "en"))
    .map(({ family, title, models, keyBytes, isBeacon }) => {
      const appears = isBeacon === true ? "when named" : "by itself";
      const key = keyBytes === undefined ? "" : "key";
      return `| ${[title, models.join(", "), key, appears, `\`${family}\``].join(" | ")} |`;
    });
  const titles = "| what | models | encrypts | appears | family |";
  return [titles, "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/**
 * The generated part of a document as it stands. With KOINE_WRITE_DOCS set it is written first.
 * @param file relative to the root of the repository
 */
export function generatedPart(file: string, name: string, content: string): string {
  const url = new URL(`../../${file}`, import.meta.url);
  const text = readFileSync(url, "utf8");
  const [start, end] = [`<!-- generated: ${name} -->\n`, "<!-- /generated -->"];
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end, from);
  if (process.env["KOINE_WRITE_DOCS"] !== undefined) {
    writeFileSync(url, `${text.slice(0, from)}${content}\n${text.slice(to)}`);
    return content;
  }
  return text.slice(from, to).trim();
}

/** What a link to a heading of a document has behind its #, as GitHub makes it. */
export function anchorsOf(document: string): ReadonlySet<string> {
  const titles = [...document.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replace(/\s/g, "-"),
    ),
  );
}
