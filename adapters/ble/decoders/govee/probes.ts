import type { Observation } from "../../../reading/observation.ts";
import type { Decoded } from "../decoder.ts";
import { reading } from "../readings.ts";
import { alarm, batteryIn, govee, type GoveeFrame } from "./frame.ts";

/** A meat thermometer. */
interface Grill {
  readonly model: string;
  /** It lists this service. */
  readonly service: string;
  /** Its manufacturer data starts with its address: what this makes of known senders. */
  readonly companies: readonly number[];
  readonly length: number;
  /** Undefined: nobody has described this. */
  read(data: Buffer): readonly Observation[] | undefined;
}

const grills: readonly Grill[] = [
  {
    model: "H5055",
    service: "5550",
    companies: [0xea1c],
    length: 20,
    read: (data) => (hasCommonHead(data) ? sixProbesLater(data) : sixProbes(data)),
  },
  {
    model: "H5181",
    service: "8151",
    companies: [0xf861, 0x388a, 0xea42, 0xaaa2, 0xd14b],
    length: 14,
    read: oneProbe,
  },
  { model: "H5182", service: "8251", companies: [0x2730], length: 17, read: twoProbes },
  {
    model: "H5183",
    service: "8351",
    companies: [0x67dd, 0xe02f, 0xf79f],
    length: 14,
    read: oneProbe,
  },
  { model: "H5184", service: "8451", companies: [0x1b36], length: 17, read: fourProbes },
  {
    model: "H5185",
    service: "8551",
    companies: [0x4a32, 0x0332, 0x4c32],
    length: 20,
    read: twoProbesFarApart,
  },
  { model: "H5191", service: "9151", companies: [0xac63], length: 20, read: probeAndAmbient },
  { model: "H5198", service: "9851", companies: [0x3022], length: 20, read: fourProbesWithLow },
];

export const grillCompanies = grills.flatMap(({ companies }) => companies);
export const grillServices = grills.map(({ service }) => service);

export function decodeGrill(frame: GoveeFrame): Decoded | undefined {
  const { data } = frame;
  const grill = grills.find((one) => one.length === data.length && isOf(frame, one));
  if (!grill) return undefined;
  const read = grill.read(data);
  return govee(grill.model, read ?? [], read ? {} : { problem: "unreadable" });
}

function isOf({ model, company, serviceUuids }: GoveeFrame, grill: Grill): boolean {
  if (model !== undefined) return model === grill.model;
  return serviceUuids.includes(grill.service) || grill.companies.includes(company);
}

const none = 0xffff;
const coldest = -50;
const hottest = 400;

/** °C × 100; null where no probe is plugged in, or no alarm is set. */
function celsiusAt(data: Buffer, at: number): number | null {
  return plausible(data.readUInt16BE(at) === none ? undefined : data.readInt16BE(at) / 100);
}

/** Whole °C, in the other byte order. */
function wholeCelsiusAt(data: Buffer, at: number): number | null {
  return plausible(data.readUInt16LE(at) === none ? undefined : data.readInt16LE(at));
}

function plausible(celsius: number | undefined): number | null {
  return celsius !== undefined && celsius >= coldest && celsius <= hottest ? celsius : null;
}

const headVersionMask = 0x3f;
const batteryAt = 5;

/** After the end of the address: one, zero, one, one; the first has two flags. */
function hasCommonHead(data: Buffer): boolean {
  const [, version = 0, zero, one, other] = data;
  return (version & headVersionMask) === 1 && zero === 0 && one === 1 && other === 1;
}

/** A probe at this place, and the alarm beside it. */
function probe(data: Buffer, at: number, part: string): readonly Observation[] {
  return [
    reading("temperature", celsiusAt(data, at), { part }),
    alarm("high", celsiusAt(data, at + 2), part),
  ];
}

function withBattery(
  data: Buffer,
  read: readonly Observation[] | undefined,
): readonly Observation[] | undefined {
  return read && hasCommonHead(data) ? [...read, batteryIn(data[batteryAt])] : undefined;
}

function oneProbe(data: Buffer): readonly Observation[] | undefined {
  return withBattery(data, probe(data, 8, "1"));
}

function twoProbes(data: Buffer): readonly Observation[] | undefined {
  return withBattery(data, [...probe(data, 8, "1"), ...probe(data, 13, "2")]);
}

function twoProbesFarApart(data: Buffer): readonly Observation[] | undefined {
  return withBattery(data, [...probe(data, 8, "1"), ...probe(data, 14, "2")]);
}

function probeAndAmbient(data: Buffer): readonly Observation[] | undefined {
  const ambient = reading("temperature", celsiusAt(data, 14), { part: "ambient" });
  return withBattery(data, [...probe(data, 8, "1"), ambient]);
}

const pageAt = 6;
const pageMask = 0x3f;

/** Four probes take turns in pairs; two flags stand beside the number of the pair. */
function pairIn(data: Buffer): readonly [string, string] | undefined {
  const page = (data[pageAt] ?? 0) & pageMask;
  if (page === 1) return ["1", "2"];
  return page === 2 ? ["3", "4"] : undefined;
}

function fourProbes(data: Buffer): readonly Observation[] | undefined {
  const pair = pairIn(data);
  return withBattery(data, pair && [...probe(data, 8, pair[0]), ...probe(data, 13, pair[1])]);
}

function fourProbesWithLow(data: Buffer): readonly Observation[] | undefined {
  const pair = pairIn(data);
  return withBattery(
    data,
    pair && [
      ...probe(data, 8, pair[0]),
      alarm("low", celsiusAt(data, 12), pair[0]),
      ...probe(data, 14, pair[1]),
      alarm("low", celsiusAt(data, 18), pair[1]),
    ],
  );
}

const pairs = 3;
const places = [5, 12];

/**
 * Six probes take turns in pairs. The byte before them has the number of the pair above and a bit
 * for each of the six below: a place whose probe is not plugged in may hold what another measures.
 */
function sixProbes(data: Buffer): readonly Observation[] | undefined {
  const [, zero, battery = 0, plugged = 0] = data;
  const pair = plugged >> 6;
  if (zero !== 0 || battery > 100 || data.readUInt16BE(18) !== 0 || pair >= pairs) return undefined;
  const probes = places.flatMap((at, n) => {
    const index = pair * places.length + n;
    return probeIfPlugged(data, at, index, (plugged & (1 << index)) !== 0);
  });
  return [...probes, batteryIn(battery)];
}

function probeIfPlugged(
  data: Buffer,
  at: number,
  index: number,
  isPlugged: boolean,
): readonly Observation[] {
  const part = String(index + 1);
  return [
    reading("temperature", isPlugged ? wholeCelsiusAt(data, at) : null, { part }),
    alarm("low", wholeCelsiusAt(data, at + 2), part),
    alarm("high", wholeCelsiusAt(data, at + 4), part),
  ];
}

/**
 * Later firmware of the H5055 has the head of the other models. Only its first pair is described:
 * https://github.com/home-assistant/core/issues/180165
 */
function sixProbesLater(data: Buffer): readonly Observation[] | undefined {
  const plugged = data[pageAt] ?? 0;
  if (plugged >> 6 !== 0) return undefined;
  const probes = [8, 14].map((at, index) =>
    reading("temperature", (plugged & (1 << index)) === 0 ? null : celsiusAt(data, at), {
      part: String(index + 1),
    }),
  );
  return [...probes, batteryIn(data[batteryAt])];
}
