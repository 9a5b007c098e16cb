import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { Reader } from "../../../../adapters/zigbee/simulator/bytes.ts";
import { Radio } from "../../../../adapters/zigbee/simulator/radio.ts";
import { Stick } from "../../../../adapters/zigbee/simulator/stick.ts";
import {
  encodeUnpi,
  UnpiParser,
  type UnpiFrame,
} from "../../../../adapters/zigbee/simulator/unpi.ts";
import { encodeZcl, parseZcl } from "../../../../adapters/zigbee/simulator/zcl.ts";
import { systemClock } from "../../../../src/clock.ts";

/** A stick alone, and what it says to bytes. */
function stick(): { ask(hex: string): string[] } {
  const radio = new Radio(systemClock(), () => 0.5);
  const one = new Stick({ radio, ieee: "00124b0012345678" });
  const said: string[] = [];
  one.attach({ write: (bytes) => void said.push(bytes.toString("hex")) });
  return {
    ask(hex) {
      one.receive(Buffer.from(hex, "hex"));
      return said.splice(0);
    },
  };
}

/**
 * Frames as TI documents them in "Z-Stack Monitor and Test API" (SWRA 1.14): SYS_PING, SYS_VERSION and
 * SYS_RESET_IND among them.
 */
describe("the stick", () => {
  test("answers a ping", () => {
    expect(stick().ask("fe00210120")).toEqual(["fe02610159063d"]);
  });

  test("says that it is Z-Stack 3.x.0", () => {
    const [version = ""] = stick().ask("fe00210223");
    expect(version.slice(0, 8)).toBe("fe096102");
    expect(Buffer.from(version, "hex").subarray(4, 9)).toEqual(Buffer.from([2, 1, 2, 7, 1]));
  });

  test("says that it has started, after a reset", () => {
    expect(stick().ask("fe0141000141")).toEqual([expect.stringMatching(/^fe06418002/)]);
  });

  test("answers what it does not know with an error of that kind", () => {
    expect(stick().ask("fe0021fedf")).toEqual([expect.stringMatching(/^fe0360000221fe/)]);
  });

  test("says nothing to a frame with a wrong checksum", () => {
    expect(stick().ask("fe00210121")).toEqual([]);
  });
});

const frames = fc.record({
  type: fc.integer({ min: 1, max: 3 }),
  subsystem: fc.integer({ min: 0, max: 21 }),
  command: fc.integer({ min: 0, max: 255 }),
  data: fc.uint8Array({ maxLength: 250 }).map((bytes) => Buffer.from(bytes)),
});

describe("frames of the line", () => {
  test("come out as they went in, however they are cut", () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (all, size) => {
          const bytes = Buffer.concat(all.map(encodeUnpi));
          const parser = new UnpiParser();
          const parsed: UnpiFrame[] = [];
          for (let at = 0; at < bytes.length; at += size) {
            parsed.push(...parser.push(bytes.subarray(at, at + size)));
          }
          expect(parsed).toEqual(all);
        },
      ),
    );
  });

  test("never make the parser throw, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(() => new UnpiParser().push(Buffer.from(bytes))).not.toThrow();
      }),
    );
  });
});

test("a ZCL frame comes out as it went in", () => {
  const zcl = fc.record({
    isSpecific: fc.boolean(),
    isToClient: fc.boolean(),
    wantsNoDefaultResponse: fc.boolean(),
    sequence: fc.integer({ min: 0, max: 255 }),
    command: fc.integer({ min: 0, max: 255 }),
    payload: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(zcl, (frame) => {
      expect(parseZcl(encodeZcl(frame))).toEqual(frame);
    }),
  );
});

test("an address is read least significant byte first", () => {
  expect(new Reader(Buffer.from("7856341200124b00", "hex")).ieee()).toBe("004b120012345678");
});
