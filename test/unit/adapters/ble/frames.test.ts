import { assert, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStructures, shortUuid } from "../../../../adapters/ble/advertisement.ts";
import { decode } from "../../../../adapters/ble/decoders/index.ts";
import { limits } from "../../../../adapters/ble/limits.ts";
import { ExtendedReports, readLegacy } from "../../../../adapters/ble/radio/reports.ts";
import {
  completeName,
  flags,
  manufacturerData,
  serviceData,
  serviceUuids,
  structure,
  txPower,
} from "../../../../adapters/ble/simulator/advertising-data.ts";
import {
  encodeExtendedReport,
  encodeLegacyReport,
  type Report,
} from "../../../../adapters/ble/simulator/reports.ts";

const address = "a4c1385a0b1c";

function sent(rest: Partial<Report> = {}): Report {
  return {
    address,
    addressType: "public",
    isConnectable: false,
    isScannable: false,
    isScanResponse: false,
    isExtended: false,
    rssiDbm: -71,
    data: flags(),
    ...rest,
  };
}

describe("a legacy event", () => {
  test.for<[string, Partial<Report>, object]>([
    ["that is not connectable", {}, { isConnectable: false, isResponse: false }],
    ["that is connectable", { isConnectable: true }, { isConnectable: true }],
    ["of a random address", { addressType: "random" }, { addressType: "random" }],
    ["that answers a scan", { isScanResponse: true }, { isResponse: true, isConnectable: false }],
    ["of unknown strength", { rssiDbm: 127 }, { rssi: undefined }],
  ])("has a report %s", ([, report, expected]) => {
    const bytes = encodeLegacyReport(sent(report));
    const { reports, isCut } = readLegacy(1, bytes, "radio");
    expect(isCut).toBe(false);
    expect(reports).toMatchObject([{ receiver: "radio", address, data: flags(), ...expected }]);
  });

  test("has several reports, each with its own strength", () => {
    const bytes = Buffer.concat(
      [-40, -50, -60].map((rssiDbm) => encodeLegacyReport(sent({ rssiDbm }))),
    );
    expect(readLegacy(3, bytes, "radio").reports.map(({ rssi }) => rssi)).toEqual([-40, -50, -60]);
  });

  test("that is cut gives the reports before the cut, and says so", () => {
    const one = encodeLegacyReport(sent());
    const bytes = Buffer.concat([one, one]);
    for (let length = 0; length < bytes.length; length++) {
      const { reports, isCut } = readLegacy(2, bytes.subarray(0, length), "radio");
      expect(reports).toHaveLength(length < one.length ? 0 : 1);
      expect(isCut).toBe(true);
    }
  });

  test("of any bytes throws nothing and invents no bytes", () => {
    assert(
      property(integer({ min: 0, max: 255 }), uint8Array({ maxLength: 255 }), (count, bytes) => {
        const { reports } = readLegacy(count, Buffer.from(bytes), "radio");
        const total = reports.reduce((sum, { data }) => sum + data.length + 10, 0);
        expect(total).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe("an extended event", () => {
  const reader = () => {
    const counts: string[] = [];
    const events = new ExtendedReports((name) => counts.push(name));
    const read = (...parts: readonly Buffer[]) =>
      parts.flatMap((part) => events.read(1, part, "radio").reports);
    return { counts, events, read };
  };
  const long = Buffer.from(Array.from({ length: 1_000 }, (_, n) => n & 0xff));

  test("has the frame that was sent", () => {
    const { read } = reader();
    const report = sent({ isExtended: true, isConnectable: true, addressType: "random" });
    expect(read(...encodeExtendedReport(report))).toEqual([
      {
        receiver: "radio",
        address,
        addressType: "random",
        isResponse: false,
        isConnectable: true,
        rssi: -71,
        data: flags(),
      },
    ]);
  });

  test.for([1, 7, 50, 229])("is whole however it is cut: every %s bytes", (step) => {
    const { read, counts } = reader();
    const parts = encodeExtendedReport(sent({ isExtended: true, data: long }), step);
    expect(read(...parts).map(({ data }) => data)).toEqual([long]);
    expect(counts).toEqual([]);
  });

  test("puts the fragments of several senders together apart", () => {
    const { read } = reader();
    const other = "a4c1385a0b1d";
    const one = encodeExtendedReport(sent({ isExtended: true, data: long }));
    const two = encodeExtendedReport(
      sent({ isExtended: true, address: other, data: Buffer.from(long.toReversed()) }),
    );
    const mixed = one.flatMap((part, n) => [part, two[n] ?? Buffer.alloc(0)]);
    const frames = read(...mixed);
    expect(frames.map(({ data }) => data)).toEqual([long, Buffer.from(long.toReversed())]);
  });

  test("whose rest was lost is no frame, and is counted", () => {
    const { read, counts } = reader();
    expect(
      read(...encodeExtendedReport(sent({ isExtended: true, data: long }), 100, true)),
    ).toEqual([]);
    expect(counts).toEqual(["frames_truncated"]);
  });

  test("whose sender sends no end does not fill the memory", () => {
    const { read, counts } = reader();
    const [part = Buffer.alloc(0)] = encodeExtendedReport(sent({ isExtended: true, data: long }));
    for (let n = 0; n < 1_000; n++) read(part);
    expect(counts.length).toBeGreaterThan(100);
  });

  test("remembers a bounded number of beginnings", () => {
    const { read, counts } = reader();
    for (let n = 0; n < limits.fragments + 10; n++) {
      const [part = Buffer.alloc(0)] = encodeExtendedReport(
        sent({ isExtended: true, data: long, address: n.toString(16).padStart(12, "0") }),
      );
      read(part);
    }
    expect(counts).toEqual(Array.from({ length: 10 }, () => "frames_truncated"));
  });

  test("of any bytes throws nothing, in one event after another", () => {
    const { events } = reader();
    assert(
      property(integer({ min: 0, max: 255 }), uint8Array({ maxLength: 255 }), (count, bytes) => {
        for (const { data } of events.read(count, Buffer.from(bytes), "radio").reports) {
          expect(data.length).toBeLessThanOrEqual(limits.frameBytes);
        }
      }),
    );
  });
});

describe("the structures of a frame", () => {
  test("are read as they were sent", () => {
    const service = "19b10000e8f2537e4f6cd104768a1214";
    const bytes = Buffer.concat([
      flags(),
      serviceUuids("180f", "181a"),
      serviceUuids(service),
      completeName("Küche"),
      txPower(-12),
      serviceData("fcd2", Buffer.of(1)),
      serviceData(service, Buffer.of(2)),
      manufacturerData(0x0499, Buffer.of(3)),
      manufacturerData(0x0499, Buffer.of(4)),
    ]);
    expect(parseStructures(bytes)).toEqual({
      localName: "Küche",
      txPower: -12,
      serviceUuids: ["180f", "181a", service],
      serviceData: [
        { uuid: "fcd2", data: Buffer.of(1) },
        { uuid: service, data: Buffer.of(2) },
      ],
      companyData: [
        { company: 0x0499, data: Buffer.of(3) },
        { company: 0x0499, data: Buffer.of(4) },
      ],
    });
  });

  test("of 32 bits have eight digits, unless sixteen bits would do", () => {
    const bytes = structure(0x20, Buffer.of(0x78, 0x56, 0x34, 0x12, 9));
    expect(parseStructures(bytes).serviceData).toEqual([{ uuid: "12345678", data: Buffer.of(9) }]);
    expect(shortUuid("0000180F-0000-1000-8000-00805F9B34FB")).toBe("180f");
    expect(shortUuid("1234180F-0000-1000-8000-00805F9B34FB")).toBe("1234180f");
  });

  test("that are cut off are left out, and those before count", () => {
    const name = completeName("Shed");
    const bytes = Buffer.concat([name, manufacturerData(0x0499, Buffer.alloc(20))]);
    for (let length = name.length; length < bytes.length; length++) {
      expect(parseStructures(bytes.subarray(0, length))).toEqual({
        localName: "Shed",
        companyData: [],
        serviceData: [],
        serviceUuids: [],
      });
    }
  });

  test("end where zeros fill the frame", () => {
    const bytes = Buffer.concat([flags(), Buffer.alloc(4), completeName("Hidden")]);
    expect(parseStructures(bytes).localName).toBeUndefined();
  });

  test("prefer the complete name to the short one", () => {
    const short = structure(0x08, Buffer.from("She"));
    for (const bytes of [
      Buffer.concat([short, completeName("Shed")]),
      Buffer.concat([completeName("Shed"), short]),
    ]) {
      expect(parseStructures(bytes).localName).toBe("Shed");
    }
  });

  test("have names without control characters", () => {
    expect(parseStructures(completeName("Shed\u0000\u0007\u001b[2J")).localName).toBe("Shed[2J");
  });

  test("of any bytes throw nothing, nor does any decoder", () => {
    assert(
      property(uint8Array({ maxLength: 255 }), (bytes) => {
        const structures = parseStructures(Buffer.from(bytes));
        expect(() => decode({ ...structures, address })).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
