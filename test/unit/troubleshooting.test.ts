import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { refusals } from "../../adapters/ble/reception.ts";
import { troubles as bleTroubles } from "../../adapters/ble/troubles.ts";
import { troubles as smsTroubles } from "../../adapters/sms/troubles.ts";
import { diagnostics as wifiDiagnostics } from "../../adapters/wifi/dialect.ts";
import { diagnostics as zigbeeDiagnostics } from "../../adapters/zigbee/diagnostics.ts";
import { internalCode } from "../../src/core/supervisor.ts";
import { commandErrorCodes, errorCodes } from "../../src/errors.ts";
import { exitCode } from "../../src/exit-code.ts";
import { adapterStates } from "../../src/model/bridge.ts";
import { findingCodes } from "../../src/model/finding.ts";

const root = new URL("../../", import.meta.url);

interface Entry {
  readonly title: string;
  readonly text: string;
}

/** The parts of a Markdown text below headings of one level, in their order. */
function parts(text: string, level: "##" | "###"): readonly Entry[] {
  return text
    .split(new RegExp(`^${level} `, "m"))
    .slice(1)
    .map((part) => {
      const [title = "", ...lines] = part.split("\n");
      return { title, text: lines.join("\n") };
    });
}

function read(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

const document = read("docs/troubleshooting.md");
const sections = new Map(parts(document, "##").map(({ title, text }) => [title, text]));

function entriesOf(section: string): readonly Entry[] {
  return parts(sections.get(section) ?? "", "###");
}

function sorted(words: Iterable<string | number>): readonly string[] {
  return [...new Set([...words].map(String))].toSorted();
}

/**
 * Codes that stand as words in a call, and so in no list.
 * @param call how the call begins
 */
function literalCodes(call: string): readonly string[] {
  const files = readdirSync(new URL("adapters/", root), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts") && !file.includes("simulator"));
  const pattern = new RegExp(`${call}[^}]*\\bcode: "(\\w+)"`, "g");
  return sources.flatMap((file) =>
    [...read(`adapters/${file}`).matchAll(pattern)].map(([, code = ""]) => code),
  );
}

describe("docs/troubleshooting.md", () => {
  test.each<[section: string, codes: Iterable<string | number>]>([
    ["Exit codes", Object.values(exitCode)],
    ["Classes of errors", errorCodes],
    ["Adapters", [internalCode, ...Object.keys(smsTroubles), ...Object.keys(bleTroubles)]],
    ["Commands", commandErrorCodes],
    [
      "Not understood",
      [...wifiDiagnostics, ...zigbeeDiagnostics, ...Object.keys(refusals)].filter(
        // One word, one entry: it is a code of commands as well.
        (code) => !commandErrorCodes.some((one) => one === code),
      ),
    ],
    ["Findings of koine doctor", findingCodes],
  ])("has an entry for each code under %s, and for no other", (section, codes) => {
    expect(sorted(entriesOf(section).map(({ title }) => title))).toEqual(sorted(codes));
  });

  test("tells of every state of an adapter", () => {
    const text = sections.get("Adapters") ?? "";
    expect(adapterStates.filter((state) => !text.includes(`\n| \`${state}\` |`))).toEqual([]);
  });

  test("says in every entry what to do next", () => {
    const entries = [...sections.values()].flatMap((text) => parts(text, "###"));
    expect(entries.length).toBeGreaterThan(100);
    const without = entries.filter(({ text }) => !/^\S.*\nNext: \S/m.test(text));
    expect(without.map(({ title }) => title)).toEqual([]);
  });

  test("has each heading once, so that a link finds it", () => {
    const titles = [...document.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
    expect(titles).toEqual([...new Set(titles)]);
  });
});

test("codes of adapters stand in a list, and not in calls", () => {
  expect(literalCodes("status\\(\\{")).toEqual([]);
  expect(literalCodes('type: "diagnostic",')).toEqual([]);
});
