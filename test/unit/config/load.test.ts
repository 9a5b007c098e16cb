import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wifi } from "../../../adapters/wifi/index.ts";
import { loadConfig, type AdapterKinds, type LoadedConfig } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/errors.ts";
import { shownJson } from "../../../src/log-redaction.ts";

let directory = "";

/** What a configuration may use here; files and packages need the built program. */
const kinds: AdapterKinds = {
  names: ["wifi"],
  load: async (use) => {
    if (use === "strong") return { ...wifi, kind: use, isolation: "worker" };
    return use === "wifi" ? wifi : undefined;
  },
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "koine-config-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function load(text: string, env: Record<string, string> = {}): Promise<LoadedConfig> {
  const file = join(directory, "koine.yaml");
  await writeFile(file, text);
  return loadConfig({ file, env, kinds });
}

/** Line, column, path and message of each problem. */
async function problems(text: string): Promise<string[]> {
  try {
    await load(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    );
  }
  return [];
}

describe("no configuration", () => {
  test("is the defaults, on loopback, with the wifi world", async () => {
    const loaded = await loadConfig({ env: {}, kinds });
    expect(loaded.config.bus.listen).toEqual([
      { protocol: "tcp", host: "127.0.0.1", port: 1883 },
      { protocol: "ws", host: "127.0.0.1", port: 9001 },
    ]);
    expect(loaded.adapters.map(({ name, config }) => [name, config])).toEqual([
      ["wifi", expect.objectContaining({ source: "own", filters: ["#"] })],
    ]);
    expect(loaded.file).toBeUndefined();
  });
});

describe("a configuration", () => {
  test("may say everything", async () => {
    const loaded = await load(`
id: farm
data: ./state
log: { level: debug }
bus:
  root: farm
  listen: ["tcp://127.0.0.1:11883", "ws://[::1]:19001"]
publish: { values: false, refresh: 60 }
commands: { timeout: 4 }
gateway: { interval: 30 }
adapters:
  - use: wifi
  - use: wifi
    name: barn
    source: mqtts://barn.example:8883
    username: koine
    filters: ["tele/#", "stat/#"]
    tasmota: { full_topic: ["%prefix%/barn/%topic%/"] }
`);
    expect(loaded.config).toMatchObject({
      id: "farm",
      data: join(directory, "state"),
      bus: { root: "farm", listen: [{ port: 11_883 }, { protocol: "ws", host: "::1" }] },
      publish: { values: false, refresh: 60 },
    });
    expect(loaded.adapters.map(({ name }) => name)).toEqual(["wifi", "barn"]);
    expect(loaded.adapters[1]?.config).toMatchObject({
      source: "mqtts://barn.example:8883",
    });
  });

  test("with five mistakes reports all five, with line, column and what was expected", async () => {
    const found = await problems(`bus:
  lisen: [tcp://127.0.0.1:1883]
log:
  level: loud
publish:
  refresh: often
adapters:
  - use: wify
  - use: wifi
    name: second
    sorce: own
`);
    expect(found).toEqual([
      "2:3 bus.lisen: unknown key; did you mean listen?",
      '4:10 log.level: expected one of debug, info, warn, error, got "loud"',
      '6:12 publish.refresh: expected number, got "often"',
      '8:10 adapters[0].use: unknown kind of adapter "wify", expected wifi, a file such as ./my-adapter.mjs or an installed package; did you mean wifi?',
      "11:5 adapters[1].sorce: unknown key; did you mean source?",
    ]);
  });

  test.each([
    ["bus: {listen: [tcp://0.0.0.0:1883]}", "expected tls://, or bus.insecure: true"],
    ["bus: {listen: [http://127.0.0.1:80]}", "expected tcp://host:port, tls://host:port"],
    ["bus: {listen: [tcp://127.0.0.1]}", "expected tcp://host:port, tls://host:port"],
    ["bus: {listen: []}", "expected at least 1, got []"],
    ["bus: {root: a/b}", "expected one topic segment"],
    ["commands: {timeout: 0}", "expected at least 0.1, got 0"],
    ["adapters: [{use: wifi, source: http://x}]", "expected own, mqtt://host:port"],
    ["adapters: [{use: wifi}, {use: wifi}]", 'another adapter named "wifi"'],
    ["adapters: [{use: wifi, name: gateway}]", "gateway and host are the gateway itself"],
    ["adapters: [{use: wifi, isolation: vm}]", "expected one of none, worker, process"],
    ["adapters: [{use: strong, isolation: none}]", "strong needs at least worker, got none"],
    ["adapters: [{name: x}]", "expected string, it is missing"],
    ["adapters: [{use: wifi, tasmota: {full_topic: [tele/x]}}]", "expected a FullTopic"],
    ["adapters: [{use: wifi, source: 'mqtt://'}]", "expected own, mqtt://host:port"],
    ["adapters: [{use: wifi, source: 'mqtt://me:pw@x'}]", "username and password are keys"],
    ["adapters: [{use: wifi, filters: ['a/#/b']}]", "expected a topic filter"],
    ["bus: *foo", "*foo repeats an anchor that is not there"],
    ["nonsense: 1", "unknown key; expected one of id, data, log, bus"],
    ["log: [", "must be"],
    ["- a\n- b", "expected object"],
    ["just text", "expected object"],
  ])("%s is refused: %s", async (text, reason) => {
    const found = await problems(text);
    expect(found.join("\n")).toContain(reason);
    for (const problem of found) expect(problem).toMatch(/^\d+:\d+ /);
  });

  test("that is not there is named", async () => {
    const loading = loadConfig({ file: join(directory, "no.yaml"), env: {}, kinds });
    await expect(loading).rejects.toThrow("no such file or directory");
  });
});

