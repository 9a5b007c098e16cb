import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Packed {
  readonly filename: string;
  /** Bytes of the tarball. */
  readonly size: number;
  /** Bytes of what is in it. */
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** What `npm pack` would put into the package, as it is built now. */
export function packedFiles(): Packed {
  return npmPack("--dry-run");
}

/**
 * Packs what is built now: building it again would take it from under the tests that run it.
 * @returns the path of the tarball
 */
export function packInto(directory: string): string {
  return join(directory, npmPack("--pack-destination", directory).filename);
}

function npmPack(...args: readonly string[]): Packed {
  const text = execFileSync("npm", ["pack", "--ignore-scripts", "--json", ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 16 * 2 ** 20,
  });
  // npm 12 has an object here, by the names of packages; those before have an array.
  const [packed] = Object.values(JSON.parse(text) as Readonly<Record<string, Packed>>);
  if (!packed) throw new Error(`npm pack tells of no package: ${text}`);
  return packed;
}
