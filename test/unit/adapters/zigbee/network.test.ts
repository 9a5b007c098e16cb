import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { zigbee } from "../../../../adapters/zigbee/index.ts";
import { cluster } from "../../../../adapters/zigbee/simulator/clusters.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

/** Where zigbee-herdsman keeps its devices, inside it. */
const modelModule = "./controller/model";
const plug = "0015bc001a000001";
const sensor = "00124b0022aa0002";

interface NetworkFile {
  readonly key: string;
  readonly pan_id: number;
  readonly extended_pan_id: string;
}

async function networkFile({ directory }: ZigbeeWorld): Promise<NetworkFile> {
  return JSON.parse(await readFile(join(directory, "network.json"), "utf8")) as NetworkFile;
}

describe("a new stick", { timeout: 60_000 }, () => {
  test("gets a network with keys of chance, which nobody else can read", async () => {
    await using one = await ZigbeeWorld.open({ isNew: true });
    await one.adapterState("online");
    const { key, pan_id: panId, extended_pan_id: extendedPanId } = await networkFile(one);
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    await using other = await ZigbeeWorld.open({ isNew: true });
    await other.adapterState("online");
    const second = await networkFile(other);
    expect(second.key).not.toBe(key);
    expect([second.pan_id, second.extended_pan_id]).not.toEqual([panId, extendedPanId]);
    const { mode } = await stat(join(one.directory, "network.json"));
    expect(mode & 0o077).toBe(0);
    const { payload } = await one.adapterState("online");
    expect(payload).not.toContain(key);
    expect(JSON.stringify(one.broker.log)).not.toContain(key);
  });

  test("takes over the network of a broken one, with all its devices", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    const before = world.house.stick.ieee;
    await world.stop();
    world.house.replaceStick("00124b00ffff0009");
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("online");
    expect(world.house.stick.ieee).toBe(before);
    expect(world.broker.counters.get("adapter.zigbee.started_restored")).toBe(1);
    expect(await world.set(`zigbee-${plug}`, { onoff: true })).toMatchObject({ status: "done" });
  });

  test("is not given a new network while devices are known and the backup is lost", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    await world.stop();
    await rm(join(world.directory, "coordinator_backup.json"));
    await rm(join(world.directory, "generations"), { recursive: true, force: true });
    const database = await readFile(join(world.directory, "database.db"), "utf8");
    world.house.replaceStick("00124b00ffff0009");
    world.subscriber.received.length = 0;
    await world.start();
    const { payload } = await world.adapterState("failed");
    expect(payload).toContain("koine zigbee restore");
    expect(await readFile(join(world.directory, "database.db"), "utf8")).toBe(database);
    expect(world.house.stick.isUp).toBe(false);
  });
});

describe("a network", { timeout: 60_000 }, () => {
  test("is resumed after a restart", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(sensor);
    await world.restart();
    expect(world.broker.counters.get("adapter.zigbee.started_resumed")).toBe(2);
    world.device(sensor).report(1, cluster.temperature, [0]);
    await world.value(`zigbee-${sensor}`, "temperature", 18.7);
  });

  test("is another one than that of the devices: nothing is started", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    await world.stop();
    world.subscriber.received.length = 0;
    await world.start({ network: { key: "ffeeddccbbaa99887766554433221100" } });
    const { payload } = await world.adapterState("failed");
    expect(payload).toContain("another one");
    expect(payload).not.toContain("ffeeddccbbaa99887766554433221100");
  });

  test("that a stick has made anew by itself is an alarm, and the files of the old one are put back", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    await world.stop();
    // A kind of stick without backups: nothing tells before the start that it is another one.
    await writeFile(join(world.directory, "stick.json"), '{"backs_up":false}');
    await rm(join(world.directory, "coordinator_backup.json"));
    await rm(join(world.directory, "generations"), { recursive: true, force: true });
    const database = await readFile(join(world.directory, "database.db"), "utf8");
    world.house.replaceStick("00124b00ffff0003");
    world.subscriber.received.length = 0;
    await world.start();
    expect((await world.adapterState("failed")).payload).toContain("new network");
    expect(await readFile(join(world.directory, "database.db"), "utf8")).toBe(database);
  });

  test("is given up by a person, and a new one is made", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    await world.restart();
    await world.stop();
    const { argument, directory } = { argument: "yes", directory: world.directory };
    await zigbee.tools?.["forget-network"]?.run({ argument, directory, force: false, nowMs: 0 });
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("online");
    expect(world.broker.counters.get("adapter.zigbee.started_reset")).toBe(1);
  });

  test("that was left open by a crash is closed at the next start", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.request("permit-join", { time: 200 });
    expect(world.house.radio.isOpen).toBe(true);
    await world.restart();
    expect(world.house.radio.isOpen).toBe(false);
  });

  test("with the key that everybody knows is refused", async () => {
    await using world = await ZigbeeWorld.open({
      config: { network: { key: "01030507090b0d0f00020406080a0c0d" } },
    });
    expect((await world.adapterState("failed")).payload).toContain("everybody knows");
  });

  test("whose files a power cut has spoilt comes back from the generation before", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    await world.restart();
    await world.stop();
    await writeFile(join(world.directory, "database.db"), "");
    await writeFile(join(world.directory, "coordinator_backup.json"), '{"metadata":{"for');
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("online");
    expect(world.broker.counters.get("adapter.zigbee.files_put_back")).toBe(2);
    expect(await world.description(`zigbee-${plug}`)).toMatchObject({ model: "SP 240" });
    const kept = await readdir(join(world.directory, "generations"));
    expect(kept.length).toBeGreaterThanOrEqual(2);
  });

  test("that is not there is waited for", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.stop();
    await world.house.line.close();
    world.subscriber.received.length = 0;
    await world.start();
    await world.adapterState("waiting");
    await world.house.line.open();
    await world.adapterState("online");
  });
});

