import { describe, expect, it } from "vitest";
import { laica } from "../../../../../adapters/ble/decoders/laica.ts";
import { senssun } from "../../../../../adapters/ble/decoders/senssun.ts";
import { skale } from "../../../../../adapters/ble/decoders/skale.ts";
import { ofCompany, read, wrongOf } from "./cut-off.ts";

describe("scales that send what they weigh", () => {
  it.for([
    [laica, /^laica$/],
    [senssun, /^senssun$/],
    [skale, /SKALE/],
  ] as const)("$0.family says nothing wrong of what is cut off", ([decoder, formats]) => {
    expect(wrongOf(decoder, formats)).toEqual([]);
  });
});

describe("laica", () => {
  const address = "a0915ebe2ba0";
  const mask = 0xa0;
  /** As the scale seals it: a checksum behind, and every byte turned over. */
  const sealed = (bytes: readonly number[]) => {
    const sum = bytes.reduce((all, byte) => all + byte, 0) & 0xff;
    const hidden = Buffer.from([...bytes, sum].map((byte) => byte ^ mask)).toString("hex");
    return ofCompany(0xa0ac, `a02bbe5e91a0${hidden}`, { address });
  };

  it("reads grams, and the resistance of a body", () => {
    expect(read(laica, sealed([0x80, 0x01, 0x1a, 0xf4, 0xad]))).toEqual({ weight: 72.436 });
    expect(read(laica, sealed([0x01, 0xf4, 0, 0, 0xa6]))).toEqual({ x_laica_impedance: 500 });
  });
  it("refuses every frame with one bit turned behind the address", () => {
    const right = Buffer.from("a02bbe5e91a0a02c92140dbf", "hex");
    for (let bit = 48; bit < right.length * 8; bit++) {
      const wrong = Buffer.from(right);
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(read(laica, ofCompany(0xa0ac, wrong.toString("hex"), { address }))).toBeUndefined();
    }
  });
  it("refuses an unknown kind, and the frame of another address", () => {
    expect(read(laica, sealed([0, 0, 0, 0, 0xaa]))).toBeUndefined();
    expect(read(laica, ofCompany(0xa0ac, "a02bbe5e91a0a02c92140dbf"))).toBeUndefined();
  });
});

describe("senssun", () => {
  const address = "187a93c1b333";

  it("says that somebody is still moving", () => {
    const hex = "020311187a93c1b333021a4500b481ab61";
    expect(read(senssun, ofCompany(0x0100, hex, { address }))).toMatchObject({
      weight: 67.25,
      x_senssun_stabilized: false,
    });
  });
  it("refuses the frame of another address, and less than nothing", () => {
    const hex = "020311187a93c1b333021a4500b4a1ab61";
    expect(read(senssun, ofCompany(0x0100, hex))).toBeUndefined();
    const negative = hex.replace("1a45", "fa45");
    expect(read(senssun, ofCompany(0x0100, negative, { address }))).toBeUndefined();
  });
});

describe("skale", () => {
  it("reads less than nothing after the cup was taken away", () => {
    expect(read(skale, ofCompany(0x81ef, "60fcffff"))).toEqual({ weight: -0.0928 });
  });
});
