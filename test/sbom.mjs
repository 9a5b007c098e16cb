/**
 * Writes the bill of materials of an installation, dist/koine-<version>.cdx.json, in CycloneDX: every package of the lock
 * file that is not for development alone. `npm sbom --omit=dev` (11.19) would also leave out what development needs as
 * well, such as zod.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

/** @typedef {{ name?: string, version: string, dev?: boolean }} Entry */
/** @typedef {{ name: string, version: string, packages: Record<string, Entry> }} Lock */
/** @typedef {{ ref: string, dependsOn: string[] }} Dependency */
/** @typedef {{ component: { name: string } }} Metadata */
/** @typedef {{ components: { "bom-ref": string }[], dependencies: Dependency[], metadata: Metadata }} Bill */

const { name, version, packages } = /** @type {Lock} */ (
  JSON.parse(readFileSync("package-lock.json", "utf8"))
);
const options = ["--package-lock-only", "--sbom-type=application", "--sbom-format=cyclonedx"];
const text = execFileSync("npm", ["sbom", ...options], { encoding: "utf8", maxBuffer: 2 ** 26 });
const bill = /** @type {Bill} */ (JSON.parse(text));

const wanted = new Set([`${name}@${version}`]);
for (const [path, entry] of Object.entries(packages)) {
  const folder = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  if (entry.dev !== true) wanted.add(`${entry.name ?? folder}@${entry.version}`);
}
bill.components = bill.components.filter((one) => wanted.has(one["bom-ref"]));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => wanted.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => wanted.has(one)) }));
// npm takes the name of the folder.
bill.metadata.component.name = name;
mkdirSync("dist", { recursive: true });
writeFileSync(`dist/${name}-${version}.cdx.json`, `${JSON.stringify(bill, null, 2)}\n`);
