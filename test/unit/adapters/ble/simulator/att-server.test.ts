import { describe, expect, it } from "vitest";
import { attError, type Service } from "../../../../../adapters/ble/simulator/gatt.ts";
import type { Peripheral } from "../../../../../adapters/ble/simulator/peripheral.ts";
import { flags } from "../../../../../adapters/ble/simulator/advertising-data.ts";
import { att, firstHandle, pdusOf, Wire } from "./wire.ts";

const address = "a4c138000001";
const vendor = "12345678-0000-4000-8000-00805f9b34fb";
const vendorSent = "fb349b5f800000800040000078563412";
const long = Buffer.from(Array.from({ length: 60 }, (_, at) => at));

interface Bench {
  readonly wire: Wire;
  readonly peripheral: Peripheral;
  readonly written: Buffer[];
  readonly subscribed: boolean[];
}

/**
 * Handles: 1 service 180f, 2-4 level (read, notify) with 4 its configuration; 5 vendor service, 6-7
 * command (write), 8-9 long value, 10-11 secret, 12-14 alarm (indicate) with 14 its configuration,
 * 15 description.
 */
async function connected(options: { readonly hasNoLongWrites?: boolean } = {}): Promise<Bench> {
  const written: Buffer[] = [];
  const subscribed: boolean[] = [];
  const take = (value: Buffer): number | undefined => {
    if (value[0] === 0xee) return attError.invalidValueLength;
    written.push(value);
    return undefined;
  };
  const services: readonly Service[] = [
    {
      uuid: "180f",
      characteristics: [
        {
          uuid: "2a19",
          properties: ["read", "notify"],
          read: () => Buffer.from([93]),
          subscribed: (isOn) => subscribed.push(isOn),
        },
      ],
    },
    {
      uuid: vendor,
      characteristics: [
        { uuid: "ff01", properties: ["write", "writeWithoutResponse"], write: take },
        { uuid: "ff02", properties: ["read"], read: () => long },
        { uuid: "ff03", properties: ["read"], read: () => attError.insufficientAuthentication },
        { uuid: "ff04", properties: ["indicate"], description: "Alarm" },
      ],
    },
  ];
  const wire = new Wire();
  const peripheral = wire.air.add({
    address,
    data: flags(),
    intervalMs: 100,
    services,
    ...options,
  });
  await wire.connect(address);
  return { wire, peripheral, written, subscribed };
}

