import { specOf } from "koine/adapter";
import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder, Sequence } from "./decoder.ts";
import { latest } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const service = "fdcd";

const models = new Map([
  [0x01, "CGG1"],
  [0x04, "CGH1"],
  [0x07, "CGG1"],
  [0x09, "CGP1W"],
  [0x0c, "CGD1"],
  [0x0e, "CGDN1"],
  [0x0f, "CGM1"],
  [0x10, "CGDK2"],
  [0x12, "CGPR1"],
  [0x15, "CGF1W"],
  [0x16, "CGG1"],
  [0x18, "CGP23W"],
  [0x1e, "CGC1"],
  [0x24, "CGDN1"],
  [0x33, "CGP22C"],
  [0x4f, "CGG3"],
  [0x5d, "CGP22C"],
]);

/** These run on mains. */
const mains = new Set(["CGDN1"]);

const u8 = (data: Buffer): number => data.readUInt8(0);
const u16 = (data: Buffer, at = 0): number => data.readUInt16LE(at);

interface Kind {
  readonly size: number;
  readonly tell: (data: Buffer) => readonly Observation[];
}

const deci = 10;
/** Above it stands that the device is on its charger. */
const chargeBits = 0x7f;

const doors: readonly (readonly [isOpen: boolean, isLeftOpen: boolean])[] = [
  [true, false],
  [false, false],
  [true, true],
];

const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [
    0x01,
    {
      size: 4,
      tell: (data) => [
        measured("temperature", data.readInt16LE(0) / deci),
        measured("humidity", u16(data, 2) / deci),
      ],
    },
  ],
  [0x02, { size: 1, tell: (data) => [measured("battery", u8(data) & chargeBits)] }],
  [
    0x04,
    {
      size: 1,
      tell: (data) => {
        const [isOpen, isLeftOpen] = doors[u8(data)] ?? [null, null];
        return [reading("open", isOpen), vendorReading("qingping", "door_left_open", isLeftOpen)];
      },
    },
  ],
  [0x07, { size: 2, tell: (data) => [measured("pressure", u16(data) / deci)] }],
  [
    0x08,
    {
      size: 4,
      tell: (data) => [
        reading("motion", u8(data) !== 0),
        measured("illuminance", data.readUIntLE(1, 3)),
      ],
    },
  ],
  [0x09, { size: 4, tell: (data) => [measured("illuminance", data.readUInt32LE(0))] }],
  [0x11, { size: 1, tell: (data) => [reading("light_detected", u8(data) !== 0)] }],
  [
    0x12,
    { size: 4, tell: (data) => [measured("pm25", u16(data)), measured("pm10", u16(data, 2))] },
  ],
  [0x13, { size: 2, tell: (data) => [measured("co2", u16(data))] }],
]);

const messageNumber = 0x0f;

/** A number; none where it lies outside what the vocabulary allows: the sensor warms up. */
function measured(is: string, value: number): Observation {
  const [low, high] = specOf(is)?.range ?? [-Infinity, Infinity];
  return reading(is, value >= low && value <= high ? value : null);
}

/** Control, model, and the address, the last byte first. */
const headBytes = 8;
/** Of the control: what follows is encrypted, in a way that nobody has described. */
const isEncryptedBit = 0x01;

/** Qingping's own format, which its sensors send while no other system has them. */
export const qingping: Decoder = {
  family: "qingping",
  title: "Qingping and ClearGrass sensors and clocks",
  models: [...new Set(models.values())],
  source: "https://github.com/Bluetooth-Devices/qingping-ble (src/qingping_ble/parser.py)",
  listensTo: { services: [service] },
  decode: ({ serviceData }) => {
    const data = serviceData.find(({ uuid }) => uuid === service)?.data;
    if (!data || data.length < headBytes) return undefined;
    const facts = factsOf(data.readUInt8(1));
    if ((data.readUInt8(0) & isEncryptedBit) !== 0) {
      return facts.model === undefined
        ? undefined
        : { facts, observations: [], problem: "unreadable" };
    }
    const { observations, sequence } = readObjects(data);
    if (observations.length === 0) return undefined;
    return { facts, observations, ...(sequence && { sequence }) };
  },
};

function factsOf(product: number): Decoded["facts"] {
  const model = models.get(product);
  return {
    manufacturer: "Qingping",
    ...(model !== undefined && { model }),
    ...(model !== undefined && !mains.has(model) && { sleepy: true }),
  };
}

/** Objects: kind, length, data. What does not fit in the frame any more was cut off. */
function readObjects(frame: Buffer): {
  readonly observations: readonly Observation[];
  readonly sequence?: Sequence;
} {
  const observations: Observation[] = [];
  let sequence: Sequence | undefined;
  let at = headBytes;
  while (at + 2 <= frame.length) {
    const id = frame.readUInt8(at);
    const data = frame.subarray(at + 2, at + 2 + frame.readUInt8(at + 1));
    at += 2 + frame.readUInt8(at + 1);
    if (at > frame.length) break;
    const kind = kinds.get(id);
    if (kind?.size === data.length) observations.push(...kind.tell(data));
    if (id === messageNumber && data.length === 1) sequence = { value: u8(data), bits: 8 };
  }
  return { observations: latest(observations), ...(sequence && { sequence }) };
}
