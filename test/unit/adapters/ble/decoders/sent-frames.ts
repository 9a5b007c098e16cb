import { decode, type Found } from "../../../../../adapters/ble/decoders/index.ts";
import type { Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import { advertisementOf, bleCases, type BleCase } from "../../../../support/ble-cases.ts";
import { changedFrames, prefixesOf } from "../../../../support/ble-cut.ts";

/** What a test sends in place of a radio; hexadecimal, as it is on the air. */
interface Sent {
  readonly address?: string;
  readonly localName?: string;
  readonly serviceUuids?: readonly string[];
  readonly company?: readonly [company: number, data: string];
  readonly service?: readonly [uuid: string, data: string];
}

function sent({ address, localName, serviceUuids, company, service }: Sent): Advertisement {
  return {
    address: address ?? "aabbccddeeff",
    ...(localName !== undefined && { localName }),
    companyData: company ? [{ company: company[0], data: Buffer.from(company[1], "hex") }] : [],
    serviceData: service ? [{ uuid: service[0], data: Buffer.from(service[1], "hex") }] : [],
    serviceUuids: serviceUuids ?? [],
  };
}

export function found(frame: Sent): Found | undefined {
  return decode(sent(frame));
}

/** Values by property and part: `acceleration/x`. */
export function values(result: Found | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (result?.observations ?? []).map(({ facts: { is, part }, value }) => [
      part === undefined ? is : `${is}/${part}`,
      typeof value === "number" ? Math.round(value * 1e4) / 1e4 : value,
    ]),
  );
}

export function read(frame: Sent): Readonly<Record<string, unknown>> {
  return values(found(frame));
}

export function casesOf(formats: RegExp): readonly (readonly [id: string, one: BleCase])[] {
  return bleCases.filter(({ format }) => formats.test(format)).map((one) => [one.id, one]);
}

/** What a frame of the collection says that is cut off somewhere and was not said by the whole. */
export function wrongWhenCut(one: BleCase): readonly unknown[] {
  const whole = advertisementOf(one);
  const right = said(decode(whole));
  return changedFrames(whole, prefixesOf).flatMap((frame) =>
    said(decode(frame)).filter((value) => !right.includes(value)),
  );
}

function said(result: Found | undefined): readonly string[] {
  return Object.entries(values(result)).map((entry) => entry.join(" "));
}
