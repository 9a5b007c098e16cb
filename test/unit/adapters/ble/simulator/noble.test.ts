import { once } from "node:events";
import type { Characteristic, Peripheral } from "@abandonware/noble";
import { describe, expect, it } from "vitest";
import {
  completeName,
  flags,
  manufacturerData,
} from "../../../../../adapters/ble/simulator/advertising-data.ts";
import { attError, type Service } from "../../../../../adapters/ble/simulator/gatt.ts";
import type { Peripheral as Simulated } from "../../../../../adapters/ble/simulator/peripheral.ts";
import { discovered, host, problems, state, type Host } from "./noble-host.ts";

const address = "a4c138000001";
const vendor = "12345678-0000-4000-8000-00805f9b34fb";
const advertised = Buffer.concat([flags(), manufacturerData(0xffff, Buffer.from([1, 2, 3]))]);
const answered = completeName("Lamp");
const long = Buffer.from(Array.from({ length: 600 }, (_, at) => at % 251));

/** Puts a lamp there: battery, level, a long value, a write-only one and a secret. */
function lampIn(ble: Host): { readonly lamp: Simulated; readonly written: Buffer[] } {
  const written: Buffer[] = [];
  const services: readonly Service[] = [
    {
      uuid: "180f",
      characteristics: [{ uuid: "2a19", properties: ["read"], read: () => Buffer.from([93]) }],
    },
    {
      uuid: vendor,
      characteristics: [
        {
          uuid: "ff01",
          properties: ["read", "write", "notify"],
          read: () => Buffer.from([7]),
          write: (value) => void written.push(value),
        },
        { uuid: "ff02", properties: ["read"], read: () => long },
        { uuid: "ff03", properties: ["read"], read: () => attError.readNotPermitted },
        { uuid: "ff04", properties: ["read"], read: () => attError.insufficientAuthentication },
      ],
    },
  ];
  const options = { address, data: advertised, scanResponse: answered, intervalMs: 100, services };
  return { lamp: ble.world.air.add(options), written };
}

/** The next report that noble takes out of an HCI event. */
async function report(ble: Host, event = "leAdvertisingReport"): Promise<readonly unknown[]> {
  return once(ble.hci, event) as Promise<unknown[]>;
}

async function found(ble: Host): Promise<Peripheral> {
  ble.noble.startScanning([], true);
  const peripheral = await discovered(ble.noble, address);
  const stopped = once(ble.noble, "scanStop");
  ble.noble.stopScanning();
  await stopped;
  return peripheral;
}

interface Connected {
  readonly peripheral: Peripheral;
  readonly of: (uuid: string) => Characteristic;
}

async function connected(ble: Host): Promise<Connected> {
  const peripheral = await found(ble);
  await peripheral.connectAsync();
  const { characteristics } = await peripheral.discoverAllServicesAndCharacteristicsAsync();
  const of = (uuid: string): Characteristic => {
    const one = characteristics.find((each) => each.uuid === uuid);
    if (!one) throw new Error(`noble has not found ${uuid}`);
    return one;
  };
  return { peripheral, of };
}

