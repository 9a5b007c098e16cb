import { describe, expect, it } from "vitest";
import {
  completeName,
  flags,
  manufacturerData,
} from "../../../../../adapters/ble/simulator/advertising-data.ts";
import { commands, createConnection, firstHandle, Wire } from "./wire.ts";

const ready = [commands.eventMask, commands.leEventMask] as const;
const thing = { address: "a4c138000001", data: flags(), intervalMs: 100, rssiNoiseDb: 0 };
const leMeta = /^043e/;

/** A public sender that can be connected to. */
const connectable = { ...thing, isConnectable: true };

describe("commands that every host sends", () => {
  it.for([
    ["Reset", commands.reset, "040e0401030c00"],
    ["Set Event Mask", commands.eventMask, "040e0401010c00"],
    ["LE Set Event Mask", commands.leEventMask, "040e0401012000"],
    ["Read Local Version Information", "01011000", "040e0c01011000090100 09ffff0100"],
    ["Read Buffer Size", "01051000", "040e0b01051000 1b0000 08000000"],
    ["Read BD_ADDR", "01091000", "040e0a01091000 0100eeffc002"],
    ["LE Read Buffer Size", "01022000", "040e0701022000 1b00 08"],
    ["Write LE Host Support", "016d0c020100", "040e04016d0c00"],
    ["Read LE Host Support", "016c0c00", "040e06016c0c00 0000"],
    ["LE Set Random Address", "01052006060504030201", "040e0401052000"],
    ["LE Set Default PHY", "01312003000505", "040e0401312000"],
    ["an unknown one", "01ff3f00", "040e0401ff3f01"],
    ["a known one that is too short", "010c200101", "040e04010c2012"],
    ["Disconnect of nobody", "01060403400013", "040f0402010604"],
    ["Read RSSI of nobody", "010514024000", "040e0701051402 4000 00"],
    ["a connection that is asked for too shortly", "010d200100", "040f0412010d20"],
    ["LE Connection Update of nobody", `0113200e ${"00".repeat(14)}`, "040f0402011320"],
    ["LE Create Connection Cancel of nothing", "010e2000", "040e04010e200c"],
  ] as const)("%s is answered", ([, command, answer]) => {
    expect(new Wire().send(command)).toEqual([answer.replaceAll(" ", "")]);
  });

  it("Write LE Host Support is read again, until a reset", () => {
    const wire = new Wire();
    wire.send("016d0c020100");
    expect(wire.send("016c0c00")).toEqual(["040e06016c0c000100"]);
    wire.send(commands.reset);
    expect(wire.send("016c0c00")).toEqual(["040e06016c0c000000"]);
  });

  it("Read Local Supported Commands says that extended scanning and connecting are there", () => {
    const [answer = ""] = new Wire().send("01021000");
    const octets = Buffer.from(answer, "hex").subarray(7);
    expect(octets).toHaveLength(64);
    expect([octets[26], octets[37]]).toEqual([0x3c, 0xe0]);
  });

  it("packets may come in any pieces", () => {
    const wire = new Wire();
    const bytes = `${commands.reset}01091000`.match(/../g) ?? [];
    expect(wire.send(...bytes)).toEqual(["040e0401030c00", "040e0a010910000100eeffc002"]);
  });

  it("bytes that are no packet are forgotten", () => {
    const wire = new Wire();
    expect(wire.send("ff00ff", commands.reset)).toEqual(["040e0401030c00"]);
  });

  it("a hung controller answers nothing", () => {
    const wire = new Wire();
    wire.controller.faults.isHung = true;
    expect(wire.send(commands.reset)).toEqual([]);
  });
});

