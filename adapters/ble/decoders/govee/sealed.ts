import { createDecipheriv } from "node:crypto";
import type { EventData } from "koine/adapter";
import type { Observation } from "../../../reading/observation.ts";
import type { Decoded } from "../decoder.ts";
import { reading } from "../readings.ts";
import { batteryIn, govee, type GoveeFrame } from "./frame.ts";

export const sealedCompany = 0xef88;

/* End of the address, time in ms that is the key as well, one block of AES, its checksum. */
const frameLength = 24;
const timeAt = 2;
const blockAt = 6;
const sumAt = 22;
const blockLength = 16;

/* In the open block: 1, a kind of sender, its model, a version, battery, state, zeros. */
const opening = 0x01;
const modelAt = 2;
const restAt = 6;

/** What a state of a model means. */
interface Told {
  readonly observations?: readonly Observation[];
  readonly events?: readonly EventData[];
  readonly passing?: NonNullable<Decoded["passing"]>;
}

interface Sender {
  readonly model: string;
  /** Undefined: nobody has described this state. */
  readonly tell: (state: number) => Told | undefined;
}

/** Of a movement or a shock only the start is sent. */
const passingS = 180;

const senders = new Map<number, Sender>([
  [2, { model: "H5123", tell: tellDoor }],
  [3, { model: "H5121", tell: tellMotion }],
  [8, { model: "H5122", tell: (state) => tellButton(state, 1) }],
  [9, { model: "H5124", tell: tellVibration }],
  [10, { model: "H5125", tell: (state) => tellButton(state, 6) }],
  [11, { model: "H5126", tell: (state) => tellButton(state, 2) }],
  [13, { model: "H5130", tell: tellPressure }],
]);

/**
 * Sensors and buttons that veil what they send. The key is in the frame, so nothing proves who sent
 * it; the checksum and the zeros at the end of the block tell whether it arrived whole.
 */
export function decodeSealed({ company, data }: GoveeFrame): Decoded | undefined {
  if (company !== sealedCompany || data.length !== frameLength) return undefined;
  const block = data.subarray(blockAt, sumAt);
  if (checksumOf(block) !== data.readUInt16BE(sumAt)) return undefined;
  const open = unveil(block, data.subarray(timeAt, blockAt));
  if (open[0] !== opening || open.subarray(restAt).some((byte) => byte !== 0)) return undefined;
  const sender = senders.get(open[modelAt] ?? 0);
  if (!sender) return undefined;
  return told(sender, open, data.readUInt32BE(timeAt));
}

function told({ model, tell }: Sender, open: Buffer, timeMs: number): Decoded {
  const [, , , , battery, state = 0] = open;
  const sequence = { value: timeMs, bits: 32 };
  const what = tell(state);
  if (!what) return govee(model, [], { sequence, problem: "unreadable" });
  const { observations = [], ...more } = what;
  return govee(model, [...observations, batteryIn(battery)], { ...more, sequence });
}

/** Block and key stand in the frame back to front; zeros fill the key. */
function unveil(block: Buffer, time: Buffer): Buffer {
  const key = Buffer.concat([Buffer.alloc(blockLength - time.length), time.toReversed()]);
  const decipher = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const open = decipher.update(block.toReversed());
  return Buffer.from(open.toReversed());
}

const polynomial = 0x1021;
const firstSum = 0x1d0f;
const highBit = 0x8000;

/** CRC-16 of CCITT with an augmented start. */
function checksumOf(bytes: Buffer): number {
  let sum = firstSum;
  for (const byte of bytes) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      sum = (sum & highBit) === 0 ? sum << 1 : (sum << 1) ^ polynomial;
    }
    sum &= 0xffff;
  }
  return sum;
}

const closed = 1;
const opened = 2;

function tellDoor(state: number): Told | undefined {
  if (state !== closed && state !== opened) return undefined;
  return { observations: [reading("open", state === opened)] };
}

const started = 1;

function tellMotion(state: number): Told | undefined {
  if (state !== started) return state === 0 ? {} : undefined;
  return {
    observations: [reading("motion", true)],
    passing: [{ is: "motion", afterS: passingS }],
  };
}

/** A shock is a moment: who counts them hears an event, who watches a state sees it pass. */
function tellVibration(state: number): Told | undefined {
  if (state !== started) return state === 0 ? {} : undefined;
  return {
    observations: [reading("vibration", true)],
    passing: [{ is: "vibration", afterS: passingS }],
    events: [{ name: "action", action: "shake" }],
  };
}

/** Buttons are counted from 0. */
function tellButton(state: number, buttons: number): Told | undefined {
  if (state >= buttons) return undefined;
  const part = buttons === 1 ? {} : { part: String(state + 1) };
  return { events: [{ name: "action", action: "press", ...part }] };
}

const buttonPressed = 16;

/** Somebody sits or lies on the pad, or not; it has a button as well. */
function tellPressure(state: number): Told | undefined {
  if (state === buttonPressed) return { events: [{ name: "action", action: "press" }] };
  return state > 1 ? undefined : { observations: [reading("presence", state === 1)] };
}
