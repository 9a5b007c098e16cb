import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../../src/version.ts";
import { bleState } from "../support/ble-daemon.ts";
import { Koine } from "../support/daemon.ts";
import { InstalledTree } from "../support/installed-tree.ts";
import { packInto } from "../support/package.ts";
import { hasCompiler, nodeOf, npmOf, pathWithoutCompiler } from "../support/toolchain.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const execute = promisify(execFile);

/** npm 12 does not support Node.js 20: see below. */
const toolchains = [
  { node: 20, npm: 10 },
  { node: 20, npm: 11 },
  { node: 22, npm: 10 },
  { node: 22, npm: 11 },
  { node: 22, npm: 12 },
  { node: 24, npm: 10 },
  { node: 24, npm: 11 },
  { node: 24, npm: 12 },
];
const ways = ["without a compiler", "with --ignore-scripts", "as it is"] as const;
const installs = ways.flatMap((way) => toolchains.map((toolchain) => ({ ...toolchain, way })));
/** How many of them are tried, the first ones. */
const affordable = Number(process.env["KOINE_INSTALLS"] ?? installs.length);

/** What of the Bluetooth library is compiled, below `node_modules`. */
const compiled = "@abandonware/bluetooth-hci-socket/build/Release/bluetooth_hci_socket.node";

let folder = "";
let tarball = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "koine-install-"));
  tarball = packInto(folder);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each(installs.slice(0, affordable))(
  "npm $npm on Node.js $node installs it $way, and it runs",
  { timeout: 300_000 },
  async ({ node, npm, way }) => {
    const prefix = await mkdtemp(join(folder, "prefix-"));
    const program = await nodeOf(node);
    const path =
      way === "without a compiler"
        ? await pathWithoutCompiler(join(prefix, "path"), program)
        : [dirname(program), process.env["PATH"]].join(delimiter);
    expect(hasCompiler(path) && way === "without a compiler").toBe(false);
    const env = { ...process.env, PATH: path };
    const options = way === "with --ignore-scripts" ? ["--ignore-scripts"] : [];
    const args = ["install", "--global", "--prefix", prefix, ...options, tarball];
    await execute(program, [await npmOf(npm), ...args], { cwd: prefix, env });

    const installed = join(prefix, "lib/node_modules/koine");
    const isCompiled = existsSync(join(installed, "node_modules", compiled));
    expect(isCompiled && (way !== "as it is" || npm === 12)).toBe(false);
    await using koine = await Koine.open(bluetooth, join(prefix, "bin/koine"));
    koine.node = program;
    koine.env = { PATH: path };
    expect(await koine.run("version")).toMatchObject({ code: 0, out: `${version}\n` });
    await commandADevice(koine);
    if (!isCompiled) await goOnWithoutBluetooth(koine);
    await rm(prefix, { recursive: true });
  },
);

const bluetooth = "bus: { listen: [tcp://127.0.0.1:0] }\nadapters: [{ use: wifi }, { use: ble }]\n";

/** The demo, one command to a simulated device, and its end. */
async function commandADevice(koine: Koine): Promise<void> {
  const demo = koine.start("demo");
  const client = await koine.subscriber(demo);
  const device = "koine/1/wifi-024b4f000001";
  await client.next(({ topic }) => topic === `${device}/value/onoff`);
  await client.publish(`${device}/set`, '{"onoff":true,"_id":"installed"}');
  const done = await client.next(
    ({ topic, payload }) => topic === `${device}/result` && !payload.includes('"accepted"'),
  );
  expect(JSON.parse(done.payload)).toMatchObject({ status: "done", confirmed_by: "report" });
  demo.signal("SIGTERM");
  expect(await demo.exit()).toBe(0);
}

/** The daemon says in one line what it lacks and how to get it, and the others work. */
async function goOnWithoutBluetooth(koine: Koine): Promise<void> {
  const daemon = koine.start("run");
  const subscriber = await koine.subscriber(daemon);
  await bleState(subscriber, "waiting");
  await subscriber.publish("tele/shed/SENSOR", '{"DHT11":{"Temperature":10}}');
  await subscriber.next(({ topic }) => topic === "koine/1/tasmota-shed/value/temperature");
  daemon.signal("SIGTERM");
  expect(await daemon.exit()).toBe(0);
  const lines = daemon.log().filter(({ adapter }) => adapter === "ble");
  expect(lines).toMatchObject([{ level: 40, msg: "link gone" }]);
  const [line] = lines.map((one) => JSON.stringify(one));
  expect(line).toContain("its library is not installed");
  expect(line).toContain("--allow-scripts=@abandonware/bluetooth-hci-socket");
}

describe.skipIf(affordable < installs.length)("in a checkout", () => {
  test.each([10, 11, 12])(
    "npm ci of npm %i compiles for Bluetooth, and has no script to complain of",
    { timeout: 300_000 },
    async (npm) => {
      await using tree = await InstalledTree.make();
      const files = ["package-lock.json", ".npmrc"];
      await Promise.all(
        files.map((file) => copyFile(join(root, file), join(tree.directory, file))),
      );
      const program = await nodeOf(24);
      const env = { ...process.env, PATH: [dirname(program), process.env["PATH"]].join(delimiter) };
      const args = [await npmOf(npm), "ci", "--omit=dev"];
      const { stderr } = await execute(program, args, { cwd: tree.directory, env });
      expect(stderr).not.toContain("install-scripts");
      const isCompiled = existsSync(join(tree.directory, "node_modules", compiled));
      expect(isCompiled).toBe(hasCompiler());
    },
  );

  test("npm 12 says itself that Node.js 20 is too old for it", { timeout: 120_000 }, async () => {
    const { stderr } = await execute(await nodeOf(20), [await npmOf(12), "--version"]);
    expect(stderr).toMatch(/npm v12\S* does not support Node\.js v20/);
  });
});
