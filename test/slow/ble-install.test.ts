import { execFile, execFileSync } from "node:child_process";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bleState } from "../support/ble-daemon.ts";
import { Koine } from "../support/daemon.ts";
import { InstalledTree } from "../support/installed-tree.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** What npm and the scripts of packages call, but for whatever can compile. */
const commands = "sh bash env ls cat mkdir rm cp mv uname dirname basename sed grep tr cut true id";

/** A directory of commands in which there is no compiler, no make and no Python. */
async function pathWithoutCompiler(directory: string): Promise<string> {
  const path = join(directory, "bin");
  await mkdir(path);
  const own = ["node", "npm", "npx"].map((name) => join(dirname(process.execPath), name));
  const others = commands
    .split(" ")
    .map((name) => execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim());
  const files = [...own, ...others].filter((file) => file.startsWith("/"));
  await Promise.all(
    files.map((file) => symlink(file, join(path, file.slice(dirname(file).length)))),
  );
  return path;
}

test.skipIf(process.env["KOINE_BLE_INSTALL"] === "0")(
  "without a C++ compiler npm ci succeeds, and the gateway goes on without Bluetooth",
  { timeout: 300_000 },
  async () => {
    await using tree = await InstalledTree.make();
    const { directory } = tree;
    await copyFile(join(root, "package-lock.json"), join(directory, "package-lock.json"));
    const path = await pathWithoutCompiler(directory);
    const env = { PATH: path, HOME: directory };
    const found = execFileSync("sh", ["-c", "command -v cc g++ gcc clang make python3 || true"], {
      env,
      encoding: "utf8",
    });
    expect(found).toBe("");
    const args = ["ci", "--omit=dev", "--no-audit", "--no-fund"];
    await promisify(execFile)(join(path, "npm"), args, { cwd: directory, env });
    await using koine = await Koine.open(
      "bus: { listen: [tcp://127.0.0.1:0] }\nadapters: [{ use: wifi }, { use: ble }]\n",
      tree.main,
    );
    koine.env = env;
    const daemon = koine.start("run");
    const subscriber = await koine.subscriber(daemon);
    await bleState(subscriber, "waiting");
    await subscriber.publish("tele/shed/SENSOR", '{"DHT11":{"Temperature":10}}');
    await subscriber.next(({ topic }) => topic === "koine/1/tasmota-shed/value/temperature");
    const lines = daemon.log().filter(({ adapter }) => adapter === "ble");
    expect(lines).toMatchObject([{ level: 40, msg: "link gone" }]);
    expect(JSON.stringify(lines)).toContain("its library is not installed");
  },
);
