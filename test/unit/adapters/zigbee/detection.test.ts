import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findPort } from "../../../../adapters/zigbee/detection.ts";
import { isKoineError } from "../../../../src/errors.ts";

interface Plugged {
  readonly name: string;
  readonly tty: string;
  readonly vendor: string;
  readonly product: string;
  readonly manufacturer: string;
}

const sonoffE = {
  name: "usb-ITEAD_SONOFF_Zigbee_3.0_USB_Dongle_Plus_V2_20240122184111-if00",
  tty: "ttyACM0",
  vendor: "1a86",
  product: "55d4",
  manufacturer: "ITEAD",
};
const sonoffP = {
  name: "usb-ITead_Sonoff_Zigbee_3.0_USB_Dongle_Plus_0111-if00-port0",
  tty: "ttyUSB0",
  vendor: "10c4",
  product: "ea60",
  manufacturer: "ITead",
};
const conbee = {
  name: "usb-dresden_elektronik_ingenieurtechnik_GmbH_ConBee_II_DE2132111-if00",
  tty: "ttyACM1",
  vendor: "1cf1",
  product: "0030",
  manufacturer: "dresden elektronik ingenieurtechnik GmbH",
};
const gps = {
  name: "usb-u-blox_AG_GPS-if00",
  tty: "ttyACM2",
  vendor: "1546",
  product: "01a7",
  manufacturer: "u-blox AG",
};

let root: string;

/** The folders in which Linux tells what is plugged in. */
async function system(...all: readonly Plugged[]): Promise<{ byId: string; tty: string }> {
  const folders = { byId: join(root, "by-id"), tty: join(root, "tty") };
  for (const { name, tty, vendor, product, manufacturer } of all) {
    const usb = join(root, "devices", tty);
    const port = join(usb, "1-1:1.0");
    await mkdir(port, { recursive: true });
    await mkdir(folders.byId, { recursive: true });
    await mkdir(join(folders.tty, tty), { recursive: true });
    await writeFile(join(usb, "idVendor"), `${vendor}\n`);
    await writeFile(join(usb, "idProduct"), `${product}\n`);
    await writeFile(join(usb, "manufacturer"), `${manufacturer}\n`);
    await symlink(port, join(folders.tty, tty, "device"));
    await writeFile(join(root, tty), "");
    await symlink(join(root, tty), join(folders.byId, name));
  }
  return folders;
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
  root = await mkdtemp(join(tmpdir(), "koine-usb-"));
});

afterEach(() => rm(root, { recursive: true, force: true }));

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
    const path = join(root, conbee.tty);
    expect(await findPort({ port: path }, folders)).toMatchObject({ path, adapter: "deconz" });
  });

  test("that nobody knows needs a word of the configuration", async () => {
    const folders = await system(gps);
    const path = join(root, gps.tty);
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
  const gone = findPort({ port: join(root, "ttyUSB9") }, folders);
  expect((await errorOf(gone)).code).toBe("link");
});

test("a stick behind TCP is what the configuration says", async () => {
  const port = "tcp://192.0.2.7:6638";
  expect(await findPort({ port, stick: "zstack" })).toEqual({ path: port, adapter: "zstack" });
  expect((await errorOf(findPort({ port }))).code).toBe("config");
});
