import type { Decoder } from "./decoder.ts";
import { vendorReading } from "./readings.ts";

const service = "fd6f";
const length = 20;
const metadataAt = 16;

/** Telephones that notify of exposures send identifiers which nobody can follow. */
export const gaen: Decoder = {
  family: "gaen",
  title: "Telephones with exposure notifications",
  models: ["GAEN"],
  source: "Exposure Notification, Bluetooth Specification v1.2 (Google and Apple, April 2020)",
  listensTo: { services: [service] },
  isBeacon: true,
  decode: ({ serviceData }) => {
    const data = serviceData.find(({ uuid }) => uuid === service)?.data;
    if (data?.length !== length) return undefined;
    return {
      facts: { model: "GAEN" },
      observations: [
        vendorReading("gaen", "rolling_identifier", data.toString("hex", 0, metadataAt)),
        vendorReading("gaen", "encrypted_metadata", data.toString("hex", metadataAt)),
      ],
    };
  },
};
