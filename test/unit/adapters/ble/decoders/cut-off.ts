import type { Advertisement } from "../../../../../adapters/ble/advertisement.ts";
import type { Decoded, Decoder } from "../../../../../adapters/ble/decoders/decoder.ts";
import { advertisementOf, bleCases } from "../../../../support/ble-cases.ts";
import { changedFrames, prefixesOf } from "../../../../support/ble-cut.ts";

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
    return changedFrames(frame, lengthsOf).flatMap((one) =>
      Object.entries(read(decoder, one) ?? {})
        .filter(([name, value]) => whole[name] !== value)
        .map(([name, value]) => `${name} ${String(value)}, not ${String(whole[name])}`),
    );
  });
}

/** Each shorter one, and one with a byte too many. */
function lengthsOf(data: Buffer): readonly Buffer[] {
  return [...prefixesOf(data), Buffer.concat([data, Buffer.of(0)])];
}
