import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Writer } from "../../../../adapters/zigbee/simulator/bytes.ts";
import type { Device } from "../../../../adapters/zigbee/simulator/device.ts";
import {
  askForImage,
  downloaded,
  imageKind,
} from "../../../../adapters/zigbee/simulator/ota-client.ts";
import { ZigbeeWorld } from "../../../support/zigbee-world.ts";

const light = "90fd9ffffe010204";

/** An image for a device, with so many bytes of chance inside: Zigbee document 09-5264, §6.3. */
function imageFor(device: Device, version: number, length: number): Buffer {
  const { manufacturer, imageType } = imageKind(device);
  const content = Buffer.from(
    Array.from({ length }, (_, index) => createHash("sha1").update(String(index)).digest()[0] ?? 0),
  );
  const headerLength = 56;
  return new Writer()
    .u32(0x0beef11e)
    .u16(0x0100, headerLength, 0, manufacturer, imageType)
    .u32(version)
    .u16(2)
    .bytes(Buffer.from("koine test image".padEnd(32, "\0")))
    .u32(headerLength + 6 + length)
    .u16(0)
    .u32(length)
    .bytes(content)
    .done();
}

describe("new firmware", { timeout: 60_000 }, () => {
  let world: ZigbeeWorld;

  beforeEach(async () => {
    world = await ZigbeeWorld.open();
    await world.adapterState("online");
    await world.join(light);
  });

  afterEach(() => world[Symbol.asyncDispose]());

  test("from a file arrives byte by byte as it is", async () => {
    const image = imageFor(world.device(light), 7, 2_000);
    const file = join(world.directory, "light.ota");
    await writeFile(file, image);
    expect(await world.request("ota-update", { device: `zigbee-${light}`, file })).toMatchObject({
      status: "ok",
    });
    await world.notice("ota", { ieee: light, status: "done", version: 7 });
    expect(downloaded(world.device(light))?.equals(image)).toBe(true);
    await world.value(`zigbee-${light}`, "x_zigbee_update_progress", 100);
    await world.value(`zigbee-${light}`, "update_available", false);
  });

  test("that is older is refused", async () => {
    const file = join(world.directory, "old.ota");
    await writeFile(file, imageFor(world.device(light), 1, 100));
    const answer = await world.request("ota-update", { device: `zigbee-${light}`, file });
    expect(answer).toMatchObject({ status: "error" });
    await world.notice("ota", { ieee: light, status: "failed" });
  });

  test("from a file that is none, or not there, is refused", async () => {
    const file = join(world.directory, "no.ota");
    const device = `zigbee-${light}`;
    expect(await world.request("ota-update", { device, file })).toMatchObject({
      status: "error",
      code: "bad_payload",
    });
    await writeFile(file, "this is no image");
    expect(await world.request("ota-update", { device, file })).toMatchObject({ status: "error" });
  });

  test("is asked for by the device, and it is told that there is none", async () => {
    const answers: number[] = [];
    world.device(light).onMessage = ({ cluster, data }) => {
      if (cluster === 0x0019 && data[2] === 2) answers.push(data[3] ?? 0);
    };
    askForImage(world.device(light));
    await world.subscriber.until(() => answers.length > 0).catch(() => {});
    expect(answers).toEqual([0x98]);
  });

  test("without an index is not looked for on the internet", async () => {
    expect(await world.request("ota-check", { device: `zigbee-${light}` })).toMatchObject({
      status: "error",
      code: "unsupported",
    });
  });
});

test("an index on this machine says what is new", { timeout: 60_000 }, async () => {
  await using world = await ZigbeeWorld.open({ config: { ota: { index: "index.json" } } });
  await world.adapterState("online");
  await world.join(light);
  const { manufacturer: manufacturerCode, imageType } = imageKind(world.device(light));
  const image = imageFor(world.device(light), 9, 500);
  await writeFile(join(world.directory, "nine.ota"), image);
  const entry = { fileVersion: 9, manufacturerCode, imageType, url: "nine.ota" };
  await writeFile(join(world.directory, "index.json"), JSON.stringify([entry]));
  const device = `zigbee-${light}`;
  expect(await world.request("ota-check", { device })).toMatchObject({
    status: "ok",
    data: { available: true, current: 1, latest: 9 },
  });
  await world.value(device, "update_available", true);
  const begun = await world.request("ota-update", { device });
  expect(begun).toMatchObject({ status: "ok" });
  await world.notice("ota", { ieee: light, status: "done", version: 9 });
  expect(downloaded(world.device(light))?.equals(image)).toBe(true);
});
