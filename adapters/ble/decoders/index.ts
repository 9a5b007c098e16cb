import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder, DecodingOptions } from "./decoder.ts";
import { decoders } from "./families.ts";
import { govee } from "./govee/index.ts";
import { hhcc } from "./hhcc.ts";
import { inkbird } from "./inkbird.ts";
import { thermopro } from "./thermopro.ts";

/** Every family that is known. Of several that listen to a frame, the first that reads it has it. */
export const decoders: readonly Decoder[] = [hhcc, govee, inkbird, thermopro];
import { acconeer } from "./acconeer.ts";
import { airmentor } from "./airmentor.ts";
import { almendo } from "./almendo.ts";
import { aprilBrother } from "./april-brother.ts";
import { beewi } from "./beewi.ts";
import { blustream } from "./blustream.ts";
import { chefiq } from "./chefiq.ts";
import { ela } from "./ela.ts";
import { feasycom } from "./feasycom.ts";
import { garnet } from "./garnet.ts";
import { grundfos } from "./grundfos.ts";
import { hobo } from "./hobo.ts";
import { holyiot } from "./holyiot.ts";
import { hormann } from "./hormann.ts";
import { inode } from "./inode.ts";
import { jaalee } from "./jaalee.ts";
import { jinou } from "./jinou.ts";
import { kkm } from "./kkm.ts";
import { laica } from "./laica.ts";
import { mikrotik } from "./mikrotik.ts";
import { minew } from "./minew.ts";
import { moat } from "./moat.ts";
import { mocreo } from "./mocreo.ts";
import { moko } from "./moko.ts";
import { nodon } from "./nodon.ts";
import { oras } from "./oras.ts";
import { oria } from "./oria.ts";
import { otodata } from "./otodata.ts";
import { polar } from "./polar.ts";
import { radioland } from "./radioland.ts";
import { relsib } from "./relsib.ts";
import { senssun } from "./senssun.ts";
import { skale } from "./skale.ts";
import { teltonika } from "./teltonika.ts";
import { xoss } from "./xoss.ts";
import { batteryService } from "./battery-service.ts";

/** Every family that is known. Of several that listen to a frame, the first that reads it has it. */
export const decoders: readonly Decoder[] = [
  hhcc,
  acconeer,
  airmentor,
  almendo,
  aprilBrother,
  beewi,
  blustream,
  chefiq,
  ela,
  feasycom,
  garnet,
  grundfos,
  hobo,
  holyiot,
  hormann,
  inode,
  jaalee,
  jinou,
  kkm,
  laica,
  mikrotik,
  minew,
  moat,
  mocreo,
  moko,
  nodon,
  oras,
  oria,
  otodata,
  polar,
  radioland,
  relsib,
  senssun,
  skale,
  teltonika,
  xoss,
  batteryService,
];
import { oralB } from "./oral-b.ts";
import { ruuvi } from "./ruuvi.ts";
import { switchbot } from "./switchbot/index.ts";

/** Every family that is known. Of several that listen to a frame, the first that reads it has it. */
export const decoders: readonly Decoder[] = [hhcc, oralB, ruuvi, switchbot];

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
    const decoded = decoder.decode(frame, options);
    if (decoded) return { ...decoded, decoder };
  }
  return undefined;
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
