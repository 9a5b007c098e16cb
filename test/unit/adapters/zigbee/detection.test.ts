import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SystemFolders } from "../../../../adapters/serial/usb.ts";
import { findPort } from "../../../../adapters/zigbee/detection.ts";
import { isKoineError } from "../../../../src/errors.ts";
import { conbee, gps, sonoffE, sonoffP, UsbTree, type Plugged } from "../../../support/usb-tree.ts";

let tree: UsbTree;

/** The folders in which Linux tells what is plugged in. */
async function system(...all: readonly Plugged[]): Promise<SystemFolders> {
  for (const one of all) await tree.plug(one);
  return tree.folders;
}

async function errorOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    const code = ["link", "config"].find((one) => isKoineError(error, one as "link")) ?? "other";
    return { code, message: String(error) };
  }
  return { code: "none", message: "" };
}

beforeEach(async () => {
  tree = await UsbTree.make();
});

afterEach(() => tree[Symbol.asyncDispose]());

describe("a stick that is plugged in", () => {
  test.each([
    ["ember", sonoffE],
    ["zstack", sonoffP],
    ["deconz", conbee],
  ])("is found by its USB ids, as %s", async (adapter, plugged) => {
    const folders = await system(gps, plugged);
    expect(await findPort({ port: "auto" }, folders)).toMatchObject({
      path: join(folders.byId, plugged.name),
      adapter,
    });
  });

  test("is not guessed among several", async () => {
    const folders = await system(sonoffE, conbee);
    const { code, message } = await errorOf(findPort({ port: "auto" }, folders));
    expect(code).toBe("config");
    expect(message).toContain(sonoffE.name);
    expect(message).toContain(conbee.name);
  });

  test("at a path is known by what is plugged in there", async () => {
    const folders = await system(sonoffE, conbee);
    const path = join(tree.root, "dev", conbee.tty);
    expect(await findPort({ port: path }, folders)).toMatchObject({ path, adapter: "deconz" });
  });

  test("that nobody knows needs a word of the configuration", async () => {
    const folders = await system(gps);
    const path = join(tree.root, "dev", gps.tty);
    expect((await errorOf(findPort({ port: path }, folders))).message).toContain("say stick:");
    expect(await findPort({ port: path, stick: "zboss", baud_rate: 921_600 }, folders)).toEqual({
      path,
      adapter: "zboss",
      baudRate: 921_600,
    });
  });
});

test("no stick at all is waited for", async () => {
  const folders = await system(gps);
  const { code, message } = await errorOf(findPort({ port: "auto" }, folders));
  expect(code).toBe("link");
  expect(message).toContain(gps.name);
  const gone = findPort({ port: join(tree.root, "dev", "ttyUSB9") }, folders);
  expect((await errorOf(gone)).code).toBe("link");
});

test("a stick behind TCP is what the configuration says", async () => {
  const port = "tcp://192.0.2.7:6638";
  expect(await findPort({ port, stick: "zstack" })).toEqual({ path: port, adapter: "zstack" });
  expect((await errorOf(findPort({ port }))).code).toBe("config");
});
