import type { Decoder } from "./decoder.ts";
import { dataOfService, hasAddress, plausible } from "./frame.ts";
import { reading } from "./readings.ts";

const service = "fff0";
const length = 11;
const addressAt = 4;
const batteryAt = 10;
/** One more than full: it is fed from outside. */
const plugged = 101;

const models = new Map([
  [0x15, "BP102"],
  [0x19, "BP109"],
  [0x1a, "BP103"],
  [0x1b, "BP104"],
  [0x1c, "BP201"],
  [0x1d, "BP106"],
  [0x1e, "BP101"],
  [0x24, "BP120"],
  [0x27, "BP108"],
  [0x28, "BP108N"],
  [0x29, "BP103B"],
]);

/** Beacons that tell their battery beside what they announce. */
export const feasycom: Decoder = {
  family: "feasycom",
  title: "Feasycom beacons",
  models: [...models.values()],
  source: "https://github.com/theengs/decoder (FEASY)",
  listensTo: { services: [service] },
  isBeacon: true,
  decode: (frame) => {
    const data = dataOfService(frame, service, length);
    const model = models.get(data?.[0] ?? 0);
    if (!data || model === undefined || !hasAddress(data, addressAt, frame)) return undefined;
    const battery = data.readUInt8(batteryAt);
    const isPlugged = battery === plugged;
    return plausible({
      facts: { manufacturer: "Feasycom", model, sleepy: true },
      observations: [
        ...(isPlugged ? [] : [reading("battery", battery)]),
        reading("plugged", isPlugged),
      ],
      identity: ["ble-beacon", frame.address],
    });
  },
};
