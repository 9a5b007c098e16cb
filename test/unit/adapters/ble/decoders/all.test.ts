import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import { decoders } from "../../../../../adapters/ble/decoders/families.ts";
import { decode, type Found } from "../../../../../adapters/ble/decoders/index.ts";
import { Reception } from "../../../../../adapters/ble/reception.ts";
import { MemoryStore } from "../../../../../src/testing/memory-store.ts";
import { advertisementOf, bleCases, decodeCase } from "../../../../support/ble-cases.ts";
import { seeded } from "../simulator/seeded.ts";
import { faultsIn, isDevice, outOfRange } from "./found-faults.ts";
import { strangers } from "./strangers.ts";

const address = "aabbccddeeff";
const listens = decoders.map(({ listensTo }) => listensTo);
const companies = [...new Set(listens.flatMap((one) => one.companies ?? []))];
const services = [...new Set(listens.flatMap((one) => one.services ?? []))];
const listed = [...new Set(listens.flatMap((one) => one.serviceUuids ?? []))];
/** As senders of the families that have no better mark call themselves, and nobody. */
const names = [
  ...new Set(bleCases.flatMap(({ localName }) => (localName === undefined ? [] : [localName]))),
];

describe("what the frames of the collection say", () => {
  it.for(
    bleCases.flatMap((one) => {
      const found = decodeCase(one);
      return found ? [[one.id, found] as const] : [];
    }),
  )("fits the vocabulary: %s", ([, found]) => {
    expect(faultsIn(found)).toEqual([]);
  });

  it("lies within what the vocabulary takes, but for frames that were made up at the limits", () => {
    const families = bleCases.flatMap((one) => {
      const found = decodeCase(one);
      return found && outOfRange(found).length > 0 ? [found.decoder.family] : [];
    });
    expect([...new Set(families)].toSorted()).toEqual(["bthome", "ruuvi", "sensorpush", "skale"]);
  });
});

describe("any bytes", () => {
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    // Small numbers are what most fields have.
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 30 }),
  );
  const bytes = data.map((one) => Buffer.from(one));
  const key = fc.uint8Array({ minLength: 0, maxLength: 24 }).map((one) => Buffer.from(one));
  const frames = fc.record({
    address: fc.constant(address),
    localName: fc.constantFrom("", ...names),
    companyData: fc.array(fc.record({ company: fc.constantFrom(...companies), data: bytes }), {
      maxLength: 2,
    }),
    serviceData: fc.array(fc.record({ uuid: fc.constantFrom(...services), data: bytes }), {
      maxLength: 2,
    }),
    serviceUuids: fc.subarray(listed, { maxLength: 2 }),
  });

  it("are read without a throw, and say nothing that the gateway would refuse", () => {
    fc.assert(
      fc.property(frames, fc.option(key, { nil: undefined }), (frame, ownKey) => {
        const found = decode(frame, { key: ownKey });
        expect(found ? faultsIn(found) : []).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a frame of the collection with one bit turned round", () => {
  it.for(bleCases.map((one) => [one.id, one] as const))(
    "says nothing that the gateway would refuse: %s",
    ([, one]) => {
      const key = one.key === undefined ? undefined : Buffer.from(one.key, "hex");
      for (const frame of withABitTurned(advertisementOf(one))) {
        const found = decode(frame, { key });
        expect(found ? faultsIn(found) : []).toEqual([]);
      }
    },
  );
});

describe("an encrypted frame with one bit turned round", () => {
  const sealed = bleCases.flatMap((one) => {
    const found = decodeCase(one);
    return one.key !== undefined && found?.isAuthentic === true ? [[one.id, one] as const] : [];
  });

  it("is one of those in the collection", () => {
    expect(sealed.length).toBeGreaterThan(50);
  });

  it.for(sealed)("is refused, unless it says the same: %s", async ([, one]) => {
    const key = Buffer.from(one.key ?? "", "hex");
    const right = new Set(said(decodeCase(one)));
    for (const frame of withABitTurned(advertisementOf(one))) {
      const found = decode(frame, { key });
      if (!found) continue;
      const reception = await Reception.load({ store: new MemoryStore(), count: () => undefined });
      const isGood = reception.judge(frame.address, found, true) === "good";
      expect(isGood ? said(found).filter((value) => !right.has(value)) : []).toEqual([]);
    }
  });
});

describe("what is no sensor", () => {
  it.for(strangers)("is no device: %s", ([, frame]) => {
    expect(isDevice(decode({ ...frame, address }))).toBe(false);
  });

  /** Of makers of chips, of telephones, and of nobody: anything comes with these. */
  const shared = [
    0x0000, 0x0001, 0x0002, 0x0006, 0x000d, 0x000f, 0x0010, 0x0011, 0x004c, 0x0059, 0x0075, 0x00e0,
    0x00ff, 0x0100, 0x0131, 0x015d, 0x02e5, 0x0cc0, 0xffff,
  ];

  it.for(shared)("is no device with random data of company %i", (company) => {
    const random = seeded(company);
    const below = (limit: number) => Math.floor(random() * limit);
    let devices = 0;
    for (let run = 0; run < 20_000; run++) {
      const data = Buffer.from(Array.from({ length: below(30) }, () => below(256)));
      const frame = {
        address,
        companyData: [{ company, data }],
        serviceData: [],
        serviceUuids: [],
      };
      if (isDevice(decode(frame))) devices += 1;
    }
    expect(devices).toBeLessThanOrEqual(2);
  });
});

function said(found: Found | undefined): readonly string[] {
  const { observations = [], events = [] } = found ?? {};
  return [
    ...observations.map(({ facts, value }) => JSON.stringify([facts.is, facts.part, value])),
    ...events.map((event) => JSON.stringify(event)),
  ];
}

function withABitTurned(frame: Advertisement): readonly Advertisement[] {
  const { companyData, serviceData } = frame;
  return [
    ...companyData.flatMap((one, n) =>
      turned(one.data).map((data) => ({
        ...frame,
        companyData: companyData.with(n, { ...one, data }),
      })),
    ),
    ...serviceData.flatMap((one, n) =>
      turned(one.data).map((data) => ({
        ...frame,
        serviceData: serviceData.with(n, { ...one, data }),
      })),
    ),
  ];
}

function turned(data: Buffer): readonly Buffer[] {
  return Array.from({ length: 8 * data.length }, (_, bit) => {
    const other = Buffer.from(data);
    other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    return other;
  });
}
