import type { Observation } from "../../../reading/observation.ts";
import type { Decoded } from "../decoder.ts";
import { reading, vendorReading } from "../readings.ts";

/** One block of manufacturer data of a Govee sender, with what else the frame tells of it. */
export interface GoveeFrame {
  readonly company: number;
  readonly data: Buffer;
  /** As its name tells: `H5075`. */
  readonly model: string | undefined;
  readonly serviceUuids: readonly string[];
}

/** Models that hang on the mains or on USB. */
const wired = new Set(["H5106", "H5127", "H5140"]);

/** What a frame of this model says. */
export function govee(
  model: string,
  observations: readonly Observation[],
  more: Pick<Decoded, "events" | "passing" | "sequence" | "problem"> = {},
): Decoded {
  return {
    facts: { manufacturer: "Govee", model, ...(!wired.has(model) && { sleepy: true }) },
    observations,
    ...more,
  };
}

const fullBattery = 100;
const batteryMask = 0x7f;

/** Per cent in the low seven bits of a byte. */
export function batteryIn(byte: number | undefined, part?: string): Observation {
  const value = (byte ?? 0) & batteryMask;
  return reading("battery", value > fullBattery ? null : value, { part });
}

/** A temperature at which a probe calls; null where none is set. */
export function alarm(name: "high" | "low", value: number | null, part: string): Observation {
  const property = name === "high" ? "temperature_alarm" : "low_temperature_alarm";
  return vendorReading("govee", property, value, { part, unit: "°C" });
}

/** Does it start so? */
export function startsWith(data: Buffer, start: readonly number[]): boolean {
  return start.every((byte, at) => data[at] === byte);
}