describe("requests of the Attribute Protocol", () => {
  it.for([
    ["Exchange MTU", "02 0001", "03 f700"],
    ["Read By Group Type", "10 0100 ffff 0028", "11 06 0100 0400 0f18"],
    ["Read By Group Type, the next one", "10 0500 ffff 0028", `11 14 0500 0f00 ${vendorSent}`],
    ["Read By Group Type, after the last", "10 1000 ffff 0028", "01 10 1000 0a"],
    ["Read By Group Type of what is no group", "10 0100 ffff 0328", "01 10 0100 10"],
    [
      "Read By Type: characteristics",
      "08 0500 0900 0328",
      "09 07 0600 0c 0700 01ff 0800 02 0900 02ff",
    ],
    ["Read By Type: a configuration", "08 0200 0400 0229", "09 04 0400 0000"],
    ["Read By Type: none", "08 0100 0400 0129", "01 08 0100 0a"],
    ["Read By Type of a secret", "08 0100 ffff 03ff", "01 08 0b00 05"],
    ["Find Information", "04 0300 0400", "05 01 0300 192a 0400 0229"],
    ["Find Information after the last", "04 1000 ffff", "01 04 1000 0a"],
    ["Find Information from 0", "04 0000 ffff", "01 04 0000 01"],
    ["Read", "0a 0300", "0b 5d"],
    ["Read of the description", "0a 0f00", "0b 416c61726d"],
    ["Read of a configuration", "0a 0400", "0b 0000"],
    ["Read of a command", "0a 0700", "01 0a 0700 02"],
    ["Read of a secret", "0a 0b00", "01 0a 0b00 05"],
    ["Read of nothing", "0a 9900", "01 0a 9900 01"],
    [
      "Read of a long value, its first part",
      "0a 0900",
      `0b ${long.subarray(0, 22).toString("hex")}`,
    ],
    ["Read Blob", "0c 0900 1600", `0d ${long.subarray(22, 44).toString("hex")}`],
    ["Read Blob of the rest", "0c 0900 2c00", `0d ${long.subarray(44).toString("hex")}`],
    ["Read Blob at the end", "0c 0900 3c00", "0d"],
    ["Read Blob after the end", "0c 0900 3d00", "01 0c 0900 07"],
    ["Write", "12 0700 0102", "13"],
    ["Write that the device refuses", "12 0700 ee", "01 12 0700 0d"],
    ["Write of what is only read", "12 0900 00", "01 12 0900 03"],
    ["Write of nothing", "12 9900 00", "01 12 9900 01"],
    ["Write of a configuration that is too short", "12 0400 01", "01 12 0400 0d"],
    ["Find By Type Value", "06 0100 ffff 0028 0f18", "01 06 0000 06"],
    ["Read that is too short", "0a 03", "01 0a 0000 04"],
  ] as const)("%s is answered", async ([, request, answer]) => {
    const { wire } = await connected();
    expect(await wire.request(request)).toBe(answer.replaceAll(" ", ""));
  });

  it("answers as long as the agreed MTU lets it", async () => {
    const { wire } = await connected();
    await wire.request("02 3200");
    expect(await wire.request("0a 0900")).toBe(`0b${long.subarray(0, 49).toString("hex")}`);
  });

  it("takes a command without an answer", async () => {
    const { wire, written } = await connected();
    expect(await wire.request("52 0700 0a0b")).toBeUndefined();
    expect(await wire.request("52 9900 0a0b")).toBeUndefined();
    expect(written).toEqual([Buffer.from([10, 11])]);
  });

  it("writes what was prepared when it is executed", async () => {
    const { wire, written } = await connected();
    expect(await wire.request("16 0700 0000 010203")).toBe("1707000000010203");
    expect(await wire.request("16 0700 0300 0405")).toBe("17070003000405");
    expect(written).toEqual([]);
    expect(await wire.request("18 01")).toBe("19");
    expect(written).toEqual([Buffer.from([1, 2, 3, 4, 5])]);
  });

  it("forgets what was prepared when it is cancelled", async () => {
    const { wire, written } = await connected();
    await wire.request("16 0700 0000 01");
    expect([await wire.request("18 00"), await wire.request("18 01")]).toEqual(["19", "19"]);
    expect(written).toEqual([]);
  });

  it("refuses a long write with a hole, and one more than it keeps", async () => {
    const { wire } = await connected();
    await wire.request("16 0700 0500 01");
    expect(await wire.request("18 01")).toBe("0118070007");
    for (let count = 0; count < 32; count++) await wire.request("16 0700 0000 01");
    expect(await wire.request("16 0700 0000 01")).toBe("0116070009");
  });

  it("can be one that has no long writes", async () => {
    const { wire } = await connected({ hasNoLongWrites: true });
    expect(await wire.request("16 0700 0000 01")).toBe("0116000006");
  });
});

