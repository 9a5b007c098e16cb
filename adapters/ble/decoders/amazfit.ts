import type { Observation } from "../../reading/observation.ts";
import type { Advertisement } from "../advertisement.ts";
import type { Decoder } from "./decoder.ts";
import { reading, vendorReading } from "./readings.ts";

const vendor = "amazfit";
const company = 0x0157;
const service = "fee0";

const scaleBytes = 20;
const stepsPerKg = 200;
const stepsPerOhm = 10;

const bandBytes = 24;
const bandAddressAt = 18;
const pulseAt = 3;
/** Kinds of company data; of the others the byte of the pulse is something else. */
const pulseKind = 0x02;
/** From here on a pulse is none. */
const noPulse = 0xf0;
const stepBytes = 4;
/** No more steps can be walked in a day. */
const mostSteps = 200_000;

/** What Huami makes: a scale, and bands and watches that send the wearer's pulse and steps. */
export const amazfit: Decoder = {
  family: "amazfit",
  title: "Amazfit scales, Mi Bands and Amazfit watches",
  models: ["Amazfit Smart Scale", "Mi Band", "Amazfit watch"],
  source:
    "https://github.com/custom-components/ble_monitor (ble_parser/amazfit.py), https://github.com/theengs/decoder (Miband_json.h)",
  listensTo: { companies: [company], services: [service] },
  decode: (frame) => {
    const data = frame.serviceData.find(({ uuid }) => uuid === service)?.data;
    if (data?.length === scaleBytes) {
      return {
        facts: { manufacturer: "Amazfit", model: "Amazfit Smart Scale", sleepy: true },
        observations: readScale(data),
      };
    }
    const observations = [...pulse(frame), ...steps(data)];
    if (observations.length === 0) return undefined;
    return { facts: { manufacturer: "Amazfit", model: "Mi Band", sleepy: true }, observations };
  },
};

/** Three bytes that are unknown are zero while the scale still measures. */
function readScale(data: Buffer): readonly Observation[] {
  const weight = data.readUInt16LE(7) / stepsPerKg;
  const isStable = data.readUIntLE(9, 3) !== 0;
  const impedance = data.readUInt16LE(5) / stepsPerOhm;
  const beats = data.readUInt8(12);
  return [
    ...(isStable ? [reading("weight", weight)] : []),
    ...(isStable && impedance > 0
      ? [vendorReading(vendor, "impedance", impedance, { unit: "Ω" })]
      : []),
    ...(isStable && beats > 0 && beats < noPulse ? [heartRate(beats)] : []),
    vendorReading(vendor, "weight_measuring", weight, { unit: "kg" }),
    vendorReading(vendor, "stabilized", isStable),
  ];
}

function heartRate(beats: number | null): Observation {
  return vendorReading(vendor, "heart_rate", beats, { unit: "bpm" });
}

function pulse({ address, companyData }: Advertisement): readonly Observation[] {
  const data = companyData.find((one) => one.company === company)?.data;
  if (data?.length !== bandBytes || data[0] !== pulseKind) return [];
  if (data.toString("hex", bandAddressAt) !== address) return [];
  const beats = data.readUInt8(pulseAt);
  return [heartRate(beats > 0 && beats < noPulse ? beats : null)];
}

function steps(data: Buffer | undefined): readonly Observation[] {
  if (data?.length !== stepBytes) return [];
  const count = data.readUInt32LE(0);
  return count > mostSteps ? [] : [vendorReading(vendor, "steps", count)];
}