describe("scanning by noble", () => {
  it("gives a raw report of each frame", async () => {
    await using ble = await host();
    lampIn(ble);
    ble.noble.startScanning([], true);
    const reports: (readonly unknown[])[] = [];
    ble.hci.on("leAdvertisingReport", (...parts: readonly unknown[]) => reports.push(parts));
    while (reports.length < 2) await report(ble);
    const [, type, from, addressType, eir, rssi] = reports[0] ?? [];
    expect([type, from, addressType]).toEqual([0, "a4:c1:38:00:00:01", "public"]);
    expect(rssi).toBeLessThan(-50);
    expect(eir).toEqual(advertised);
    expect([reports[1]?.[1], reports[1]?.[4]]).toEqual([4, answered]);
  });

  it("gives a raw report of each extended frame and fragment", async () => {
    await using ble = await host({ extended: true, fragmentLength: 20 });
    ble.world.air.add({ address, data: advertised, intervalMs: 100, isExtended: true });
    ble.noble.startScanning([], true);
    const [, type, from, , , , eir] = await report(ble, "leExtendedAdvertisingReport");
    expect([type, from, eir]).toEqual([0, "a4:c1:38:00:00:01", advertised]);
    ble.world.air.remove(ble.world.air.peripherals[0] ?? expect.fail());
    const data = manufacturerData(0xffff, Buffer.alloc(40, 9));
    ble.world.air.add({ address, data, intervalMs: 100, isExtended: true });
    const parts = [1, 2, 3].map(() => report(ble, "leExtendedAdvertisingReport"));
    const [first] = await Promise.all(parts);
    expect([first?.[1], first?.[6]]).toEqual([0x20, data.subarray(0, 20)]);
  });

  it("seems to have started when it was refused", async () => {
    await using ble = await host();
    lampIn(ble);
    ble.world.controller.faults.refuseScan();
    ble.noble.startScanning([], true);
    await once(ble.noble, "scanStart");
    // What noble asks next is answered after the refusal.
    await answeredInTurn(ble);
    expect(ble.world.controller.isScanning).toBe(false);
    ble.noble.startScanning([], true);
    await report(ble);
    expect(ble.world.controller.isScanning).toBe(true);
  });

  it("that has died silently lives again when it is started anew", async () => {
    await using ble = await host();
    const { lamp } = lampIn(ble);
    ble.noble.startScanning([], true);
    await report(ble);
    ble.world.controller.faults.fallSilent("scan");
    let count = 0;
    ble.hci.on("leAdvertisingReport", () => (count += 1));
    for (let sent = 0; sent < 5; sent++) ble.world.air.advertise(lamp);
    await answeredInTurn(ble);
    expect([count, ble.world.controller.isScanning]).toEqual([0, true]);
    ble.noble.startScanning([], true);
    await report(ble);
    expect(count).toBeGreaterThan(0);
  });

  it("survives spoiled reports and bytes that no controller says", async () => {
    await using ble = await host();
    using warnings = heardWarnings();
    ble.world.air.add({ address, data: advertised, intervalMs: 100 });
    ble.world.controller.faults.spoilReports(0.9);
    ble.noble.startScanning([], true);
    for (let count = 0; count < 5; count++) await report(ble);
    ble.world.controller.say(Buffer.from("043e0102043e0502010300a4", "hex"));
    ble.world.controller.faults.spoilReports(0);
    await report(ble);
    expect(problems).toContain("packet_refused");
    expect(warnings.said.join()).toContain("illegal packet");
  });
});

describe("an adapter that goes down", () => {
  it("is powered off, and on again when it is back; then it can scan", async () => {
    await using ble = await host();
    lampIn(ble);
    ble.noble.startScanning([], true);
    await report(ble);
    const off = state(ble.noble, "poweredOff");
    await ble.world.down();
    await off;
    const on = state(ble.noble, "poweredOn");
    await ble.world.up();
    await on;
    expect(ble.world.controller.isScanning).toBe(false);
    ble.noble.startScanning([], true);
    await report(ble);
  });

  it("is powered off and on also when the connection is back at once", async () => {
    await using ble = await host();
    const off = state(ble.noble, "poweredOff");
    ble.world.drop();
    await off;
    await state(ble.noble, "poweredOn");
    expect(problems).toEqual(["connection_lost"]);
  });

  it("is powered off and on after bytes that are no HCI", async () => {
    await using ble = await host();
    const off = state(ble.noble, "poweredOff");
    ble.world.controller.say(Buffer.from("ffffffff", "hex"));
    await off;
    await state(ble.noble, "poweredOn");
    expect(problems).toEqual(["broken_frame", "connection_lost"]);
  });
});

