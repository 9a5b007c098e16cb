import { spawn, spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hidingFolder } from "../../src/service/reach.ts";
import { InstalledTree } from "../support/installed-tree.ts";
import { Koine, Running } from "../support/daemon.ts";

/** In continuous integration they have to be there. */
const hasAll = process.env["KOINE_CI"] !== undefined;
const has = (program: string): boolean =>
  hasAll || spawnSync(program, ["--version"]).error === undefined;

const unit = "/etc/systemd/system/koine.service";
const files = [unit, "/etc/sysusers.d/koine.conf", "/etc/udev/rules.d/60-koine.rules"];
const ble = "data: /var/lib/koine\nadapters: [{ use: wifi }, { use: ble }]\n";
let koine: Koine;
let root = "";

beforeEach(async () => {
  koine = await Koine.open();
  root = join(koine.directory, "machine");
  await settings("data: /var/lib/koine\n");
  await writeFile(join(root, "etc/group"), "root:x:0:\ndialout:x:20:\n");
});

afterEach(async () => {
  await koine[Symbol.asyncDispose]();
});

async function settings(text: string): Promise<void> {
  await mkdir(join(root, "etc/koine"), { recursive: true });
  await writeFile(join(root, "etc/koine/koine.yaml"), text);
}

type Outcome = Awaited<ReturnType<Koine["run"]>>;

function service(...args: readonly string[]): Promise<Outcome> {
  return koine.run("service", ...args, "--root", root);
}

/** Every file of the machine but its settings, by path, with its text. */
async function installed(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !["koine.yaml", "group"].includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    paths.map(async (path) => [path.slice(root.length), await readFile(path, "utf8")] as const),
  );
  return new Map(texts);
}

describe("koine service", () => {
  test("install writes its files, once, and uninstall removes them alone", async () => {
    const first = await service("install");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/^ {2}systemctl restart koine\.service$/m);
    expect([...(await installed()).keys()].toSorted()).toEqual(files.toSorted());
    expect((await stat(join(root, unit))).mode & 0o777).toBe(0o644);
    const second = await service("install");
    expect(second).toMatchObject({ code: 0 });
    expect(second.out).not.toMatch(/wrote|daemon-reload|restart|udevadm/);
    const removed = await service("uninstall");
    expect(removed.code).toBe(0);
    expect(removed.out).toContain("Data (/var/lib/koine");
    expect([...(await installed()).keys()]).toEqual([]);
    expect(await readFile(join(root, "etc/koine/koine.yaml"), "utf8")).toContain("data:");
    expect((await service("uninstall")).out).toContain("Nothing to remove");
  });

  test("install --dry-run shows every file and command, and changes nothing", async () => {
    const { code, out } = await service("install", "--dry-run");
    expect(code).toBe(0);
    expect([...(await installed()).keys()]).toEqual([]);
    for (const path of files) expect(out).toContain(`# ${path} (0644, new)`);
    expect(out).toContain("\nsystemctl daemon-reload\nsystemctl enable koine.service\n");
    await service("install");
    for (const text of (await installed()).values()) expect(out).toContain(text);
  });

  test("install rewrites a file that was changed, and says what to run", async () => {
    await service("install");
    const text = await readFile(join(root, unit), "utf8");
    await writeFile(join(root, unit), text.replace("WatchdogSec=30", "WatchdogSec=9"));
    expect((await service("status")).out).toContain("not as this version makes it");
    const { out } = await service("install");
    expect(out).toContain(`wrote  ${join(root, unit)}`);
    expect(out).toMatch(/^ {2}systemctl restart koine\.service$/m);
    expect(await readFile(join(root, unit), "utf8")).toBe(text);
    expect((await service("status")).out).toContain("up to date");
  });

  test("leaves what somebody else has put there alone", async () => {
    await mkdir(join(root, "etc/systemd/system"), { recursive: true });
    await writeFile(join(root, unit), "[Service]\nExecStart=/bin/true\n");
    const { code, err } = await service("install");
    expect(code).toBe(1);
    expect(err).toContain(`sudo mv ${unit} ${unit}.old`);
    expect((await service("uninstall")).out).toContain(`left   ${unit}`);
    expect([...(await installed()).keys()]).toEqual([unit]);
  });

  test("gives the service alone what others may not read", async () => {
    await writeFile(join(root, "etc/koine/secrets.yaml"), "a: b");
    await chmod(join(root, "etc/koine/koine.yaml"), 0o600);
    const { out } = await service("install", "--dry-run");
    for (const file of ["koine.yaml", "secrets.yaml"]) {
      expect(out).toContain(`chown root:koine /etc/koine/${file}\nchmod 0640 /etc/koine/${file}\n`);
    }
  });

  test("needs a configuration, and says how to make one", async () => {
    await rm(join(root, "etc/koine/koine.yaml"));
    const { code, err } = await service("install");
    expect(code).toBe(78);
    expect(err).toMatch(/There is no .*\/etc\/koine\/koine\.yaml.* sudo .* init\n$/);
  });

  test("keeps no data where the service cannot see it", async () => {
    await settings("data: /home/pi/koine-data\n");
    const { code, err } = await service("install");
    expect(code).toBe(78);
    expect(err).toContain('does not see /home; write "data: /var/lib/koine"');
    await settings("data: /mnt/ssd/koine\n");
    const { out } = await service("install", "--dry-run");
    expect(out).toContain("install -d -m 0700 -o koine -g koine /mnt/ssd/koine\n");
  });

  test("status ends with 1 where it does not run, and says so as JSON", async () => {
    const none = await service("status", "--json");
    expect(none.code).toBe(1);
    expect(JSON.parse(none.out)).toEqual({ isInstalled: false });
    await service("install");
    const { out } = await service("status", "--json");
    expect(JSON.parse(out)).toEqual({ isInstalled: true, isUpToDate: true });
  });

  test("refuses a program that the service cannot see, with the commands to run", async () => {
    await using tree = await InstalledTree.make();
    await tree.linkPackages("");
    const args = [tree.main, "service", "install", "--dry-run"];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(1);
    // A Node.js that is hidden itself, as one that npx has fetched, is told of first.
    const move =
      hidingFolder(process.execPath) === undefined
        ? `sudo cp -rT ${tree.directory} /opt/koine && sudo `
        : `sudo install -m 0755 ${process.execPath} /usr/local/bin/node && sudo `;
    expect(stderr).toContain(move);
    expect(stderr).toMatch(/\/dist\/src\/main\.js service install\n$/);
  });
});

