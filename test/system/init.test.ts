import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Koine } from "../support/daemon.ts";

/** Runs `koine init` for a configuration here, with answers as they are typed. */
async function init(koine: Koine, typed: string, ...args: readonly string[]): Promise<string> {
  const running = koine.start("init", "--config", "koine.yaml", ...args);
  running.child.stdin?.end(typed);
  expect(await running.exit()).toBe(0);
  return running.out;
}

describe("koine init", () => {
  test("--yes asks nothing, and writes what can be used", async () => {
    await using koine = await Koine.open();
    const out = await init(koine, "", "--yes");
    expect(out).not.toContain("?");
    expect(out).toMatch(/^Wrote {2}.*\/koine\.yaml$/m);
    expect(out).toMatch(/^Next\n {2}1 {2}koine doctor .*\n {2}2 {2}koine run .*\n {2}3 {2}koine /m);
    expect((await koine.run("config", "check")).code).toBe(0);
    const text = await readFile(join(koine.directory, "koine.yaml"), "utf8");
    const [, schema = ""] = /^# yaml-language-server: \$schema=(\S+)/.exec(text) ?? [];
    expect(JSON.parse(await readFile(join(koine.directory, schema), "utf8"))).toHaveProperty(
      "properties.adapters",
    );
  });

  test("asks, takes answers, asks again, and makes an administrator", async () => {
    await using koine = await Koine.open();
    const out = await init(koine, "perhaps\nmqtt://192.0.2.20:1883\nmaybe\ny\n");
    expect(out).toContain("That cannot be used.");
    expect(out).toContain("Please say y or n.");
    expect(out).toMatch(/^Password: \S{16}$/m);
    expect((await koine.run("user", "list")).out).toMatch(/^admin +admin$/m);
    const text = await readFile(join(koine.directory, "koine.yaml"), "utf8");
    expect(text).toContain("source: mqtt://192.0.2.20:1883");
    expect(text).toContain("tls://0.0.0.0:8883");
    const { mode } = await stat(join(koine.directory, "koine.yaml"));
    expect(mode & 0o777).toBe(0o644);
  });

  test("never touches a configuration that is there", async () => {
    await using koine = await Koine.open("adapters: []\n");
    const { code, err } = await koine.run("init", "--yes", "--config", "koine.yaml");
    expect(code).toBe(1);
    expect(err).toContain("is there already");
    expect(await readFile(join(koine.directory, "koine.yaml"), "utf8")).toBe("adapters: []\n");
  });
});
