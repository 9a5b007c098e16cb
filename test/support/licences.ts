import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A package that an installation of Koine fetches, in one of its versions. */
export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** As its package.json names it: an SPDX expression. */
  readonly licence: string;
  /** Whether an installation can be without it. */
  readonly isOptional: boolean;
  /** Where it stands, below the root of the repository. */
  readonly folder: string;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        /** Where it is installed under another name. */
        readonly name?: string;
        readonly version: string;
        readonly license?: string;
        readonly dev?: boolean;
        readonly optional?: boolean;
        readonly devOptional?: boolean;
      }
    >
  >;
}

/** Those that name their licence in a file alone, which is theirs in full. */
const inFileAlone: Readonly<Record<string, string>> = { "png-js": "MIT" };

/** Every package of the lock file that is not for development alone. */
export function licensedPackages(): readonly Licensed[] {
  const lock = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")) as Lock;
  return Object.entries(lock.packages)
    .filter(([folder, { dev }]) => folder !== "" && dev !== true)
    .map(([folder, { name: known, version, license, optional, devOptional }]) => {
      const at = folder.lastIndexOf("node_modules/") + "node_modules/".length;
      const name = known ?? folder.slice(at);
      const licence = license ?? inFileAlone[name];
      if (licence === undefined) throw new Error(`"${name}" names no licence: look at its files`);
      const isOptional = optional === true || devOptional === true;
      return { name, version, licence, isOptional, folder };
    });
}

/** What the installed package says of itself; undefined where it is not installed. */
export function installedLicence({ folder, name }: Licensed): string | undefined {
  const file = `${root}${folder}/package.json`;
  if (!existsSync(file)) return undefined;
  const { license } = JSON.parse(readFileSync(file, "utf8")) as { license?: string };
  return license ?? inFileAlone[name];
}

/** Whether the package has the text of its licence in its folder. */
export function hasLicenceText({ folder }: Licensed): boolean {
  return readdirSync(`${root}${folder}`).some((name) => /^(?:licen[cs]e|copying)/i.test(name));
}

/** Names and versions by licence, as NOTICE has them. */
export function licenceList(packages: readonly Licensed[]): string {
  const licences = [...new Set(packages.map(({ licence }) => licence))].toSorted();
  const sections = licences.map((licence) => {
    const names = namesOf(packages.filter((one) => one.licence === licence));
    return [licence, ...names.map((name) => `  ${name}`)].join("\n");
  });
  return sections.join("\n\n");
}

/** Names and versions, with a star where an installation can be without. */
function namesOf(packages: readonly Licensed[]): readonly string[] {
  const isOptional = new Map<string, boolean>();
  for (const one of packages) {
    const name = `${one.name} ${one.version}`;
    isOptional.set(name, one.isOptional && isOptional.get(name) !== false);
  }
  const names = [...isOptional].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return names.map(([name, optional]) => (optional ? `${name} *` : name));
}
