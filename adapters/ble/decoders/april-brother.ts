import type { Decoder } from "./decoder.ts";
import { dataOfCompany, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const apple = 0x004c;
const length = 23;
/** What an iBeacon begins with, and the UUID that all of these sensors have. */
const start = Buffer.from("0215b5b182c7eab14988aa99b5c1517008d9", "hex");
const batteryAt = 20;
const temperatureAt = 21;

/** An iBeacon whose minor number is its battery and its temperature. */
export const aprilBrother: Decoder = {
  family: "april_brother",
  title: "April Brother ABTemp thermometers",
  models: ["ABTemp"],
  source: "https://github.com/theengs/decoder (ABTemp)",
  listensTo: { companies: [apple] },
  decode: (frame) => {
    const data = dataOfCompany(frame, apple, length);
    if (!data?.subarray(0, start.length).equals(start)) return undefined;
    return plausible({
      facts: { manufacturer: "April Brother", model: "ABTemp", sleepy: true },
      observations: [
        reading("battery", data.readUInt8(batteryAt)),
        reading("temperature", data.readInt8(temperatureAt)),
      ],
    });
  },
};
