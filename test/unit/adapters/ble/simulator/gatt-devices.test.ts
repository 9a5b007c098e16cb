import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import type { Characteristic, Peripheral } from "@abandonware/noble";
import { describe, expect, it } from "vitest";
import { moveIn, type Farm } from "../../../../../adapters/ble/simulator/devices/index.ts";
import { startWorld } from "../../../../../adapters/ble/simulator/index.ts";
import { systemClock } from "../../../../../src/clock.ts";
import { discovered, host, type Host } from "./noble-host.ts";
import { seeded } from "./seeded.ts";

const random = seeded();
const noUuid = /^0{12}$/;

function farmOf({ world }: Host): Farm {
  return moveIn({ air: world.air, clock: systemClock(10), random });
}

/** Connects, and gives a characteristic by its UUID. */
async function connected(
  { noble }: Host,
  address: string,
): Promise<readonly [Peripheral, (uuid: string) => Characteristic]> {
  noble.startScanning([], true);
  const peripheral = await discovered(noble, address);
  const stopped = once(noble, "scanStop");
  noble.stopScanning();
  await stopped;
  await peripheral.connectAsync();
  const { characteristics } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
  const of = (uuid: string): Characteristic => {
    const one = characteristics.find((each) => each.uuid === uuid.replaceAll("-", ""));
    if (!one) throw new Error(`noble has not found ${uuid}`);
    return one;
  };
  return [peripheral, of];
}

describe("the SwitchBot Bot", () => {
  const command = "cba20002-224d-11e6-9fb8-0002a5d5c51b";
  const answer = "cba20003-224d-11e6-9fb8-0002a5d5c51b";

  it("presses, answers, and shows what it has done", async () => {
    await using ble = await host();
    const { switchBot } = farmOf(ble);
    const [peripheral, of] = await connected(ble, switchBot.peripheral.address);
    expect(await of("2a19").readAsync()).toEqual(Buffer.from([88]));
    expect((await of("2a24").readAsync()).toString()).toBe("WoHand");
    await of(answer).subscribeAsync();
    const told = once(of(answer), "data");
    await of(command).writeAsync(Buffer.from("570100", "hex"), false);
    expect((await told)[0]).toEqual(Buffer.from([0x01, 88]));
    expect([switchBot.moves, switchBot.isOn]).toEqual([1, true]);
    await peripheral.disconnectAsync();
    const frame = switchBot.peripheral.frame(random);
    expect(frame?.scanResponse?.subarray(-3).toString("hex")).toBe("488058");
  });

  it.for([
    ["a command that it does not know", "570900", "05"],
    ["what is no command", "000100", "02"],
  ] as const)("refuses %s", async ([, bytes, status]) => {
    await using ble = await host();
    const { switchBot } = farmOf(ble);
    const [, of] = await connected(ble, switchBot.peripheral.address);
    await of(answer).subscribeAsync();
    const told = once(of(answer), "data");
    await of(command).writeAsync(Buffer.from(bytes, "hex"), true);
    const [data] = (await told) as [Buffer];
    expect([data.toString("hex"), switchBot.moves]).toEqual([status, 0]);
  });

  it("is busy while its arm moves", async () => {
    await using ble = await host();
    const { switchBot } = farmOf(ble);
    const [, of] = await connected(ble, switchBot.peripheral.address);
    await of(answer).subscribeAsync();
    const answers: string[] = [];
    of(answer).on("data", (data: Buffer) => answers.push(data.toString("hex")));
    for (const bytes of ["570101", "570102"]) {
      await of(command).writeAsync(Buffer.from(bytes, "hex"), false);
    }
    while (answers.length < 2) await once(of(answer), "data");
    expect([answers, switchBot.isOn]).toEqual([["03", "0158"], true]);
  });
});

describe("the lamp", () => {
  const level = "19b10001-e8f2-537e-4f6c-d104768a1214";

  it("is written, read and told of", async () => {
    await using ble = await host();
    const { lamp } = farmOf(ble);
    const [, of] = await connected(ble, lamp.peripheral.address);
    await of(level).subscribeAsync();
    const told = once(of(level), "data");
    await of(level).writeAsync(Buffer.from([200]), false);
    expect([lamp.level, (await told)[0]]).toEqual([200, Buffer.from([200])]);
    expect(await of(level).readAsync()).toEqual(Buffer.from([200]));
    const byHand = once(of(level), "data");
    lamp.set(0);
    expect((await byHand)[0]).toEqual(Buffer.from([0]));
  });
});

describe("the world as the daemon starts it", () => {
  it("is a controller at the port that it was given, until it ends", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");

    const end = await startWorld({ clock: systemClock(), random, port });
    const socket = connect(port, "127.0.0.1");
    socket.write(Buffer.from("01091000", "hex"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.subarray(0, 7).toString("hex")).toBe("040e0a01091000");
    expect(answer.subarray(7).toString("hex")).not.toMatch(noUuid);
    const gone = new Promise((resolve) => {
      socket.once("close", resolve).on("error", () => {});
    });
    await end();
    await gone;
    const refused = connect(port, "127.0.0.1");
    expect(await once(refused, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
  });
});
