import type { Decoded } from "../decoder.ts";
import { reading } from "../readings.ts";
import { govee, type GoveeFrame } from "./frame.ts";

/** The second since firmware 1.00.13. */
export const radarCompanies = [0x8803, 0x8843];

const frameLength = 6;
const moving = 0x11;

/** The H5127 sees people by radar, and whether they move. */
export function decodeRadar({ company, data }: GoveeFrame): Decoded | undefined {
  if (!radarCompanies.includes(company) || data.length !== frameLength) return undefined;
  const [first, zero, version, one, isThere, movement] = data;
  if (first !== 0xec || zero !== 0 || one !== 1) return undefined;
  if ((version !== 1 && version !== 2) || (isThere !== 0 && isThere !== 1)) return undefined;
  return govee("H5127", [
    reading("occupancy", isThere === 1),
    reading("motion", movement === moving),
  ]);
}