describe("a peripheral that noble connects to", () => {
  it.for([["legacy"], ["extended"]])(
    "is connected by %s commands, and disconnected",
    async ([kind]) => {
      await using ble = await host({ extended: kind === "extended" });
      lampIn(ble);
      const { peripheral, of } = await connected(ble);
      expect(peripheral.services.map(({ uuid }) => uuid)).toEqual([
        "180f",
        vendor.replaceAll("-", ""),
      ]);
      expect(await of("2a19").readAsync()).toEqual(Buffer.from([93]));
      await peripheral.disconnectAsync();
      expect(ble.world.controller.connections).toBe(0);
    },
  );

  it("gives a long value in parts, and takes one", async () => {
    await using ble = await host();
    const { written } = lampIn(ble);
    const { of } = await connected(ble);
    expect(await of("ff02").readAsync()).toEqual(long);
    await of("ff01").writeAsync(long.subarray(0, 500), false);
    await of("ff01").writeAsync(Buffer.from([1, 2]), false);
    expect(written).toEqual([long.subarray(0, 500), Buffer.from([1, 2])]);
  });

  it("notifies", async () => {
    await using ble = await host();
    const { lamp } = lampIn(ble);
    const { of } = await connected(ble);
    await of("ff01").subscribeAsync();
    const told = once(of("ff01"), "data");
    lamp.notify("ff01", Buffer.from([42]));
    expect(await told).toEqual([Buffer.from([42]), true]);
  });

  it("tells its signal and its descriptors", async () => {
    await using ble = await host();
    lampIn(ble);
    const { peripheral, of } = await connected(ble);
    expect(await peripheral.updateRssiAsync()).toBeLessThan(-50);
    const descriptors = await of("ff01").discoverDescriptorsAsync();
    expect(descriptors.map(({ uuid }) => uuid)).toEqual(["2902"]);
  });

  it("gives nothing where reading is not permitted", async () => {
    await using ble = await host();
    lampIn(ble);
    const { of } = await connected(ble);
    expect(await of("ff03").readAsync()).toEqual(Buffer.alloc(0));
  });

  it("never answers what needs pairing: noble waits for ever", async () => {
    await using ble = await host();
    lampIn(ble);
    const { of } = await connected(ble);
    const sent: number[] = [];
    ble.world.controller.onPacket = (packet) => {
      if (packet.type === "acl") sent.push(packet.data.readUInt16LE(2));
    };
    let isRead = false;
    of("ff04").once("read", () => (isRead = true));
    of("ff04").read();
    while (!sent.includes(6)) await turn();
    await answeredInTurn(ble);
    expect([isRead, sent]).toEqual([false, [4, 6]]);
  });

  it("is lost in the middle of a discovery: noble says disconnected", async () => {
    await using ble = await host();
    const { lamp } = lampIn(ble);
    const peripheral = await found(ble);
    await peripheral.connectAsync();
    lamp.requestsToLoss = 1;
    const gone = once(peripheral, "disconnect");
    peripheral.discoverServices();
    expect(await gone).toEqual([0x08]);
  });

  it("that is absent is waited for until it is cancelled", async () => {
    await using ble = await host();
    const { lamp } = lampIn(ble);
    const peripheral = await found(ble);
    lamp.isPresent = false;
    const failed = peripheral.connectAsync().then(
      () => "connected",
      (error: unknown) => String(error),
    );
    while (!ble.world.controller.isInitiating) await turn();
    peripheral.cancelConnect();
    // Whoever connects before this event is given its error.
    const [status] = (await once(ble.hci, "leConnComplete")) as [number];
    expect([status, await failed]).toEqual([0x02, "Error: connection canceled!"]);
    lamp.isPresent = true;
    await peripheral.connectAsync();
  });

  it.for([
    ["refuseConnect", "0xc"],
    ["failConnection", "0x3e"],
  ] as const)("is not connected to when it is refused: %s", async ([fault, code]) => {
    await using ble = await host();
    lampIn(ble);
    const peripheral = await found(ble);
    ble.world.controller.faults[fault]();
    await expect(peripheral.connectAsync()).rejects.toThrow(code);
    await peripheral.connectAsync();
  });
});

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Warnings extends Disposable {
  readonly said: readonly string[];
}

/** What noble says on the console of bad packets, kept off it. */
function heardWarnings(): Warnings {
  const said: string[] = [];
  const warn: unknown = Reflect.get(console, "warn");
  Reflect.set(console, "warn", (words: unknown) => said.push(String(words)));
  return { said, [Symbol.dispose]: () => void Reflect.set(console, "warn", warn) };
}

/** Resolves when the controller has answered a question, which it does after all before. */
async function answeredInTurn(ble: Host): Promise<void> {
  ble.stream.write(Buffer.from("01091000", "hex"));
  await once(ble.hci, "addressChange");
}
