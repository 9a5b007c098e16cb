import type { Decoder } from "./decoder.ts";
import { dataOfService, plausible } from "./frame.ts";
import { readFields, type Field } from "./readings.ts";

const service = "180f";
const length = 1;
const layout: readonly Field[] = [{ is: "battery", at: 0, as: "u8" }];

/**
 * Whatever tells its battery under the service that everybody has for it, and nothing else that is
 * known: a mouse, a lamp for a bicycle. It is no device by itself.
 */
export const batteryService: Decoder = {
  family: "battery_service",
  title: "Devices that only tell their battery",
  models: [],
  source: "https://www.bluetooth.com/specifications/specs/battery-service/",
  listensTo: { services: [service] },
  isBeacon: true,
  decode: (frame) => {
    const data = dataOfService(frame, service, length);
    return data && plausible({ facts: { sleepy: true }, observations: readFields(data, layout) });
  },
};
