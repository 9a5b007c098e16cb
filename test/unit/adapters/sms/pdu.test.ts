import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressBytes } from "../../../../adapters/sms/pdu/address.ts";
import { textOf, type Body } from "../../../../adapters/sms/pdu/body.ts";
import { decodePdu, type Pdu, type Submit } from "../../../../adapters/sms/pdu/message.ts";
import { lockingTables, singleShiftTables } from "../../../../adapters/sms/pdu/national.ts";
import { segment } from "../../../../adapters/sms/pdu/segments.ts";
import { pack, unpack } from "../../../../adapters/sms/pdu/septets.ts";
import { encodeSubmit } from "../../../../adapters/sms/pdu/submit.ts";
import {
  isoText,
  readTimestamp,
  timestampBytes,
  validitySeconds,
  validityValue,
} from "../../../../adapters/sms/pdu/time.ts";
import { ProtocolError } from "../../../../src/errors.ts";
import fixture from "../../../fixtures/sms-pdu.json" with { type: "json" };

interface Expected {
  readonly type: string;
  readonly address?: string;
  readonly alpha_sender?: boolean;
  readonly smsc?: string;
  readonly pid?: number;
  readonly dcs?: number;
  readonly class?: number;
  readonly alphabet?: string;
  readonly text?: string;
  readonly ucs2?: string;
  readonly data?: string;
  readonly concat?: object;
  readonly ports?: object;
  readonly single?: number;
  readonly locking?: number;
  readonly time?: string;
  readonly discharge?: string;
  readonly status?: number;
  readonly mr?: number;
  readonly srr?: boolean;
  readonly vp?: number | string;
}

interface Case {
  readonly id: string;
  readonly direction: "in" | "out";
  readonly smsc_prefix: boolean;
  readonly pdu: string;
  readonly expect: Expected;
}

const cases = fixture.cases as readonly Case[];

/** A message in the words of the fixture. */
function described(pdu: Pdu): Expected {
  const { text, isName } = pdu.address;
  const common = {
    type: pdu.type,
    address: text,
    ...(isName && { alpha_sender: true }),
    ...(pdu.centre && { smsc: pdu.centre.text }),
  };
  if (pdu.type === "status-report") {
    const { reference: mr, status, sentAt, doneAt } = pdu;
    return {
      ...common,
      mr,
      status,
      ...(sentAt && { time: isoText(sentAt) }),
      ...(doneAt && { discharge: isoText(doneAt) }),
    };
  }
  const { body, protocol: pid, scheme: dcs, messageClass } = pdu;
  const { concat, ports, single, locking } = body.header;
  const hex = Buffer.from(body.units).toString("hex").toUpperCase();
  return {
    ...common,
    pid,
    dcs,
    ...(messageClass !== undefined && { class: messageClass }),
    alphabet: body.alphabet,
    ...(body.alphabet === "8bit" ? { data: hex } : { text: textOf([body]) ?? "" }),
    ...(body.alphabet === "ucs2" && { ucs2: hex }),
    ...(concat && { concat }),
    ...(ports && { ports }),
    ...(single !== undefined && { single }),
    ...(locking !== undefined && { locking }),
    ...(pdu.type === "deliver" && pdu.sentAt && { time: isoText(pdu.sentAt) }),
    ...(pdu.type === "submit" && { mr: pdu.reference, srr: pdu.wantsReport }),
  };
}

function decoded({ pdu, direction, smsc_prefix: hasCentre }: Case): Pdu {
  return decodePdu(pdu, { direction, hasCentre });
}

describe("a PDU that was seen somewhere", () => {
  const sound = cases.filter(({ expect: { type } }) => type !== "malformed");

  test.for(sound)("$id is read as it was meant", (one) => {
    const { vp: _, ...expected } = one.expect;
    expect(described(decoded(one))).toEqual(expected);
  });

  test.for(sound.filter(({ expect: { vp } }) => typeof vp === "number"))(
    "$id is worth delivering for as long as it says",
    (one) => {
      const { validity } = decoded(one) as Submit;
      expect(validity).toBe(validitySeconds(Number(one.expect.vp)));
    },
  );

  test.for(cases.filter(({ expect: { type } }) => type === "malformed"))(
    "$id is refused",
    (one) => {
      expect(() => decoded(one)).toThrow(ProtocolError);
    },
  );
});