describe("legacy scanning", () => {
  it("reports a connectable sender and its scan response apart", async () => {
    const wire = new Wire();
    wire.air.add({ ...connectable, scanResponse: completeName("A") });
    wire.send(...ready, commands.activeScan, commands.scanOn);
    const heard = await wire.after(100);
    expect(heard.slice(0, 2)).toEqual([
      "043e0f02010000010000 38c1a4 03020106 c4".replaceAll(" ", ""),
      "043e0f02010400010000 38c1a4 03020941 c4".replaceAll(" ", ""),
    ]);
  });

  it.for([
    ["that only answers scans", { ...thing, scanResponse: completeName("A") }, "02"],
    ["that does nothing but advertise", thing, "03"],
    ["with a random address", { ...thing, addressType: "random" } as const, "03"],
  ] as const)("tells the type of a sender %s", async ([, sender, type]) => {
    const wire = new Wire();
    wire.air.add(sender);
    wire.send(...ready, commands.activeScan, commands.scanOn);
    const [first = ""] = await wire.after(100);
    const random = "addressType" in sender ? "01" : "00";
    expect(first.slice(0, 14)).toBe(`043e0f0201${type}${random}`);
  });

  it("asks nobody for a scan response while it is passive", async () => {
    const wire = new Wire();
    wire.air.add({ ...connectable, scanResponse: completeName("A") });
    wire.send(...ready, commands.scanOn);
    const types = (await wire.after(1_000)).map((report) => report.slice(10, 12));
    expect(new Set(types)).toEqual(new Set(["00"]));
  });

  it("reports nothing before it is enabled, and nothing once it is disabled", async () => {
    const wire = new Wire();
    wire.air.add(thing);
    wire.send(...ready);
    expect(await wire.after(1_000)).toEqual([]);
    wire.send(commands.scanOn);
    expect(await wire.after(1_000)).not.toEqual([]);
    wire.send(commands.scanOff);
    expect(await wire.after(1_000)).toEqual([]);
  });

  it("reports nothing to a host that has not asked for LE events", async () => {
    const wire = new Wire();
    wire.air.add(thing);
    wire.send(commands.scanOn);
    expect(await wire.after(1_000)).toEqual([]);
  });

  it("filters duplicates by the address, whatever the data", async () => {
    const wire = new Wire();
    let count = 0;
    const data = (): Buffer => manufacturerData(0xffff, Buffer.from([(count += 1)]));
    wire.air.add({ ...thing, data });
    wire.send(...ready, commands.scanOnFiltered);
    expect(await wire.after(1_000)).toHaveLength(1);
    wire.send(commands.scanOff, commands.scanOnFiltered);
    expect(await wire.after(1_000)).toHaveLength(1);
  });

  it.for([
    ["a window above the interval", "010b2007 01 1200 1300 00 00"],
    ["an interval below 2.5 ms", "010b2007 01 0300 0300 00 00"],
    ["a type that is none", "010b2007 02 1200 1200 00 00"],
  ] as const)("refuses %s", ([, command]) => {
    expect(new Wire().send(command)).toEqual(["040e04010b2012"]);
  });

  it("refuses parameters while it scans", () => {
    const wire = new Wire();
    wire.send(commands.scanOn);
    expect(wire.send(commands.activeScan)).toEqual(["040e04010b200c"]);
  });

  it("hears half of what is sent when it listens half of the time", async () => {
    const wire = new Wire();
    wire.air.add({ ...thing, intervalMs: 20 });
    wire.send(...ready, "010b2007 00 2400 1200 00 00", commands.scanOn);
    const { length } = await wire.after(25_000);
    expect(length).toBeGreaterThan(400);
    expect(length).toBeLessThan(600);
  });

  it("hears no extended advertising", async () => {
    const wire = new Wire();
    wire.air.add({ ...thing, isExtended: true });
    wire.send(...ready, commands.scanOn);
    expect(await wire.after(1_000)).toEqual([]);
  });

  it("puts several reports into one event", async () => {
    const wire = new Wire({ reportsPerEvent: 2 });
    wire.air.add({ ...connectable, scanResponse: completeName("A") });
    wire.send(...ready, commands.activeScan, commands.scanOn);
    const [first] = await wire.after(100);
    const [both, ...nothing] = [
      "043e1c0202 0000010000 38c1a4 03020106 c4 0400010000 38c1a4 03020941 c4",
    ].map((hex) => hex.replaceAll(" ", ""));
    expect([first, nothing]).toEqual([both, []]);
  });
});