/** Prints each message as it comes. It keeps no file that is sent along: `systemd-notify` waits for that. */
const listen =
  '$| = 1; my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!; print "$b\\n" while defined $s->recv($b, 4096);';

describe.skipIf(!has("systemd-notify") || !has("perl"))("systemd", () => {
  test("hears that the daemon runs, that it lives and that it stops", async () => {
    const socket = join(koine.directory, "notify");
    const listener = new Running(spawn("perl", ["-MIO::Socket::UNIX", "-e", listen, socket]));
    try {
      await expect
        .poll(() =>
          stat(socket).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      koine.env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000000" };
      await koine.write("koine.yaml", "bus: { listen: [tcp://127.0.0.1:0] }\n");
      const daemon = koine.start("run");
      await listener.says(/READY=1/);
      await listener.says(/STATUS=MQTT tcp:\/\/127\.0\.0\.1:\d+/);
      await listener.says(/WATCHDOG=1/);
      expect(listener.out).not.toContain("STOPPING");
      daemon.signal("SIGTERM");
      await listener.says(/STOPPING=1/);
      expect(await daemon.exit()).toBe(0);
      expect(daemon.err).not.toContain("systemd cannot be told");
    } finally {
      listener.signal("SIGKILL");
    }
  });
});

describe.skipIf(!has("systemd-analyze"))("systemd itself", () => {
  test.each([
    ["without Bluetooth", "data: /var/lib/koine\n"],
    ["with Bluetooth", ble],
    ["with data elsewhere", "data: /mnt/ssd/koine\n"],
    [
      "with a modem",
      "data: /var/lib/koine\nadapters: [{ use: sms, modems: [{ port: 'usb:1e0e:9001' }] }]\n",
    ],
  ])("takes the unit without a word, and finds it closed enough, %s", async (_, config) => {
    await settings(config);
    expect(await service("install")).toMatchObject({ code: 0, err: "" });
    const file = join(root, unit);
    const analyze = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync("systemd-analyze", [...args, file], { encoding: "utf8" });
    expect(analyze("verify", "--man=no")).toMatchObject({ status: 0, stderr: "" });
    const safe = analyze("security", "--no-pager", "--offline=true", "--threshold=35");
    expect(safe).toMatchObject({ status: 0 });
  });

  test("refuses a unit that asks for nonsense, so that the check is one", async () => {
    await service("install");
    const file = join(root, unit);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace(/^ExecStart=\S+/m, "ExecStart=/nowhere/node"));
    expect(spawnSync("systemd-analyze", ["verify", "--man=no", file]).status).not.toBe(0);
  });
});
