import type { EventData } from "koine/adapter";
import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { acceleration, dataOfCompany, plausible } from "./frame.ts";
import { readFields, reading, type Field } from "./readings.ts";

const company = 0x094f;
const length = 18;
const version = 1;
const settingsAt = 1;
const isEncryptedBit = 0x01;
const axesAt = [4, 6, 8] as const;
const temperatureAt = 10;
/** What the tag for rooms sends: it has no thermometer. */
const noTemperature = -0x8000;
/** All of its numbers have eight bits behind the point. */
const fraction = 256;

const layout: readonly Field[] = [
  { is: "uptime", at: 12, as: "u32le" },
  { is: "battery", at: 17, as: "u8" },
];
const flagsAt = 16;
const reedBit = 0x01;
/** Why this frame was sent. */
const triggers: readonly (readonly [bit: number, event: EventData])[] = [
  [0x02, { name: "action", action: "other", part: "tilt" }],
  [0x04, { name: "action", action: "fall" }],
  [0x08, { name: "action", action: "other", part: "impact_x" }],
  [0x10, { name: "action", action: "other", part: "impact_y" }],
  [0x20, { name: "action", action: "other", part: "impact_z" }],
];

export const mikrotik: Decoder = {
  family: "mikrotik",
  title: "MikroTik tags",
  models: ["TG-BT5-IN", "TG-BT5-OUT"],
  source: "https://help.mikrotik.com/docs/display/UM/MikroTik+Tag+advertisement+formats",
  listensTo: { companies: [company] },
  decode: (frame) => {
    const data = dataOfCompany(frame, company, length);
    if (data?.[0] !== version) return undefined;
    // The maker has not published how it encrypts.
    if ((data.readUInt8(settingsAt) & isEncryptedBit) !== 0) return unreadable;
    return read(data);
  },
};

const maker = { manufacturer: "MikroTik", sleepy: true } as const;
const unreadable: Decoded = {
  facts: { ...maker, model: "TG-BT5" },
  observations: [],
  problem: "unreadable",
};

function read(data: Buffer): Decoded | undefined {
  const flags = data.readUInt8(flagsAt);
  const temperature = data.readInt16LE(temperatureAt);
  const isForRooms = temperature === noTemperature;
  const warmth = isForRooms ? [] : [reading("temperature", temperature / fraction)];
  return plausible({
    facts: { ...maker, model: isForRooms ? "TG-BT5-IN" : "TG-BT5-OUT" },
    observations: [
      ...warmth,
      ...accelerationIn(data),
      reading("input", (flags & reedBit) !== 0),
      ...readFields(data, layout),
    ],
    events: triggers.filter(([bit]) => (flags & bit) !== 0).map(([, event]) => event),
  });
}

function accelerationIn(data: Buffer): readonly Observation[] {
  const raw = axesAt.map((at) => data.readInt16LE(at));
  const axes = raw.map((one) => one / fraction);
  return [...acceleration(raw, axes), reading("acceleration", Math.hypot(...axes))];
}
