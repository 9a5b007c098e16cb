import { parseStructures } from "../../../adapters/ble/advertisement.ts";
import { decode } from "../../../adapters/ble/decoders/index.ts";
import {
  completeName,
  manufacturerData,
  serviceData,
  serviceUuids,
} from "../../../adapters/ble/simulator/advertising-data.ts";
import { bleCases, decodeCase, type BleCase } from "../../support/ble-cases.ts";

/** Every frame of the collection is read so often, in turn with all others; then it is counted. */
const warmUps = 100;
const rounds = 200;

export interface FamilyTime {
  readonly family: string;
  readonly frames: number;
  readonly medianUs: number;
  readonly slowestUs: number;
}

/** How long frames take from bytes to values: the median of each, by family, and of all. */
export function decodingTimes(): { readonly families: FamilyTime[]; readonly medianUs: number } {
  const frames = bleCases.map(frameOf);
  const times = frames.map((): number[] => []);
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const [n, frame] of frames.entries()) {
      const startedAt = performance.now();
      frame();
      if (round >= warmUps) times[n]?.push((performance.now() - startedAt) * 1_000);
    }
  }
  const medians = times.map(median);
  const familyOf = bleCases.map((one) => decodeCase(one)?.decoder.family ?? "none");
  const families = [...new Set(familyOf)].map((family) => {
    const own = medians.filter((_, n) => familyOf[n] === family);
    return {
      family,
      frames: own.length,
      medianUs: median(own),
      slowestUs: Math.max(...own),
    };
  });
  return { families, medianUs: median(medians) };
}

/** Reads a frame as it is on the air. */
function frameOf(one: BleCase): () => void {
  const { address = "aa:bb:cc:dd:ee:ff", localName, key } = one;
  const data = Buffer.concat([
    ...(one.serviceUuids ?? []).map((uuid) => serviceUuids(uuid.toLowerCase())),
    ...Object.entries(one.manufacturerData ?? {}).map(([company, hex]) =>
      manufacturerData(Number.parseInt(company, 16), Buffer.from(hex, "hex")),
    ),
    ...Object.entries(one.serviceData ?? {}).map(([uuid, hex]) =>
      serviceData(uuid.toLowerCase(), Buffer.from(hex, "hex")),
    ),
    ...(localName === undefined ? [] : [completeName(localName)]),
  ]);
  const sender = address.replaceAll(":", "");
  const options = { key: key === undefined ? undefined : Buffer.from(key, "hex") };
  return () => {
    decode({ ...parseStructures(data), address: sender }, options);
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