describe("notifications", () => {
  it("are sent once they are wanted, and not after", async () => {
    const { wire, peripheral, subscribed } = await connected();
    const told = async (): Promise<readonly string[]> => {
      peripheral.notify("2a19", Buffer.from([92]));
      return pdusOf(await wire.after(50));
    };
    expect(await told()).toEqual([]);
    expect(await wire.request("12 0400 0100")).toBe("13");
    expect(await wire.request("0a 0400")).toBe("0b0100");
    expect(await told()).toEqual(["1b03005c"]);
    await wire.request("12 0400 0000");
    expect(await told()).toEqual([]);
    expect(subscribed).toEqual([true, false]);
  });

  it("of a device that wants a confirmation wait for it", async () => {
    const { wire, peripheral } = await connected();
    await wire.request("12 0e00 0200");
    peripheral.notify("ff04", Buffer.from([1]));
    peripheral.notify("ff04", Buffer.from([2]));
    expect(pdusOf(await wire.after(50))).toEqual(["1d0d0001"]);
    expect(await wire.request("1e")).toBe("1d0d0002");
  });

  it("are cut to what the MTU lets through", async () => {
    const { wire, peripheral } = await connected();
    await wire.request("12 0400 0100");
    peripheral.notify("2a19", long);
    expect(pdusOf(await wire.after(50))).toEqual([`1b0300${long.subarray(0, 20).toString("hex")}`]);
  });

  it("are forgotten with the connection", async () => {
    const { wire, peripheral } = await connected();
    await wire.request("12 0400 0100");
    wire.send(`01060403${firstHandle}13`);
    await wire.after(50);
    await wire.connect(address);
    peripheral.notify("2a19", Buffer.from([92]));
    expect(pdusOf(await wire.after(50))).toEqual([]);
  });
});

describe("data on a connection", () => {
  it("is cut into ACL packets of 27 bytes", async () => {
    const { wire } = await connected();
    await wire.request("02 0001");
    wire.send(att("0a 0900"));
    const packets = (await wire.after(50)).filter((packet) => packet.startsWith("02"));
    const whole = `3d000400 0b${long.toString("hex")}`.replace(" ", "");
    expect(packets).toEqual([
      `02${firstHandle.slice(0, 2)}201b00${whole.slice(0, 54)}`,
      `02${firstHandle.slice(0, 2)}101b00${whole.slice(54, 108)}`,
      `02${firstHandle.slice(0, 2)}100b00${whole.slice(108)}`,
    ]);
  });

  it("may come in parts, and each is told to be done with", async () => {
    const { wire } = await connected();
    wire.send(`02${firstHandle}0500 0300040012`, "02 4010 0200 0700".replaceAll(" ", ""));
    const heard = await wire.after(50);
    const done = `04130501${firstHandle}0100`;
    expect(heard.slice(0, 2)).toEqual([done, done]);
    expect(pdusOf(heard)).toEqual(["13"]);
  });

  it("overflows when a host sends more than there is room for", async () => {
    const { wire } = await connected();
    const packets = Array.from({ length: 9 }, () => att("52 0700 00"));
    expect(wire.send(...packets)).toEqual(["041a0101"]);
  });

  it("of the Security Manager is answered: pairing is not supported", async () => {
    const { wire } = await connected();
    wire.send(`02${firstHandle}0b00 07000600 01030001100001`);
    expect((await wire.after(50)).at(-1)).toBe(`0240200600020006000505`);
  });

  it("of signalling is rejected", async () => {
    const { wire } = await connected();
    wire.send(`02${firstHandle}0a00 06000500 14 07 0200 4000`);
    expect((await wire.after(50)).at(-1)).toBe("0240200a0006000500010702000000");
  });
});

describe("faults of a peripheral", () => {
  it("is slow to answer", async () => {
    const { wire, peripheral } = await connected();
    peripheral.answerDelayMs = 5_000;
    wire.send(att("0a 0300"));
    expect(pdusOf(await wire.after(4_900))).toEqual([]);
    expect(pdusOf(await wire.after(200))).toEqual(["0b5d"]);
  });

  it("never answers what it ignores", async () => {
    const { wire, peripheral } = await connected();
    peripheral.ignores = (pdu) => pdu[0] === 0x0a;
    wire.send(att("0a 0300"));
    expect(pdusOf(await wire.after(60_000))).toEqual([]);
    expect(await wire.request("02 0001")).toBe("03f700");
  });

  it("is lost in the middle of a procedure", async () => {
    const { wire, peripheral } = await connected();
    peripheral.requestsToLoss = 1;
    expect(await wire.request("0a 0300")).toBe("0b5d");
    wire.send(att("0a 0300"));
    const heard = await wire.after(1_000);
    expect(pdusOf(heard)).toEqual([]);
    expect(heard.at(-1)).toBe(`04050400${firstHandle}08`);
  });
});
