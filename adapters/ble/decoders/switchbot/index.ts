import type { Advertisement } from "../../advertisement.ts";
import type { Decoded, Decoder } from "../decoder.ts";
import { decodedAs, type Kind, type Parts } from "./kind.ts";
import { humidifier } from "./climate.ts";
import { kindOfName, kindOfService, modelNames } from "./kinds.ts";
import { kindOfState } from "./shapes.ts";

/** Woan Technology, the maker. */
const company = 0x09_69;
/** Nordic Semiconductor: older devices send their address as its data, and nothing else. */
const olderCompany = 0x00_59;
/** Espressif: a humidifier sends its address so. */
const humidifierCompany = 0x02_e5;
/** Newer and older; of a device that sends both, the older one is no longer kept up to date. */
const services: readonly string[] = ["fd3d", "0d00"];
const [newerService] = services;

const addressLength = 6;
/** What is left of a frame after its flags and the head of the structure. */
const longestState = 24 - addressLength;
const longestService = 20;

const maker: Decoded["facts"] = { manufacturer: "SwitchBot" };

/** What SwitchBot's devices send unasked. */
export const switchbot: Decoder = {
  family: "switchbot",
  needsBoth: true,
  title: "SwitchBot sensors, covers, locks, lights, plugs and robots",
  models: modelNames,
  source:
    "https://github.com/OpenWonderLabs/SwitchBotAPI-BLE and https://github.com/sblibs/pySwitchbot",
  listensTo: { companies: [company, olderCompany], services },
  decode: (frame) => {
    const service = serviceOf(frame);
    const whole = frame.companyData.find((one) => one.company === company)?.data;
    if (!service && !whole) return olderOf(frame);
    const parts: Parts = { service: service?.data, state: stateOf(whole) };
    if (isTooLong(parts)) return { facts: maker, observations: [], problem: "unreadable" };
    return service ? ofService(frame, service, parts) : ofState(frame, whole, parts);
  },
};

function serviceOf({
  serviceData,
}: Advertisement): Advertisement["serviceData"][number] | undefined {
  for (const wanted of services) {
    const found = serviceData.find(({ uuid }) => uuid === wanted);
    if (found) return found.data.length > 0 ? found : undefined;
  }
  return undefined;
}

function stateOf(whole: Buffer | undefined): Buffer | undefined {
  return whole && whole.length > addressLength ? whole.subarray(addressLength) : undefined;
}

function isTooLong({ service, state }: Parts): boolean {
  return (state?.length ?? 0) > longestState || (service?.length ?? 0) > longestService;
}

/** The older service has no owner: a type that is not known is a stranger's. */
function ofService(
  { companyData }: Advertisement,
  { uuid, data }: Advertisement["serviceData"][number],
  parts: Parts,
): Decoded | undefined {
  const kind = kindOfService(data) ?? (isHumidifier(companyData) ? humidifier : undefined);
  if (kind) return decodedAs(kind, parts);
  return uuid === newerService
    ? { facts: maker, observations: [], problem: "unreadable" }
    : undefined;
}

function isHumidifier(companyData: Advertisement["companyData"]): boolean {
  return companyData.some(
    ({ company: other, data }) => other === humidifierCompany && data.length === addressLength,
  );
}

function ofState(
  { localName = "" }: Advertisement,
  whole: Buffer | undefined,
  parts: Parts,
): Decoded | undefined {
  if (!whole || !parts.state) return undefined;
  const kind: Kind | undefined =
    kindOfName(localName) ?? kindOfState(whole.toString("hex", 0, addressLength), parts.state);
  return kind && decodedAs(kind, parts);
}

function olderOf({ address, companyData }: Advertisement): Decoded | undefined {
  const isOlder = companyData.some(
    (one) => one.company === olderCompany && one.data.toString("hex") === address,
  );
  return isOlder ? { facts: maker, observations: [] } : undefined;
}
