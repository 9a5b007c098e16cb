import type { Advertisement } from "../../advertisement.ts";
import type { Decoded, Decoder } from "../decoder.ts";
import { climateCompanies, decodeClimate } from "./climate.ts";
import { decodeGrill, grillCompanies, grillServices } from "./probes.ts";
import { decodeRadar, radarCompanies } from "./radar.ts";
import { decodeSealed, sealedCompany } from "./sealed.ts";

const names = /^(?:GVH?|Govee_H|ihoment_H|Minger_H|[BH])(5\d{3})/;

export const govee: Decoder = {
  family: "govee",
  title: "Govee thermometers, hygrometers, meat probes, sensors and buttons",
  models: [
    "H5051",
    "H5052",
    "H5055",
    "H5071",
    "H5072",
    "H5074",
    "H5075",
    "H5100",
    "H5101",
    "H5102",
    "H5103",
    "H5104",
    "H5105",
    "H5106",
    "H5108",
    "H5110",
    "H5111",
    "H5112",
    "H5121",
    "H5122",
    "H5123",
    "H5124",
    "H5125",
    "H5126",
    "H5127",
    "H5129",
    "H5130",
    "H5140",
    "H5174",
    "H5177",
    "H5178",
    "H5179",
    "H5181",
    "H5182",
    "H5183",
    "H5184",
    "H5185",
    "H5191",
    "H5198",
  ],
  source: "https://github.com/Bluetooth-Devices/govee-ble",
  listensTo: {
    companies: [...climateCompanies, ...radarCompanies, ...grillCompanies, sealedCompany],
    serviceUuids: grillServices,
    names,
  },
  decode,
};

const forms = [decodeClimate, decodeSealed, decodeRadar, decodeGrill];

/** Beside their own data many send Apple's, as a beacon. */
const appleCompany = 0x004c;

function decode({ localName = "", companyData, serviceUuids }: Advertisement): Decoded | undefined {
  const digits = names.exec(localName)?.[1];
  const model = digits === undefined ? undefined : `H${digits}`;
  for (const { company, data } of companyData) {
    if (company === appleCompany) continue;
    const frame = { company, data: withoutBeacon(data), model, serviceUuids };
    for (const form of forms) {
      const decoded = form(frame);
      if (decoded) return decoded;
    }
  }
  return undefined;
}

const beaconLength = 25;
const beaconStart = Buffer.from("4c000215494e54454c4c495f524f434b53", "hex");

/** Some senders give the structure before the beacon the length of both: the beacon is glued to it. */
function withoutBeacon(data: Buffer): Buffer {
  const end = data.length - beaconLength;
  const isGlued =
    end > 0 &&
    data.compare(beaconStart, 0, beaconStart.length, end, end + beaconStart.length) === 0;
  return isGlued ? data.subarray(0, end) : data;
}
