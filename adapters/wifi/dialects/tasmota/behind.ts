import { slug, type DeviceFacts, type Identifier, type Ref, type Scalar } from "koine/adapter";
import type { Heard } from "../../dialect.ts";
import type { Observation } from "../../../reading/observation.ts";
import { isObject, stringOf, type JsonObject } from "../../../reading/json.ts";
import type { TasmotaPeer } from "./peer.ts";
import { sensorObservations } from "./sensors.ts";
import { zigbeeEvents, zigbeeObservations } from "./zigbee.ts";

/** What a Tasmota says of itself, and the devices it speaks for. */
export interface Split {
  readonly own: JsonObject;
  readonly behind: readonly Heard[];
}

/** Splits a message by who it is of: Bluetooth, Zigbee and LoRaWAN devices are behind a Tasmota. */
export function devicesBehind(message: JsonObject, peer: TasmotaPeer): Split {
  const behind: Heard[] = [];
  const own: [string, Scalar][] = [];
  for (const [key, value] of Object.entries(message)) {
    const heard = isObject(value) ? heardBehind(key, value, message, peer) : undefined;
    if (heard) behind.push(...heard);
    else if (!isBookkeeping(key)) own.push([key, value]);
  }
  return { own: Object.fromEntries(own), behind };
}

/** Answers of the Zigbee bridge to commands, and how it does: of no device. */
function isBookkeeping(key: string): boolean {
  return /^Zb[A-Z]/.test(key);
}

function heardBehind(
  key: string,
  value: JsonObject,
  message: JsonObject,
  peer: TasmotaPeer,
): Heard[] | undefined {
  if (key === "ZbReceived" || key === "ZbInfo") {
    return each(value, (name, report) => zigbeeDevice(name, report, peer));
  }
  if (key === "LwReceived") {
    return each(value, (name, report) => radioDevice(name, report, peer));
  }
  const mac = macIn(value);
  if (mac === undefined) return undefined;
  const observations =
    key === "IBEACON" ? beaconObservations(value) : bluetoothObservations(value, message, peer);
  return [{ ref: [["ble", mac]], facts: { via: peer.ref }, observations }];
}

function each(
  reports: JsonObject,
  heardOf: (name: string, report: JsonObject) => readonly Heard[],
): Heard[] {
  return Object.entries(reports).flatMap(([name, report]) =>
    isObject(report) ? heardOf(name, report) : [],
  );
}

/** The address of a Bluetooth device, which drivers write in capitals or not. */
function macIn({ MAC: upper, mac: lower }: JsonObject): string | undefined {
  const mac = (stringOf(upper) ?? stringOf(lower))?.toLowerCase();
  return mac !== undefined && /^[0-9a-f]{12}$/.test(mac) ? mac : undefined;
}

function beaconObservations(beacon: JsonObject): Observation[] {
  const state = beacon["STATE"];
  const found = signal(beacon, "IBEACON.RSSI");
  if (state !== "ON" && state !== "OFF") return found;
  const facts = { is: "presence", source: "IBEACON.STATE" };
  const conversion = "ON → true, OFF → false";
  return [{ facts, value: state === "ON", raw: state, conversion }, ...found];
}

function signal({ RSSI: rssi }: JsonObject, source: string): Observation[] {
  return rssi === undefined ? [] : [{ facts: { is: "rssi", source }, value: rssi }];
}

/** A Bluetooth sensor, in the units of the message around it. */
function bluetoothObservations(
  sensor: JsonObject,
  { TempUnit: unit }: JsonObject,
  peer: TasmotaPeer,
): Observation[] {
  const values = Object.entries(sensor).filter(([key]) => !/^(?:mac|rssi)$/i.test(key));
  const sensors = { ...Object.fromEntries(values), ...(unit !== undefined && { TempUnit: unit }) };
  return [...sensorObservations(sensors, peer).map(readOnly), ...signal(sensor, "RSSI")];
}

/** Zigbee2Tasmota names a device by friendly name or short address; the short one may change. */
function zigbeeDevice(key: string, report: JsonObject, peer: TasmotaPeer): Heard[] {
  const ieee = /^0x([0-9a-f]{16})$/i.exec(stringOf(report["IEEEAddr"]) ?? "")?.[1];
  const device = deviceBehind(key, report, "tasmota-zigbee", peer);
  if (!device) return [];
  const hardware: Identifier[] = ieee === undefined ? [] : [["zigbee", ieee.toLowerCase()]];
  return [
    {
      ref: [...hardware, ...device.ref],
      facts: { ...device.facts, ...modelFacts(report) },
      observations: zigbeeObservations(report),
      events: zigbeeEvents(report),
    },
  ];
}

function modelFacts({ ModelId: id, Manufacturer: maker }: JsonObject): DeviceFacts {
  const [model, manufacturer] = [stringOf(id), stringOf(maker)];
  return {
    ...(model !== undefined && { model }),
    ...(manufacturer !== undefined && { manufacturer }),
  };
}

/** What says where a message of a LoRaWAN device comes from, or carries it undecoded. */
const routing = new Set([
  "Node",
  "Device",
  "Name",
  "RSSI",
  "FPort",
  "Payload",
  "DevEUIh",
  "DevEUIl",
]);

/** A LoRaWAN device; its decoders give the battery in volts. */
function radioDevice(key: string, report: JsonObject, peer: TasmotaPeer): Heard[] {
  const device = deviceBehind(key, report, "tasmota-lorawan", peer);
  if (!device) return [];
  const found = Object.entries(report).flatMap(([name, value]) =>
    routing.has(name) ? [] : radioObservations(name, value, peer),
  );
  return [{ ...device, observations: [...found, ...signal(report, "RSSI")] }];
}

function radioObservations(name: string, value: Scalar, peer: TasmotaPeer): Observation[] {
  if (name === "Battery") return [{ facts: { is: "battery_voltage", source: name }, value }];
  if (name === "DoorOpen") {
    const conversion = "1 → true, 0 → false";
    const isOpen = value === 1 || value === true;
    return [{ facts: { is: "open", source: name }, value: isOpen, raw: value, conversion }];
  }
  return sensorObservations({ [name]: value }, peer).map(readOnly);
}

/** A device that has a name of its own, or else a short address that may change. */
function deviceBehind(
  key: string,
  report: JsonObject,
  scheme: string,
  peer: TasmotaPeer,
): { readonly ref: Ref; readonly facts: DeviceFacts } | undefined {
  const name = stringOf(report["Name"]) ?? (/^0x/i.test(key) ? undefined : key);
  const id = name ?? stringOf(report["Device"]) ?? key;
  if (slug(id) === "") return undefined;
  const facts = { via: peer.ref, ...(name !== undefined && { name }) };
  return { ref: [[scheme, `${peer.topic}/${id}`]], facts };
}

/** Commands to devices behind a Tasmota are not carried. */
function readOnly(one: Observation): Observation {
  return { ...one, facts: { ...one.facts, access: "r" } };
}