test("any octets are a message or a ProtocolError", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("in" as const, "out" as const),
      fc.boolean(),
      (bytes, direction, hasCentre) => {
        try {
          const pdu = decodePdu(Buffer.from(bytes).toString("hex"), { direction, hasCentre });
          if (pdu.type !== "status-report") textOf([pdu.body]);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test("any message with octets cut off or changed is a message or a ProtocolError", () => {
  const whole = cases.map(({ pdu }) => pdu);
  fc.assert(
    fc.property(
      fc.constantFrom(...whole),
      fc.nat(400),
      fc.nat(255),
      fc.constantFrom("in" as const, "out" as const),
      (hex, at, octet, direction) => {
        const bytes = Buffer.from(hex, "hex");
        bytes[at % bytes.length] = octet;
        try {
          const pdu = decodePdu(bytes.subarray(0, 1 + (at % bytes.length)).toString("hex"), {
            direction,
          });
          if (pdu.type !== "status-report") textOf([pdu.body]);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test("what is not hexadecimal is refused", () => {
  for (const hex of ["07 91", "0791Z", "079", "0791\u{1f4a7}"]) {
    expect(() => decodePdu(hex, { direction: "in" })).toThrow(ProtocolError);
  }
});

/** A text as it goes out and is read again, part by part. */
function sent(text: string, to = "+254712345678"): readonly Submit[] {
  return segment(text, 7).map((body) => {
    const { pdu, length } = encodeSubmit({ to: { text: to, isName: false }, body });
    expect(pdu.length).toBe(2 * (length + 1));
    expect(length).toBeLessThanOrEqual(164);
    return decodePdu(pdu, { direction: "out" }) as Submit;
  });
}

function joined(parts: readonly Submit[]): string | undefined {
  return textOf(parts.map(({ body }) => body));
}

const gsm7 =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€";

describe("a text that is sent", () => {
  test("is read again as it was, whatever it is", () => {
    const chars = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.string({ unit: fc.constantFrom(...Array.from(gsm7)), maxLength: 500 }),
      fc.string({ unit: fc.constantFrom("a", "€", "{", "😀", "ж", "\u200d"), maxLength: 400 }),
    );
    fc.assert(
      fc.property(chars, (text) => {
        const parts = sent(text);
        expect(joined(parts)).toBe(text);
        expect(parts.map(({ body }) => body.header.concat?.seq)).toEqual(
          parts.length === 1 ? [undefined] : parts.map((_, index) => index + 1),
        );
      }),
    );
  });

  test("has no character cut between its parts", () => {
    const chars = fc.array(fc.constantFrom("a", "€", "{", "|", "é"), { maxLength: 500 });
    const wide = fc.array(fc.constantFrom("a", "😀", "ж", "🚰"), { maxLength: 300 });
    fc.assert(
      fc.property(fc.oneof(chars, wide), (all) => {
        const parts = segment(all.join(""));
        // Each part is a text of its own.
        expect(parts.map((part) => textOf([part])).join("")).toBe(all.join(""));
      }),
    );
  });

  test.for([
    ["a".repeat(160), 1],
    ["a".repeat(161), 2],
    ["a".repeat(306), 2],
    ["a".repeat(307), 3],
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    // 153 is odd: half a part stays empty for each escape that would be cut.
    ["€".repeat(152), 2],
    ["€".repeat(153), 3],
    ["ж".repeat(70), 1],
    ["ж".repeat(71), 2],
    ["ж".repeat(134), 2],
    ["ж".repeat(135), 3],
    ["😀".repeat(35), 1],
    ["😀".repeat(36), 2],
    ["😀".repeat(66), 2],
    ["😀".repeat(67), 3],
    ["", 1],
  ] as const)("%j takes %i messages", ([text, count]) => {
    expect(segment(text)).toHaveLength(count);
  });

  test("takes the shortest encoding", () => {
    expect(segment("Pump ON, 21 °C")[0]?.alphabet).toBe("ucs2");
    expect(segment("Pump ON, 21 C {~}")[0]?.alphabet).toBe("gsm7");
  });

  test("of more parts than can be counted is refused", () => {
    expect(() => segment("a".repeat(153 * 256))).toThrow("256 parts");
  });

  test("says how long it is worth delivering, whether it asks for a report, and whom it shows at once", () => {
    const [body] = segment("Code 4821");
    const { pdu } = encodeSubmit({
      to: { text: "0712345678", isName: false },
      body: body as Body,
      validityS: 300,
      wantsReport: true,
      messageClass: 0,
    });
    expect(decodePdu(pdu, { direction: "out" })).toMatchObject({
      address: { text: "0712345678" },
      validity: 300,
      wantsReport: true,
      messageClass: 0,
      body: { alphabet: "gsm7" },
    });
  });

  test.for(["", "+", "07 12", "Koine", `+${"1".repeat(21)}`])("cannot go to %j", (text) => {
    expect(() => addressBytes({ text, isName: false })).toThrow(ProtocolError);
  });

  test("goes to whoever the number is", () => {
    const number = fc
      .tuple(
        fc.boolean(),
        fc.string({
          unit: fc.constantFrom(...Array.from("0123456789*#")),
          minLength: 1,
          maxLength: 20,
        }),
      )
      .map(([isWorldWide, digits]) => (isWorldWide ? `+${digits}` : digits));
    fc.assert(
      fc.property(number, (to) => {
        expect(sent("a", to)[0]?.address).toEqual({ text: to, isName: false });
      }),
    );
  });
});

test("septets are packed and unpacked, behind a header or not", () => {
  const septets = fc.uint8Array({ max: 0x7f, maxLength: 160 });
  fc.assert(
    fc.property(septets, fc.nat(10), (all, skip) => {
      expect(unpack(pack(all, skip), all.length, skip)).toEqual(all);
    }),
  );
});

test("a time is read again as it was, in every zone", () => {
  const time = fc.record({
    ms: fc
      .integer({ min: Date.UTC(1980, 0, 2) / 1_000, max: Date.UTC(2079, 11, 30) / 1_000 })
      .map((s) => s * 1_000),
    zoneMinutes: fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15),
  });
  fc.assert(
    fc.property(time, (at) => {
      expect(readTimestamp(timestampBytes(at))).toEqual(at);
    }),
  );
});

test("nonsense is no time", () => {
  for (const hex of ["42303152708000", "42300060708000", "42302392708000", "ffffffffffffff"]) {
    expect(readTimestamp(Buffer.from(hex, "hex"))).toBeUndefined();
  }
});

describe("a validity period", () => {
  test.for([
    [0, 300],
    [143, 43_200],
    [144, 45_000],
    [167, 86_400],
    [168, 172_800],
    [196, 2_592_000],
    [197, 3_024_000],
    [255, 38_102_400],
  ] as const)("%i is %i s", ([value, seconds]) => {
    expect(validitySeconds(value)).toBe(seconds);
    expect(validityValue(seconds)).toBe(value);
  });

  test("is never longer than it was asked for, but for the shortest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 40_000_000 }), (seconds) => {
        const value = validityValue(seconds);
        expect(validitySeconds(value)).toBeLessThanOrEqual(seconds);
        if (value < 255) expect(validitySeconds(value + 1)).toBeGreaterThan(seconds);
      }),
    );
    expect(validityValue(10)).toBe(0);
  });
});

describe("the tables of national languages", () => {
  test("have a place for each septet", () => {
    expect([...lockingTables.keys()]).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    for (const table of lockingTables.values()) {
      expect(Array.from(table)).toHaveLength(128);
      expect(table[0x0a]).toBe("\n");
      expect(table[0x0d]).toBe("\r");
      expect(table.slice(0x61, 0x7b)).toBe("abcdefghijklmnopqrstuvwxyz");
    }
    expect([...singleShiftTables.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    for (const table of singleShiftTables.values()) {
      expect(table.get(0x65)).toBe("€");
      expect(table.get(0x40)).toBe("|");
      expect(table.has(0x1b)).toBe(false);
    }
  });

  // 3GPP TS 23.038, annex A.
  test.for([
    [6, 0, [0x3c, 0x40, 0x50, 0x60, 0x7f], "ऩबा\u0950\u097f"],
    [6, 6, [0x1b, 0x1c, 0x1b, 0x25, 0x1b, 0x19], "०९।"],
    [4, 4, [0x00, 0x1b, 0x19, 0x1b, 0x24], "\u0981\u09e6\u09df"],
    [11, 11, [0x3c, 0x3d, 0x1b, 0x26], "னப\u0bf3"],
    [13, 13, [0x00, 0x60, 0x1b, 0x3f], "ا\u0654۔"],
    [1, 1, [0x0b, 0x0c, 0x40, 0x1b, 0x69], "Ğğİı"],
    [0, 2, [0x1b, 0x61, 0x61], "áa"],
    [3, 3, [0x60, 0x1b, 0x7b, 0x1b, 0x12], "~ãΦ"],
  ] as const)("%i with %i: %j", ([locking, single, units, text]) => {
    const header = { locking, single };
    expect(textOf([{ alphabet: "gsm7", header, units: Uint8Array.from(units) }])).toBe(text);
  });

  test("read what no table has as the main one has it, and two escapes as a space", () => {
    const units = Uint8Array.from([0x1b, 0x41, 0x1b, 0x1b, 0x42]);
    expect(textOf([{ alphabet: "gsm7", header: {}, units }])).toBe("A B");
  });
});
