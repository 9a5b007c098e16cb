import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  hasLicenceText,
  installedLicence,
  licenceList,
  licensedPackages,
} from "../support/licences.ts";
import { version } from "../../src/version.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = licensedPackages();
const installed = packages.filter((one) => installedLicence(one) !== undefined);

/** Licences under which packages may be passed on together with Koine, as NOTICE says. */
const known = new Set([
  "(BSD-3-Clause OR GPL-2.0)",
  "(MIT OR GPL-2.0)",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "GPL-3.0-or-later",
  "ISC",
  "MIT",
  "OFL-1.1",
]);

test("NOTICE names every package with its licence", () => {
  const start = "\nPACKAGES\n";
  const text = readFileSync(`${root}NOTICE`, "utf8");
  const from = text.indexOf(start) + start.length;
  const list = `\n${licenceList(packages)}\n`;
  if (process.env["KOINE_WRITE_DOCS"] !== undefined) {
    writeFileSync(`${root}NOTICE`, `${text.slice(0, from)}${list}`);
  }
  expect(readFileSync(`${root}NOTICE`, "utf8").slice(from)).toBe(list);
});

test("no package has a licence that nobody has thought about", () => {
  const others = packages.filter(({ licence }) => !known.has(licence));
  expect(others).toEqual([]);
  const copyleft = packages.filter(({ licence }) => licence.startsWith("GPL"));
  expect(copyleft.map(({ name }) => name)).toEqual(["zigbee-on-host"]);
});

test("what is installed has the licence that the lock file says", () => {
  expect(installed.length).toBeGreaterThan(100);
  const wrong = installed.filter((one) => installedLicence(one) !== one.licence);
  expect(wrong).toEqual([]);
});

test("NOTICE tells which packages come without the text of their licence", () => {
  const [, listed = ""] =
    /do not have\s+it:\s([^.]*)\./.exec(readFileSync(`${root}NOTICE`, "utf8")) ?? [];
  const without = installed.filter((one) => !hasLicenceText(one)).map(({ name }) => name);
  const names = listed.split(/,\s+/).filter((name) => installed.some((one) => one.name === name));
  expect(names.toSorted()).toEqual([...new Set(without)].toSorted());
});

test("the bill of materials names every package, and that one of them is under the GPL", () => {
  execFileSync("npm", ["run", "--silent", "sbom"], { cwd: root });
  const bill = JSON.parse(readFileSync(`${root}dist/koine-${version}.cdx.json`, "utf8")) as Bill;
  expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.5" });
  const named = bill.components.map(({ purl }) => decodeURIComponent(purl));
  const wanted = packages.map((one) => `pkg:npm/${one.name}@${one.version}`);
  expect(named.toSorted()).toEqual([...new Set(wanted)].toSorted());
  expect(bill.components.find(({ name }) => name === "zigbee-on-host")).toMatchObject({
    licenses: [{ license: { id: "GPL-3.0-or-later" } }],
  });
});

interface Bill {
  readonly components: readonly { readonly name: string; readonly purl: string }[];
}