describe("extended scanning", () => {
  const extended = [...ready, commands.extendedParameters, commands.extendedOn] as const;

  it("reports legacy senders with the type that says so", async () => {
    const wire = new Wire();
    wire.air.add({ ...connectable, scanResponse: completeName("A") });
    wire.send(...extended);
    const [first, second] = await wire.after(100);
    const tail = "0100ff7fc4 0000 00 000000000000 03".replaceAll(" ", "");
    expect(first).toBe(`043e1d0d011300000100 0038c1a4${tail}020106`.replaceAll(" ", ""));
    expect(second).toBe(`043e1d0d011b00000100 0038c1a4${tail}020941`.replaceAll(" ", ""));
  });

  it("cuts long data into reports that say that more is to come", async () => {
    const wire = new Wire();
    const data = manufacturerData(0xffff, Buffer.alloc(250, 7));
    wire.air.add({ ...thing, data, isExtended: true });
    wire.send(...extended);
    const [first = "", second = ""] = await wire.after(100);
    expect([first.slice(10, 14), second.slice(10, 14)]).toEqual(["2000", "0000"]);
    const parts = [first, second].map((event) => event.slice(2 * (3 + 2 + 24)));
    expect(parts.join("")).toBe(data.toString("hex"));
  });

  it("can put the parts of one advertisement into one event", async () => {
    const wire = new Wire({ reportsPerEvent: 3, fragmentLength: 20 });
    wire.air.add({
      ...thing,
      data: manufacturerData(0xffff, Buffer.alloc(46, 7)),
      isExtended: true,
    });
    wire.send(...extended);
    const [first = ""] = await wire.after(100);
    expect(first.slice(0, 14)).toBe("043e7c0d032000");
  });

  it("can lose the rest of long data, and say so", async () => {
    const wire = new Wire();
    wire.controller.faults.truncateReports(1);
    wire.air.add({ ...thing, data: manufacturerData(0xffff, Buffer.alloc(250)), isExtended: true });
    wire.send(...extended);
    const types = (await wire.after(1_000)).map((event) => event.slice(10, 14));
    expect(new Set(types)).toEqual(new Set(["4000"]));
  });

  it("ends by itself after the time that the host gave", async () => {
    const wire = new Wire();
    wire.send(...ready, commands.extendedParameters, "01422006 01 00 6400 0000");
    expect(await wire.after(1_000)).toEqual(["043e0111"]);
    expect(wire.controller.isScanning).toBe(false);
  });

  it("excludes the legacy commands until a reset, and the other way about", () => {
    const wire = new Wire();
    expect(wire.send(commands.extendedOn, commands.scanOn).at(-1)).toBe("040e04010c200c");
    expect(wire.send(createConnection(thing.address))).toEqual(["040f040c010d20"]);
    wire.send(commands.reset, commands.scanOn);
    expect(wire.send(commands.extendedOn)).toEqual(["040e040142200c"]);
  });
});

