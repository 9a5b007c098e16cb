import type { Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import { decode, type Found } from "../../../../../adapters/ble/decoders/index.ts";
import { advertisementOf, bleCases, type BleCase } from "../../../../support/ble-cases.ts";
import { changedFrames, prefixesOf } from "../../../../support/ble-cut.ts";

/** The cases of these formats. */
export function casesOf(formats: RegExp): readonly BleCase[] {
  return bleCases.filter(({ format }) => formats.test(format));
}

export function caseOf(id: string): BleCase {
  const one = bleCases.find((each) => each.id === id);
  if (!one) throw new Error(`no case ${id}`);
  return one;
}

/** A frame with one block of manufacturer data. */
export function frameOf(
  company: number,
  hex: string,
  more: Partial<Advertisement> = {},
): Advertisement {
  return {
    address: "a4c138112233",
    companyData: [{ company, data: Buffer.from(hex, "hex") }],
    serviceData: [],
    serviceUuids: [],
    ...more,
  };
}

export function found(company: number, hex: string, more?: Partial<Advertisement>): Found {
  const decoded = decode(frameOf(company, hex, more));
  if (!decoded) throw new Error(`${hex} is not decoded`);
  return decoded;
}

/** Values by property, with the part after a dot. */
export function valuesIn({ observations }: Pick<Found, "observations">): Record<string, unknown> {
  return Object.fromEntries(
    observations.map(({ facts: { is, part }, value }) => [part ? `${is}.${part}` : is, value]),
  );
}

/** The frame with each block of manufacturer data alone, cut to each shorter length. */
function aloneOf(frame: Advertisement): readonly Advertisement[] {
  return frame.companyData.flatMap((one) =>
    changedFrames({ ...frame, companyData: [one], serviceData: [] }, prefixesOf),
  );
}

/** What a case that is cut off tells and the whole one does not. */
export function wrongInPrefixesOf(one: BleCase): readonly string[] {
  const whole = new Set(told(decode(advertisementOf(one))));
  // A beacon beside what is cut off would be read in its place.
  return aloneOf(advertisementOf(one)).flatMap((frame) =>
    told(decode(frame)).filter((statement) => !whole.has(statement)),
  );
}

/** What a case with a byte more tells. */
export function toldWithByteMore(one: BleCase): readonly string[] {
  const frame = advertisementOf(one);
  return frame.companyData.flatMap(({ company, data }) => {
    const longer = Buffer.concat([data, Buffer.alloc(1)]);
    return told(decode({ ...frame, companyData: [{ company, data: longer }] }));
  });
}

function told(decoded: Found | undefined): readonly string[] {
  const { observations = [], events = [] } = decoded ?? {};
  return [
    ...observations.map(
      ({ facts: { is, part = "" }, value }) => `${is} ${part}: ${JSON.stringify(value)}`,
    ),
    ...events.map(({ name, action, part = "" }) => `${name} ${part}: ${action}`),
  ];
}
