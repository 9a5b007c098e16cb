import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resetUsb, type SystemFolders } from "../../../../adapters/serial/usb.ts";
import { networkAnswer } from "../../../../adapters/sms/modem/network-answer.ts";
import { toSeptets } from "../../../../adapters/sms/pdu/alphabet.ts";
import { pack } from "../../../../adapters/sms/pdu/septets.ts";
import { placesOf } from "../../../../adapters/sms/modem/places.ts";
import { SmsWorld } from "../../../support/sms-world.ts";

describe("a modem", { timeout: 40_000 }, () => {
  test("that answers nothing is told to start anew, and works again", async () => {
    await using world = await SmsWorld.open({ timeScale: 30 });
    await world.ready();
    world.modem.isHung = true;
    await world.adapterState('"state":"degraded"');
    await expect.poll(() => world.modem.restarts, { timeout: 20_000 }).toBe(1);
    expect(await world.send({ body: "back", class: "alarm" })).toMatchObject({
      stage: "delivered",
    });
    expect(world.broker.counters.get("adapter.sms.modem_restarts")).toBe(1);
  });

  test("that finds no network is told to look again, then to start anew", async () => {
    await using world = await SmsWorld.open({ timeScale: 300 });
    await world.ready();
    const told: string[] = [];
    world.modem.onCommand = (command) => told.push(command);
    world.modem.setRegistered(false);
    await world.adapterState('"code":"searching"');
    await expect.poll(() => world.modem.restarts, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(told).toContain("AT+COPS=0");
    world.modem.setRegistered(true);
    await world.adapterState('"state":"online"');
  });

  test("says what is left on its SIM, where its code is configured", async () => {
    await using world = await SmsWorld.open();
    await world.restart({ modems: [{ port: world.line.address, balance: "*144#" }] });
    const { payload } = await world.subscriber.next(({ topic }) =>
      topic.endsWith("/modem-modem/value/x_sms_balance"),
    );
    expect(JSON.parse(payload)).toBe(world.modem.balance);
  });
});

/** As a Huawei stick gives it. */
function packed(text: string): string {
  return pack(toSeptets(text) ?? new Uint8Array())
    .toString("hex")
    .toUpperCase();
}

describe("what the network answers to a code", () => {
  test.for([
    ['+CUSD: 0,"Balance: 12.50 KES",15', "Balance: 12.50 KES"],
    ['+CUSD: 0,"00420061006C003A0020003500A3",72', "Bal: 5£"],
    [`+CUSD: 0,"${packed("Your balance is 7")}",15`, "Your balance is 7"],
    ['+CUSD: 1,"12345678",15', "12345678"],
    ["+CUSD: 2", undefined],
    ["+CMTI: 1", undefined],
  ] as const)("%s", ([line, text]) => {
    expect(networkAnswer(line)).toBe(text);
  });
});

describe("USB", () => {
  let root: string;
  let folders: SystemFolders;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "koine-modem-"));
    folders = { byId: join(root, "by-id"), tty: join(root, "tty") };
    await mkdir(folders.byId);
  });

  afterEach(() => rm(root, { recursive: true }));

  /** Plugs a modem in, with so many ports. */
  async function plug(name: string, ids: string, serial: string, ...ttys: readonly string[]) {
    const usb = join(root, "devices", name);
    await mkdir(usb, { recursive: true });
    const [vendor = "", product = ""] = ids.split(":");
    await writeFile(join(usb, "idVendor"), vendor);
    await writeFile(join(usb, "idProduct"), product);
    await writeFile(join(usb, "serial"), serial);
    await writeFile(join(usb, "authorized"), "1");
    for (const [index, tty] of ttys.entries()) {
      const port = join(usb, `1-1:1.${index}`, tty);
      await mkdir(port, { recursive: true });
      await mkdir(join(folders.tty, tty), { recursive: true });
      await symlink(port, join(folders.tty, tty, "device"));
      await writeFile(join(root, tty), "");
      const link = join(folders.byId, `usb-${name}-if0${index}-port0`);
      await symlink(join(root, tty), link);
    }
    return usb;
  }

  test("ids name all ports of a modem, wherever it is plugged in", async () => {
    await plug("SimTech", "1e0e:9001", "A1", "ttyUSB3", "ttyUSB4");
    await plug("Huawei", "12d1:1506", "B2", "ttyUSB0");
    const paths = await placesOf("usb:1E0E:9001", folders);
    expect(paths).toEqual([0, 1].map((n) => join(folders.byId, `usb-SimTech-if0${n}-port0`)));
    expect(await placesOf("usb:12d1:1506:B2", folders)).toHaveLength(1);
    expect(await placesOf("/dev/ttyUSB7", folders)).toEqual(["/dev/ttyUSB7"]);
    await expect(placesOf("usb:12d1:1506:other", folders)).rejects.toThrow(
      "No modem with the USB ids 12d1:1506 is plugged in; usb:12d1:1506, usb:1e0e:9001 is",
    );
  });

  test("takes a device away for a moment, and always gives it back", async () => {
    const usb = await plug("SimTech", "1e0e:9001", "A1", "ttyUSB3");
    const path = join(folders.byId, "usb-SimTech-if00-port0");
    const authorized = (): Promise<string> => readFile(join(usb, "authorized"), "utf8");
    let meanwhile = "";
    const pause = async (): Promise<void> => {
      meanwhile = await authorized();
    };
    expect(await resetUsb(path, pause, folders)).toBe(true);
    expect([meanwhile, await authorized()]).toEqual(["0", "1"]);
    const fails = (): Promise<void> => Promise.reject(new Error("stopped"));
    expect(await resetUsb(path, fails, folders)).toBe(false);
    expect(await authorized()).toBe("1");
    expect(await resetUsb("/dev/nothing", pause, folders)).toBe(false);
  });
});
