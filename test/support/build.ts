import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds Koine before the tests: what runs in a worker cannot be loaded from sources. */
export function setup(): void {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: "inherit" });
}
