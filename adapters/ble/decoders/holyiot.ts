import type { EventData } from "koine/adapter";
import type { Observation } from "../../reading/observation.ts";
import type { Decoded, Decoder } from "./decoder.ts";
import { dataOfService, hasAddress, plausible } from "./frame.ts";
import { reading, vendorReading } from "./readings.ts";

const service = "5242";
const length = 13;
const batteryAt = 1;
const addressAt = 2;
const kindAt = 10;
const valueAt = 11;

/** Pa, from which the sensor counts. */
const pressureBase = 80_000;
/** The sensor says that it is shaken, never that it is still. */
const shakenS = 180;

type Said = Pick<Decoded, "observations" | "events" | "passing">;

/** By what was measured: one value a frame. */
const kinds = new Map<number, (data: Buffer) => Said>([
  [0, () => ({ observations: [] })],
  [1, (data) => says(reading("temperature", degreesIn(data)))],
  [2, (data) => says(reading("pressure", (pressureBase + data.readInt16BE(valueAt)) / 100))],
  [3, (data) => says(reading("humidity", data.readUInt8(valueAt)))],
  [4, (data) => shakes(data.readUInt8(valueAt) !== 0)],
  [5, (data) => says(vendorReading("holyiot", "side", data.readUInt8(valueAt)))],
  [6, (data) => ({ observations: [], events: pressesIn(data) })],
]);

/** Small tags that tell one thing: how warm, how humid, which side is up, or that they were pressed. */
export const holyiot: Decoder = {
  family: "holyiot",
  title: "HolyIOT sensor tags",
  models: ["HolyIOT BLE tracker"],
  source: "https://github.com/custom-components/ble_monitor (ble_parser/holyiot.py)",
  listensTo: { services: [service] },
  decode: (frame) => {
    const data = dataOfService(frame, service, length);
    if (!data || !hasAddress(data, addressAt, frame)) return undefined;
    const said = kinds.get(data.readUInt8(kindAt))?.(data);
    if (!said) return undefined;
    return plausible({
      ...said,
      facts: { manufacturer: "HolyIOT", model: "BLE tracker", sleepy: true },
      observations: [reading("battery", data.readUInt8(batteryAt)), ...said.observations],
    });
  },
};

function says(one: Observation): Said {
  return { observations: [one] };
}

function shakes(isShaken: boolean): Said {
  return {
    observations: [reading("vibration", isShaken)],
    passing: [{ is: "vibration", afterS: shakenS }],
  };
}

/** Whole degrees with their sign, then hundredths without one. */
function degreesIn(data: Buffer): number {
  const whole = data.readInt8(valueAt);
  const part = data.readUInt8(valueAt + 1) / 100;
  return whole < 0 ? whole - part : whole + part;
}

function pressesIn(data: Buffer): readonly EventData[] {
  return data.readUInt8(valueAt) === 1 ? [{ name: "action", action: "press" }] : [];
}
