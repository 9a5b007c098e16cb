import { shortUuid, type Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import { decode, type Found } from "../../../../../adapters/ble/decoders/index.ts";
import { advertisementOf, bleCases } from "../../../../support/ble-cases.ts";
import { changedFrames, prefixesOf } from "../../../../support/ble-cut.ts";

/** A frame from hexadecimal data, by company and by service. */
export function frameOf(
  companies: Readonly<Record<number, string>>,
  services: Readonly<Record<string, string>> = {},
  more: Partial<Advertisement> = {},
): Advertisement {
  return {
    address: "aabbccddeeff",
    companyData: Object.entries(companies).map(([company, hex]) => ({
      company: Number(company),
      data: Buffer.from(hex, "hex"),
    })),
    serviceData: Object.entries(services).map(([uuid, hex]) => ({
      uuid: shortUuid(uuid),
      data: Buffer.from(hex, "hex"),
    })),
    serviceUuids: [],
    ...more,
  };
}

/** What a frame says, by property and part. */
export function valuesOf(found: Found | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (found?.observations ?? []).map(({ facts: { is, part }, value }) => [
      part === undefined ? is : `${is}.${part}`,
      value,
    ]),
  );
}

/** The frames of the collection in these formats. */
export function framesOf(formats: RegExp): readonly Advertisement[] {
  return bleCases.filter(({ format }) => formats.test(format)).map(advertisementOf);
}

/** What a frame says that was cut anywhere, and does not say when it is whole. */
export function inventedByCutting(frame: Advertisement, key?: Buffer): readonly string[] {
  const whole = valuesOf(decode(frame, { key }));
  return changedFrames(frame, prefixesOf).flatMap((cut) => {
    const found = decode(cut, { key });
    return Object.entries(valuesOf(found))
      .filter(([name, value]) => value !== null && value !== whole[name])
      .map(([name, value]) => `${name} ${String(value)}: ${textOf(cut)}`);
  });
}

function textOf({ companyData, serviceData }: Advertisement): string {
  return [...companyData, ...serviceData].map(({ data }) => data.toString("hex")).join(" ");
}
