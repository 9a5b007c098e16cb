import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const document = new URL("../../docs/adapters.md", import.meta.url);
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

/** The files of the tutorial in docs/adapters.md, by name. */
export function tutorialFiles(): ReadonlyMap<string, string> {
  const text = readFileSync(document, "utf8");
  const blocks = text.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms);
  return new Map([...blocks].map(([, name = "", content = ""]) => [name, content]));
}

/** Copies the tutorial into a directory. */
export function writeTutorial(directory: string): void {
  for (const [name, content] of tutorialFiles()) writeFileSync(join(directory, name), content);
}

/** The tutorial in a directory of its own, where `koine/adapter` is the built one. */
export function openTutorial(): { readonly directory: string; readonly remove: () => void } {
  mkdirSync(dist, { recursive: true });
  const directory = mkdtempSync(join(dist, "tutorial-"));
  writeTutorial(directory);
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}