describe("a secret", () => {
  test("that is written in the file itself is not shown, however deep or mistyped", async () => {
    const key = "231d39c1d7cc1ab1aee224cd096db9";
    const [wrong = ""] = await problems(`adapters: [{use: wifi, source: ${key}}]`);
    expect(wrong).toContain('got "a secret"');
    expect(shownJson([{ key, irk: "x1" }, { person: { number: "+254700000001" } }])).toBe(
      '[{"key":"a secret","irk":"a secret"},{"person":{"number":"a secret"}}]',
    );
  });

  const text = (value: string): string => `adapters: [{use: wifi, password: ${value}}]`;

  async function password(loading: Promise<LoadedConfig>): Promise<unknown> {
    const { adapters, secrets } = await loading;
    const config = adapters[0]?.config as { password?: string };
    expect(secrets.has(config.password ?? "")).toBe(true);
    return config.password;
  }

  test("comes from secrets.yaml beside the configuration", async () => {
    await writeFile(join(directory, "secrets.yaml"), "barn_password: hunter22\n");
    expect(await password(load(text("!secret barn_password")))).toBe("hunter22");
  });

  test("comes from the credentials of systemd before that", async () => {
    await writeFile(join(directory, "barn"), "from systemd\n");
    expect(await password(load(text("!secret barn"), { CREDENTIALS_DIRECTORY: directory }))).toBe(
      "from systemd",
    );
  });

  test("comes from a file or from the environment", async () => {
    await writeFile(join(directory, "pw.txt"), "in a file\n");
    expect(await password(load(text("!file pw.txt")))).toBe("in a file");
    expect(await password(load(text("!env BARN"), { BARN: "in the environment" }))).toBe(
      "in the environment",
    );
  });

  test.each(["!secret nobody", "!file nowhere", "!env NOTHING"])(
    "%s that is missing is named",
    async (tag) => {
      await writeFile(join(directory, "secrets.yaml"), "a: b\n");
      const found = await problems(text(tag));
      expect(found[0]).toContain(tag.split(" ")[1]);
    },
  );

  test("is not shown when what contains it is wrong", async () => {
    await writeFile(join(directory, "secrets.yaml"), "pw: hunter22\n");
    const found = await problems("bus: {root: [!secret pw]}\nlog: {level: {x: !secret pw}}");
    expect(found).toHaveLength(2);
    expect(found.join()).not.toContain("hunter22");
    expect(found.join()).toContain("something with a secret in it");
  });

  test("is not shown when it is wrong", async () => {
    await writeFile(join(directory, "secrets.yaml"), "source: hunter22\n");
    const found = await problems("adapters: [{use: wifi, source: !secret source}]");
    expect(found.join()).not.toContain("hunter22");
    expect(found.join()).toContain("a secret");
  });
});
