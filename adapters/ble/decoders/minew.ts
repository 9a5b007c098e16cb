import type { Observation } from "../../reading/observation.ts";
import type { Decoder } from "./decoder.ts";
import { acceleration, dataOfService, hasReversedAddress, plausible } from "./frame.ts";
import { gravity, reading, vendorReading } from "./readings.ts";

const service = "ffe1";
const start = 0xa1;
const kindAt = 1;
const batteryAt = 2;
const bodyAt = 3;
/** Behind what is measured. */
const addressBytes = 6;

interface Kind {
  /** Of what is measured. */
  readonly bytes: number;
  readonly read: (body: Buffer) => readonly Observation[];
}

/** Whole, with the sign; then 256ths. */
function fixedPoint(body: Buffer, at: number): number {
  return body.readInt16BE(at) / 256;
}

function flag(is: string): Kind {
  return { bytes: 1, read: (body) => [reading(is, (body.readUInt8(0) & 1) !== 0)] };
}

const kinds = new Map<number, Kind>([
  [
    0x01,
    {
      bytes: 4,
      read: (body) => [
        reading("temperature", fixedPoint(body, 0)),
        reading("humidity", fixedPoint(body, 2)),
      ],
    },
  ],
  [0x02, flag("light_detected")],
  [0x03, { bytes: 6, read: axesIn }],
  [0x05, { bytes: 2, read: (body) => [reading("illuminance", body.readUInt16BE(0))] }],
  [0x11, { bytes: 2, read: (body) => [reading("motion", (body.readUInt16BE(0) & 1) !== 0)] }],
  [0x12, { bytes: 2, read: (body) => [reading("voc_parts", body.readUInt16BE(0))] }],
  [0x13, { bytes: 2, read: (body) => [reading("temperature", fixedPoint(body, 0))] }],
  [0x17, { bytes: 4, read: (body) => [reading("pressure", body.readInt32BE(0) / 65_536)] }],
  [0x18, { bytes: 5, read: (body) => [reading("vibration", (body.readUInt8(4) & 1) !== 0)] }],
  [
    0x19,
    { bytes: 2, read: (body) => [vendorReading("minew", "photoresistance", body.readUInt16BE(0))] },
  ],
  [0x20, flag("tamper")],
  [0x21, flag("water_leak")],
]);

/** Beacons with sensors: one kind of frame each. */
export const minew: Decoder = {
  family: "minew",
  title: "Minew beacons with sensors",
  models: ["S1", "S3", "E6", "E8", "E9", "i3"],
  source: "https://github.com/reelyactive/advlib-ble-services (lib/minew.js)",
  listensTo: { services: [service] },
  decode: (frame) => {
    const data = dataOfService(frame, service);
    if (data?.[0] !== start) return undefined;
    const kind = kinds.get(data[kindAt] ?? 0);
    const addressAt = bodyAt + (kind?.bytes ?? 0);
    if (!kind || data.length !== addressAt + addressBytes) return undefined;
    if (!hasReversedAddress(data, addressAt, frame)) return undefined;
    return plausible({
      facts: { manufacturer: "Minew", sleepy: true },
      observations: [
        reading("battery", data.readUInt8(batteryAt)),
        ...kind.read(data.subarray(bodyAt, addressAt)),
      ],
    });
  },
};

function axesIn(body: Buffer): readonly Observation[] {
  const raw = [0, 2, 4].map((at) => fixedPoint(body, at));
  return acceleration(
    raw,
    raw.map((one) => one * gravity),
  );
}
