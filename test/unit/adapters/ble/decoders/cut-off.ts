import type { Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import type { Decoded, Decoder } from "../../../../../adapters/ble/decoders/decoder.ts";
import { advertisementOf, bleCases } from "../../../../support/ble-cases.ts";

interface More {
  readonly address?: string;
  readonly localName?: string;
  readonly serviceUuids?: readonly string[];
}

const nothing = { address: "aabbccddeeff", companyData: [], serviceData: [], serviceUuids: [] };

export function ofCompany(company: number, hex: string, more: More = {}): Advertisement {
  return { ...nothing, ...more, companyData: [{ company, data: Buffer.from(hex, "hex") }] };
}

export function ofService(uuid: string, hex: string, more: More = {}): Advertisement {
  return { ...nothing, ...more, serviceData: [{ uuid, data: Buffer.from(hex, "hex") }] };
}

/** By property, and `property part` where it has one. */
export function valuesIn(
  decoded: Decoded | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (!decoded) return undefined;
  return Object.fromEntries(
    decoded.observations.map(({ facts: { is, part }, value }) => [
      part === undefined ? is : `${is} ${part}`,
      value,
    ]),
  );
}

export function read(decoder: Decoder, frame: Advertisement) {
  return valuesIn(decoder.decode(frame, {}));
}

/**
 * What a decoder says of the cases of these formats when one of their structures is cut off, or has
 * a byte too many, and did not say of the whole.
 */
export function wrongOf(decoder: Decoder, formats: RegExp): readonly string[] {
  const frames = bleCases.filter(({ format }) => formats.test(format)).map(advertisementOf);
  if (frames.length === 0) throw new Error(`No case of ${String(formats)}`);
  return frames.flatMap((frame) => {
    const whole = read(decoder, frame) ?? {};
    return damaged(frame).flatMap((one) =>
      Object.entries(read(decoder, one) ?? {})
        .filter(([name, value]) => whole[name] !== value)
        .map(([name, value]) => `${name} ${String(value)}, not ${String(whole[name])}`),
    );
  });
}

function damaged(frame: Advertisement): readonly Advertisement[] {
  const { companyData, serviceData } = frame;
  return [
    ...companyData.flatMap((one, n) =>
      lengthsOf(one.data).map((data) => ({
        ...frame,
        companyData: companyData.with(n, { ...one, data }),
      })),
    ),
    ...serviceData.flatMap((one, n) =>
      lengthsOf(one.data).map((data) => ({
        ...frame,
        serviceData: serviceData.with(n, { ...one, data }),
      })),
    ),
  ];
}

function lengthsOf(data: Buffer): readonly Buffer[] {
  const shorter = Array.from({ length: data.length }, (_, length) => data.subarray(0, length));
  return [...shorter, Buffer.concat([data, Buffer.of(0)])];
}
