import {
  conversionText,
  fromNative,
  slug,
  type Conversion,
  type PropertyFacts,
  type Ref,
  type Scalar,
} from "koine/adapter";
import type { Heard, Observation } from "../../dialect.ts";
import { isObject, stringOf, type JsonObject } from "../../json.ts";
import { RuleBook } from "../../rules.ts";
import type { TasmotaPeer } from "./peer.ts";
import { vendorObservation } from "./properties.ts";

const rules = new RuleBook("tasmota");

/**
 * Splits a message into what the Tasmota itself says and the devices it speaks for: Bluetooth
 * beacons and Zigbee devices.
 */
export function devicesBehind(
  message: JsonObject,
  peer: TasmotaPeer,
): { readonly own: JsonObject; readonly behind: readonly Heard[] } {
  const { IBEACON: beacon, ZbReceived: zigbee, ...own } = message;
  const behind = [
    ...(isObject(beacon) ? beaconDevice(beacon, peer) : []),
    ...(isObject(zigbee)
      ? Object.entries(zigbee).flatMap(([name, report]) =>
          isObject(report) ? zigbeeDevice(name, report, peer) : [],
        )
      : []),
  ];
  return { own, behind };
}

function beaconDevice(beacon: JsonObject, peer: TasmotaPeer): Heard[] {
  const mac = stringOf(beacon["MAC"])?.toLowerCase();
  if (mac === undefined || !/^[0-9a-f]{12}$/.test(mac)) return [];
  const observations: Observation[] = [];
  const state = beacon["STATE"];
  if (state === "ON" || state === "OFF") {
    observations.push({
      facts: { is: "presence", source: "IBEACON.STATE" },
      value: state === "ON",
      raw: state,
      conversion: "ON → true, OFF → false",
    });
  }
  const rssi = beacon["RSSI"];
  if (rssi !== undefined)
    observations.push({ facts: { is: "rssi", source: "IBEACON.RSSI" }, value: rssi });
  return [{ ref: [["ble", mac]], facts: { via: peer.ref }, observations }];
}

/** Zigbee2Tasmota names a device by friendly name or short address; the short one may change. */
function zigbeeDevice(key: string, report: JsonObject, peer: TasmotaPeer): Heard[] {
  const name = stringOf(report["Name"]) ?? (/^0x/i.test(key) ? undefined : key);
  const id = name ?? stringOf(report["Device"]) ?? key;
  if (slug(id) === "") return [];
  const ref: Ref = [["tasmota-zigbee", `${peer.topic}/${id}`]];
  const observations = Object.entries(report).flatMap(([attribute, value]) =>
    zigbeeObservation(attribute, value),
  );
  return [{ ref, facts: { via: peer.ref, ...(name !== undefined && { name }) }, observations }];
}

/** Attributes that identify the device or the route rather than report something. */
const addressing = new Set(["Device", "Name", "IEEEAddr", "Endpoint", "Group"]);

/** Attributes that have Zigbee's own range here, not Tasmota's. */
const levels: ReadonlyMap<string, Conversion> = new Map([["Dimmer", { scale: [0, 254, 0, 100] }]]);

function zigbeeObservation(attribute: string, value: Scalar): Observation[] {
  if (addressing.has(attribute)) return [];
  // Power is the on/off attribute here, not watts.
  if (attribute === "Power") {
    const on = value === true || value === 1;
    return [{ facts: readOnly({ is: "onoff", source: attribute }), value: on, raw: value }];
  }
  if (isObject(value)) return [];
  const match = rules.find(attribute);
  const rule = levels.get(attribute) ?? match?.rule;
  const found =
    match && rule
      ? [converted(match.is, rule, attribute, value)]
      : vendorObservation([attribute], value);
  return found.map((one) => ({ ...one, facts: readOnly(one.facts) }));
}

function converted(is: string, rule: Conversion, source: string, raw: Scalar): Observation {
  const value = fromNative(rule, raw) ?? null;
  const conversion = conversionText(rule);
  return { facts: { is, source }, value, raw, ...(conversion !== undefined && { conversion }) };
}

/** Commands to devices behind a Tasmota are not carried. */
function readOnly(facts: PropertyFacts): PropertyFacts {
  return { ...facts, access: "r" };
}
