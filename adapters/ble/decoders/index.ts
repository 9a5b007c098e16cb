import type { Advertisement, Structures } from "../advertisement.ts";
import type { Decoded, Decoder, DecodingOptions } from "./decoder.ts";
import { decoders } from "./families.ts";

/** What was found in a frame, and by whom. */
export interface Found extends Decoded {
  readonly decoder: Decoder;
}

const byCompany = new Map<number, Decoder[]>();
const byService = new Map<string, Decoder[]>();
const byServiceUuid = new Map<string, Decoder[]>();
const byName = decoders.filter(({ listensTo }) => listensTo.names);
for (const decoder of decoders) {
  const { companies = [], services = [], serviceUuids = [] } = decoder.listensTo;
  for (const company of companies) add(byCompany, company, decoder);
  for (const service of services) add(byService, service, decoder);
  for (const uuid of serviceUuids) add(byServiceUuid, uuid, decoder);
}
const rank = new Map(decoders.map((decoder, n) => [decoder, n]));

/**
 * What a frame says; undefined when no family reads it. A sensor that also sends a beacon is a
 * sensor: beacons are asked last.
 */
export function decode(frame: Advertisement, options: DecodingOptions = {}): Found | undefined {
  for (const decoder of listenersTo(frame)) {
    const { other } = options;
    const shown = decoder.needsBoth === true && other ? joined(frame, other) : frame;
    const decoded = decoder.decode(shown, options);
    if (decoded) return { ...decoded, decoder };
  }
  return undefined;
}

/** Whether a frame may be half of what its family says. */
export function isHalf({ companyData, serviceData }: Structures): boolean {
  return (
    companyData.some(({ company }) => byCompany.get(company)?.some(needsBoth) === true) ||
    serviceData.some(({ uuid }) => byService.get(uuid)?.some(needsBoth) === true)
  );
}

function needsBoth(decoder: Decoder): boolean {
  return decoder.needsBoth === true;
}

/** A frame with what it lacks of the other one. */
function joined(frame: Advertisement, other: Structures): Advertisement {
  const companies = new Set(frame.companyData.map(({ company }) => company));
  const services = new Set(frame.serviceData.map(({ uuid }) => uuid));
  return {
    ...frame,
    companyData: [
      ...frame.companyData,
      ...other.companyData.filter(({ company }) => !companies.has(company)),
    ],
    serviceData: [
      ...frame.serviceData,
      ...other.serviceData.filter(({ uuid }) => !services.has(uuid)),
    ],
  };
}

function listenersTo({
  companyData,
  serviceData,
  serviceUuids,
  localName = "",
}: Advertisement): readonly Decoder[] {
  const found = new Set<Decoder>();
  for (const { company } of companyData) addAll(found, byCompany.get(company));
  for (const { uuid } of serviceData) addAll(found, byService.get(uuid));
  for (const uuid of serviceUuids) addAll(found, byServiceUuid.get(uuid));
  if (localName !== "") {
    addAll(
      found,
      byName.filter(({ listensTo }) => listensTo.names?.test(localName)),
    );
  }
  if (found.size < 2) return [...found];
  return [...found].toSorted((one, other) => placeOf(one) - placeOf(other));
}

function placeOf(decoder: Decoder): number {
  return (decoder.isBeacon === true ? decoders.length : 0) + (rank.get(decoder) ?? 0);
}

function addAll(found: Set<Decoder>, more: readonly Decoder[] = []): void {
  for (const decoder of more) found.add(decoder);
}

function add<Key>(table: Map<Key, Decoder[]>, key: Key, decoder: Decoder): void {
  const known = table.get(key);
  if (known) known.push(decoder);
  else table.set(key, [decoder]);
}
