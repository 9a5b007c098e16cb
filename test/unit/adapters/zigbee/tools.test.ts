import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { zigbee } from "../../../../adapters/zigbee/index.ts";
import type { Tool } from "../../../../src/core/adapter.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

const plug = "0015bc001a000001";
const light = "90fd9ffffe010204";
const nowMs = Date.UTC(2026, 10, 26);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "koine-tools-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function use(
  name: string,
  argument: string,
  directory: string,
  force = false,
): Promise<readonly string[]> {
  const tool: Tool | undefined = zigbee.tools?.[name];
  if (!tool) throw new Error(`No tool ${name}`);
  return tool.run({ argument, directory, force, nowMs });
}

describe("a backup", { timeout: 60_000 }, () => {
  test("brings a network back onto a new stick in a new gateway", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug, light);
    const { data } = await world.request("backup");
    const file = join(folder, "zigbee.json");
    await writeFile(file, JSON.stringify(data));
    await world.stop();
    await rm(world.directory, { recursive: true });
    const said = await use("restore", file, world.directory);
    expect(said.join(" ")).toContain("database.db");
    world.house.replaceStick("00124b00ffff0001");
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("online");
    expect(await world.set(`zigbee-${plug}`, { onoff: true })).toMatchObject({ status: "done" });
    expect(await world.set(`zigbee-${light}`, { onoff: true })).toMatchObject({ status: "done" });
  });

  test("does not take the place of a network without being told to", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    const { data } = await world.request("backup");
    const file = join(folder, "zigbee.json");
    await writeFile(file, JSON.stringify(data));
    await world.stop();
    await expect(use("restore", file, world.directory)).rejects.toThrow("--force");
    await expect(use("restore", file, world.directory, true)).resolves.toBeDefined();
    await world.start();
  });

  test("is never given over MQTT, where others listen", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    const answer = await world.core.requests.ask("zigbee/backup", "{}", "bus");
    expect(answer).toMatchObject({ status: "error", code: "unsupported" });
  });

  test("that is none, or damaged, is refused", async () => {
    const file = join(folder, "zigbee.json");
    await expect(use("restore", file, folder)).rejects.toThrow("There is no file");
    await writeFile(file, "{}");
    await expect(use("restore", file, folder)).rejects.toThrow("as a backup");
    const files = { "coordinator_backup.json": '{"metadata":' };
    const document = { format: "koine-zigbee-backup", version: 1, created: "now", files };
    await writeFile(file, JSON.stringify(document));
    await expect(use("restore", file, folder)).rejects.toThrow("coordinator backup");
  });

  test("cannot name a file outside", async () => {
    const file = join(folder, "zigbee.json");
    const files = { "../../etc/passwd": "root" };
    const document = { format: "koine-zigbee-backup", version: 1, created: "now", files };
    await writeFile(file, JSON.stringify(document));
    await expect(use("restore", file, folder)).rejects.toThrow("as a backup");
  });
});

describe("a network of zigbee2mqtt", { timeout: 60_000 }, () => {
  /** A folder as zigbee2mqtt keeps it, made from the files of a simulated run. */
  async function zigbee2mqttFolder(world: ZigbeeWorld, configuration: string): Promise<string> {
    const data = join(folder, "zigbee2mqtt");
    await mkdir(data);
    for (const name of ["database.db", "coordinator_backup.json"]) {
      await writeFile(join(data, name), await readFile(join(world.directory, name)));
    }
    await writeFile(join(data, "configuration.yaml"), configuration);
    return data;
  }

  test("is taken over with its devices, names and keys", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug, light);
    await world.request("backup");
    await world.stop();
    const data = await zigbee2mqttFolder(
      world,
      [
        "mqtt: {base_topic: zigbee2mqtt, server: mqtt://localhost}",
        "serial: {port: tcp://192.0.2.1:6638, adapter: zstack}",
        "advanced: {network_key: !secret network_key, channel: 20}",
        "devices: devices.yaml",
      ].join("\n"),
    );
    await writeFile(
      join(data, "devices.yaml"),
      [
        `'0x${plug}':`,
        "  friendly_name: Well pump",
        `'0x${light}':`,
        "  friendly_name: kitchen/lamp",
      ].join("\n"),
    );
    await rm(world.directory, { recursive: true });
    const said = await use("import", data, world.directory);
    expect(said[0]).toContain("2 devices and 2 names");
    // Names of an earlier run are the user's: this is a gateway that knows nothing yet.
    await world.forget();
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("online");
    expect(world.broker.counters.get("adapter.zigbee.started_resumed")).toBe(2);
    expect(await world.description(`zigbee-${plug}`)).toMatchObject({ name: "Well pump" });
    expect(await world.description(`zigbee-${light}`)).toMatchObject({ name: "kitchen/lamp" });
    expect(await world.set(`zigbee-${plug}`, { onoff: true })).toMatchObject({ status: "done" });
  });

  test("without a coordinator backup is told by its configuration", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    await world.stop();
    const key = "[0,17,34,51,68,85,102,119,136,153,170,187,204,221,238,255]";
    const data = await zigbee2mqttFolder(
      world,
      `advanced: {network_key: ${key}, pan_id: 0x4b01, ext_pan_id: [75,111,105,110,101,0,0,1], channel: 20}`,
    );
    await rm(join(data, "coordinator_backup.json"));
    await rm(world.directory, { recursive: true });
    expect((await use("import", data, world.directory)).join(" ")).toContain(
      "no coordinator backup",
    );
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("online");
    expect(world.broker.counters.get("adapter.zigbee.started_resumed")).toBe(2);
  });

  test("with the key that was its default is left where it is", async () => {
    await writeFile(join(folder, "database.db"), "{}");
    const key = "[1,3,5,7,9,11,13,15,0,2,4,6,8,10,12,13]";
    const network = `advanced: {network_key: ${key}, pan_id: 0x1a62}`;
    await writeFile(join(folder, "configuration.yaml"), network);
    const ours = join(folder, "ours");
    await expect(use("import", folder, ours)).rejects.toThrow("everybody knows");
    await expect(readFile(join(ours, "database.db"))).rejects.toThrow("ENOENT");
  });

  test("is not there: it says what is missing", async () => {
    await expect(use("import", folder, join(folder, "ours"))).rejects.toThrow("no database.db");
    await writeFile(join(folder, "database.db"), "");
    await expect(use("import", folder, join(folder, "ours"))).rejects.toThrow(
      "which network it is",
    );
    await writeFile(join(folder, "configuration.yaml"), "devices: [[[");
    await expect(use("import", folder, join(folder, "ours"))).rejects.toThrow("configuration.yaml");
  });
});

test("a network is given up only by the word yes", async () => {
  await writeFile(join(folder, "database.db"), "{}");
  expect((await use("forget-network", "no", folder)).join(" ")).toContain("Nothing was done");
  expect(await readFile(join(folder, "database.db"), "utf8")).toBe("{}");
  expect((await use("forget-network", "yes", folder)).join(" ")).toContain("database.db");
  await expect(readFile(join(folder, "database.db"))).rejects.toThrow("ENOENT");
});