describe("connections", () => {
  it("is made with the next advertisement, and told with what was agreed", async () => {
    const wire = new Wire();
    wire.air.add(connectable);
    wire.send(commands.eventMask, "01012008 1f00000000000000");
    expect(wire.send(createConnection(thing.address))).toEqual(["040f0400010d20"]);
    expect(await wire.after(200)).toEqual([
      "043e13010040000000 01000038c1a4 0600 0000 2a00 00".replaceAll(" ", ""),
    ]);
  });

  it("is told with private addresses to a host that asks for that", async () => {
    const wire = new Wire();
    wire.air.add(connectable);
    const heard = await wire.connect(thing.address);
    const nobody = "00".repeat(12);
    expect(heard).toEqual([
      `043e1f0a0040000000 01000038c1a4 ${nobody} 0600 0000 2a00 00`.replaceAll(" ", ""),
    ]);
  });

  it("is made by the extended command, with the parameters of the first PHY", async () => {
    const wire = new Wire();
    wire.air.add(connectable);
    const phy = "6000 6000 0600 1200 0000 2a00 0000 0000";
    wire.send(...ready, `0143202a 00 00 00 01000038c1a4 05 ${phy} ${phy}`);
    const [event] = await wire.after(200);
    expect(event).toMatch(/^043e1f0a00400000000100/);
  });

  it("waits for an absent peripheral until it is cancelled", async () => {
    const wire = new Wire();
    const away = wire.air.add(connectable);
    away.isPresent = false;
    expect(await wire.connect(thing.address)).toEqual([]);
    expect(await wire.after(60_000)).toEqual([]);
    expect(wire.send("010e2000")).toEqual(["040e04010e2000"]);
    const [event] = await wire.after(1);
    expect(event).toMatch(/^043e1f0a0200000000010000/);
  });

  it("hears no advertising while it waits, and goes on scanning after", async () => {
    const wire = new Wire();
    wire.air.add(thing);
    wire.send(...ready, commands.scanOn, createConnection("a4c138000002"));
    expect(await wire.after(1_000)).toEqual([]);
    wire.send("010e2000");
    expect((await wire.after(1_000)).length).toBeGreaterThan(5);
  });

  it.for([
    ["refused at once", "refuseConnect", "040f040c010d20", 0],
    ["failed as they are met", "failConnection", "043e1f0a3e", 1],
  ] as const)("are %s", async ([, fault, answer, at]) => {
    const wire = new Wire();
    wire.air.add(connectable);
    wire.controller.faults[fault]();
    wire.send(...ready);
    const heard = [...wire.send(createConnection(thing.address)), ...(await wire.after(500))];
    expect(heard[at]?.startsWith(answer)).toBe(true);
  });

  it("refuses a second one to the same peripheral, one at the same time, and one too many", async () => {
    const wire = new Wire({ maxConnections: 1 });
    wire.air.add(connectable);
    wire.send(...ready, createConnection(thing.address));
    expect(wire.send(createConnection(thing.address))).toEqual(["040f040c010d20"]);
    await wire.after(500);
    expect(wire.send(createConnection(thing.address))).toEqual(["040f040b010d20"]);
    expect(wire.send(createConnection("a4c138000002"))).toEqual(["040f0409010d20"]);
  });

  it("refuses a supervision timeout shorter than two intervals", () => {
    const short = "010d2019 6000 3000 00 00 010000000000 00 8002 8002 0000 2a00 0400 0600";
    expect(new Wire().send(short)).toEqual(["040f0412010d20"]);
  });

  it("ends when the host wants it, with the reason that it gets for that", async () => {
    const wire = new Wire();
    wire.air.add(connectable);
    await wire.connect(thing.address);
    expect(wire.send(`01060403${firstHandle}13`)).toEqual(["040f0400010604"]);
    expect(await wire.after(8)).toEqual([`04050400${firstHandle}16`]);
  });

  it("ends when the peripheral hangs up", async () => {
    const wire = new Wire();
    const peripheral = wire.air.add(connectable);
    await wire.connect(thing.address);
    peripheral.central?.hangUp();
    expect(await wire.after(8)).toEqual([`04050400${firstHandle}13`]);
  });

  it("is lost after the supervision timeout when the peripheral goes away", async () => {
    const wire = new Wire();
    const peripheral = wire.air.add(connectable);
    await wire.connect(thing.address);
    peripheral.isPresent = false;
    expect(await wire.after(419)).toEqual([]);
    expect(await wire.after(1)).toEqual([`04050400${firstHandle}08`]);
  });

  it("silences the advertising of the peripheral while it lasts", async () => {
    const wire = new Wire();
    const peripheral = wire.air.add(connectable);
    await wire.connect(thing.address);
    wire.send(commands.scanOn);
    expect(await wire.after(1_000)).toEqual([]);
    peripheral.central?.hangUp();
    expect((await wire.after(1_000)).some((event) => leMeta.test(event))).toBe(true);
  });

  it("takes other parameters", async () => {
    const wire = new Wire();
    wire.air.add(connectable);
    await wire.connect(thing.address);
    const update = `0113200e ${firstHandle} 1800 2800 0000 c800 0000 0000`;
    expect(wire.send(update)).toEqual(["040f0400011320", `043e0a0300${firstHandle}18000000c800`]);
  });

  it("tells how strong the peripheral is", async () => {
    const wire = new Wire();
    wire.air.add({ ...connectable, rssiDbm: -71 });
    await wire.connect(thing.address);
    expect(wire.send(`01051402${firstHandle}`)).toEqual([`040e0701051400${firstHandle}b9`]);
  });

  it("forgets everything as a host connects anew", async () => {
    const wire = new Wire();
    wire.air.add(connectable);
    await wire.connect(thing.address);
    wire.plug();
    expect(wire.controller.connections).toBe(0);
    expect(await wire.after(1_000)).toEqual([]);
  });
});