describe("a start in a thread that had another", { timeout: 60_000 }, () => {
  test("is not held up by devices that were asked for after the end", async () => {
    const require = createRequire(import.meta.resolve("zigbee-herdsman"));
    const { Device } = require(modelModule) as {
      Device: { byType(type: string): unknown[] };
    };
    {
      await using earlier = await ZigbeeWorld.open();
      await earlier.adapterState("online");
    }
    expect(Device.byType("Coordinator")).toHaveLength(1);
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
  });
});

describe("a device that leaves", { timeout: 60_000 }, () => {
  test("is gone from the bus, and has its id and name when it joins again", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    const rename = JSON.stringify({ device: `zigbee-${plug}`, name: "Pump" });
    await world.core.requests.ask("rename", rename, "bus");
    world.device(plug).leave();
    await world.notice("leave", { ieee: plug });
    await world.subscriber.next(
      ({ topic, payload }) => topic === `koine/1/zigbee-${plug}/description` && payload === "",
    );
    world.subscriber.received.length = 0;
    await world.join(plug);
    expect(await world.description(`zigbee-${plug}`)).toMatchObject({ name: "Pump" });
  });

  test("is sent away by a request", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(plug);
    expect(await world.request("remove", { device: `zigbee-${plug}` })).toMatchObject({
      status: "ok",
    });
    await world.notice("leave", { ieee: plug });
    await world.subscriber.until(() => world.house.radio.named(plug) === undefined);
  });
});

describe("joining", { timeout: 60_000 }, () => {
  test("counts down, and ends", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    expect(await world.request("permit-join", { time: 60 })).toMatchObject({ status: "ok" });
    await world.notice("permit_join", { seconds: 60 });
    await world.value("zigbee-00124b00258a0001", "x_zigbee_permit_join", 60);
    await world.value("zigbee-00124b00258a0001", "x_zigbee_permit_join", 55);
    await world.request("permit-join", { time: 0 });
    await world.value("zigbee-00124b00258a0001", "x_zigbee_permit_join", 0);
    expect(world.house.radio.isOpen).toBe(false);
  });

  test("is refused to a device on the deny list", async () => {
    await using world = await ZigbeeWorld.open({ config: { deny: [`0x${plug}`] } });
    await world.adapterState("online");
    await world.request("permit-join", { time: 60 });
    world.device(plug).join();
    await world.join(sensor);
    expect(world.house.radio.named(plug)).toBeUndefined();
    const topics = world.subscriber.received.map(({ topic }) => topic);
    expect(topics.some((topic) => topic.includes(`zigbee-${plug}`))).toBe(false);
  });

  test("takes an install code, and says what is wrong with another", async () => {
    await using world = await ZigbeeWorld.open();
    await world.adapterState("online");
    const codes: string[] = [];
    world.house.stick.onRequest = ({ subsystem, command, data }) => {
      if (subsystem === 15 && command === 4) codes.push(data.toString("hex"));
    };
    const code = "00124B0022AA0002|83FED3407A939723A5C639B26916D505C3B5";
    const answers = [
      await world.request("install-code", { code: "nonsense" }),
      await world.request("install-code", { code }),
    ];
    expect(codes).toEqual([expect.stringContaining("83fed3407a939723a5c639b26916d505c3b5")]);
    expect(answers[0]).toMatchObject({ status: "error", code: "bad_payload" });
    expect(answers[1]).toMatchObject({ status: "ok" });
  });
});
