import type { Advertisement } from "../advertisement.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { vendorReading } from "./readings.ts";

const apple = 0x004c;
const nearbyInfo = 0x10;
const headerLength = 2;
/** Of the first byte: what its owner does. */
const activityMask = 0x0f;
const inUse = 0x0b;
/** What watches say in the second byte of five: locked, and unlocked. */
const watchLength = 5;
const watchStates = new Map([
  [0x18, false],
  [0x98, true],
]);

/** Telephones, tablets and watches say whether they are in use; their addresses change. */
export const appleDevices: Decoder = {
  family: "apple",
  title: "Apple telephones, tablets and watches",
  models: ["iPhone", "iPad", "Apple Watch"],
  source: "https://github.com/furiousMAC/continuity (messages/nearby_info.md)",
  listensTo: { companies: [apple] },
  isBeacon: true,
  decode: ({ companyData }: Advertisement) => {
    const data = companyData.find(({ company }) => company === apple)?.data;
    const message = data && nearbyInfoIn(data);
    return message && deviceOf(message);
  },
};

/** The structures of a frame fill it exactly: type, length, data. */
function nearbyInfoIn(data: Buffer): Buffer | undefined {
  let found: Buffer | undefined;
  let at = 0;
  while (at + headerLength <= data.length) {
    const end = at + headerLength + data.readUInt8(at + 1);
    if (data[at] === nearbyInfo) found = data.subarray(at + headerLength, end);
    at = end;
  }
  return at === data.length ? found : undefined;
}

function deviceOf(message: Buffer): Decoded | undefined {
  const [activity, state] = message;
  if (activity === undefined || state === undefined) return undefined;
  const watch = message.length === watchLength ? watchStates.get(state) : undefined;
  const isUnlocked = watch ?? (activity & activityMask) === inUse;
  const model = watch === undefined ? "iPhone/iPad" : "Apple Watch";
  return {
    facts: { manufacturer: "Apple", model },
    observations: [vendorReading("apple", "unlocked", isUnlocked)],
  };
}
