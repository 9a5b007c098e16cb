import type { Advertisement } from "../../adapters/ble/advertisement.ts";

/** The frame with each of its blocks of data changed in turn, in every way that `change` has for it. */
export function changedFrames(
  frame: Advertisement,
  change: (data: Buffer) => readonly Buffer[],
): readonly Advertisement[] {
  const { companyData, serviceData } = frame;
  return [
    ...companyData.flatMap((one, n) =>
      change(one.data).map((data) => ({
        ...frame,
        companyData: companyData.with(n, { ...one, data }),
      })),
    ),
    ...serviceData.flatMap((one, n) =>
      change(one.data).map((data) => ({
        ...frame,
        serviceData: serviceData.with(n, { ...one, data }),
      })),
    ),
  ];
}

/** Everything that is left when a block is cut off somewhere. */
export function prefixesOf(data: Buffer): readonly Buffer[] {
  return Array.from(data, (_, length) => data.subarray(0, length));
}
