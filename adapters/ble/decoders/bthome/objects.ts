/** What an object says, by how its bytes are read. */
export type Meaning =
  | {
      readonly as: "number";
      readonly is: string;
      readonly signed?: boolean;
      /** value = raw × mul ÷ per; division keeps decimal fractions as short as they were sent. */
      readonly per?: number;
      readonly mul?: number;
      /** Above it nothing can be: the sender has no value. */
      readonly max?: number;
    }
  | { readonly as: "flag"; readonly is: string; readonly isInverted?: boolean }
  | { readonly as: "level"; readonly is: string; readonly levels: readonly string[] }
  | { readonly as: "time" | "text" | "hex"; readonly is: string }
  | { readonly as: "button" | "dimmer" | "packet" | "device_type" | "firmware" };

/** One kind of object of BTHome. */
export interface ObjectKind {
  /** BTHome's own name for it. */
  readonly name: string;
  /** Of its data in version 2, in bytes; of version 1 the frame says it. */
  readonly size: number | "told";
  readonly meaning: Meaning;
}

const percents = { per: 1, max: 100 } as const;
const hundredths = { per: 100 } as const;
const thousandths = { per: 1_000 } as const;
const millionths = { per: 1_000_000 } as const;
const kilogramsInPound = 0.45359237;

function number(
  is: string,
  rest: Omit<Extract<Meaning, { readonly as: "number" }>, "as" | "is"> = {},
): Meaning {
  return { as: "number", is, ...rest };
}

function flag(is: string): Meaning {
  return { as: "flag", is };
}

/** https://bthome.io/format/ by object id. */
export const objectKinds: ReadonlyMap<number, ObjectKind> = new Map(
  (
    [
      [0x00, "packet id", 1, { as: "packet" }],
      [0x01, "battery", 1, number("battery", percents)],
      [0x02, "temperature", 2, number("temperature", { ...hundredths, signed: true })],
      [0x03, "humidity", 2, number("humidity", { ...hundredths, max: 100 })],
      [0x04, "pressure", 3, number("pressure", hundredths)],
      [0x05, "illuminance", 3, number("illuminance", hundredths)],
      [0x06, "mass (kg)", 2, number("weight", hundredths)],
      [0x07, "mass (lb)", 2, number("weight", { ...hundredths, mul: kilogramsInPound })],
      [0x08, "dewpoint", 2, number("dew_point", { ...hundredths, signed: true })],
      [0x09, "count", 1, number("count")],
      [0x0a, "energy", 3, number("energy", thousandths)],
      [0x0b, "power", 3, number("power", hundredths)],
      [0x0c, "voltage", 2, number("voltage", thousandths)],
      [0x0d, "pm2.5", 2, number("pm25")],
      [0x0e, "pm10", 2, number("pm10")],
      [0x0f, "generic boolean", 1, flag("input")],
      [0x10, "power", 1, flag("onoff")],
      [0x11, "opening", 1, flag("open")],
      [0x12, "co2", 2, number("co2")],
      [0x13, "tvoc", 2, number("voc")],
      [0x14, "moisture", 2, number("soil_moisture", { ...hundredths, max: 100 })],
      [0x15, "battery low", 1, flag("battery_low")],
      [0x16, "battery charging", 1, flag("charging")],
      [0x17, "carbon monoxide", 1, flag("co_alarm")],
      [0x18, "cold", 1, flag("cold_alarm")],
      [0x19, "connectivity", 1, flag("connected")],
      [0x1a, "door", 1, flag("open")],
      [0x1b, "garage door", 1, flag("open")],
      [0x1c, "gas", 1, flag("gas_alarm")],
      [0x1d, "heat", 1, flag("heat_alarm")],
      [0x1e, "light", 1, flag("light_detected")],
      // 1 is "unlocked", and of safety it is "safe".
      [0x1f, "lock", 1, { as: "flag", is: "locked", isInverted: true }],
      [0x20, "moisture", 1, flag("water_leak")],
      [0x21, "motion", 1, flag("motion")],
      [0x22, "moving", 1, flag("moving")],
      [0x23, "occupancy", 1, flag("occupancy")],
      [0x24, "plug", 1, flag("plugged")],
      [0x25, "presence", 1, flag("presence")],
      [0x26, "problem", 1, flag("problem")],
      [0x27, "running", 1, flag("running")],
      [0x28, "safety", 1, { as: "flag", is: "unsafe", isInverted: true }],
      [0x29, "smoke", 1, flag("smoke")],
      [0x2a, "sound", 1, flag("sound")],
      [0x2b, "tamper", 1, flag("tamper")],
      [0x2c, "vibration", 1, flag("vibration")],
      [0x2d, "window", 1, flag("open")],
      [0x2e, "humidity", 1, number("humidity", percents)],
      [0x2f, "moisture", 1, number("soil_moisture", percents)],
      [0x3a, "button", 1, { as: "button" }],
      [0x3c, "dimmer", 2, { as: "dimmer" }],
      [0x3d, "count", 2, number("count")],
      [0x3e, "count", 4, number("count")],
      [0x3f, "rotation", 2, number("tilt_angle", { per: 10, signed: true })],
      [0x40, "distance (mm)", 2, number("distance", thousandths)],
      [0x41, "distance (m)", 2, number("distance", { per: 10 })],
      [0x42, "duration", 3, number("duration", thousandths)],
      [0x43, "current", 2, number("current", thousandths)],
      [0x44, "speed", 2, number("speed", hundredths)],
      [0x45, "temperature", 2, number("temperature", { per: 10, signed: true })],
      [0x46, "UV index", 1, number("uv_index", { per: 10 })],
      [0x47, "volume", 2, number("volume", { per: 10 })],
      [0x48, "volume (mL)", 2, number("volume", thousandths)],
      [0x49, "volume flow rate", 2, number("flow_rate", thousandths)],
      [0x4a, "voltage", 2, number("voltage", { per: 10 })],
      [0x4b, "gas", 3, number("gas_volume", thousandths)],
      [0x4c, "gas", 4, number("gas_volume", thousandths)],
      [0x4d, "energy", 4, number("energy", thousandths)],
      [0x4e, "volume", 4, number("volume", thousandths)],
      [0x4f, "water", 4, number("water_volume", thousandths)],
      [0x50, "timestamp", 4, { as: "time", is: "device_time" }],
      [0x51, "acceleration", 2, number("acceleration", thousandths)],
      [0x52, "gyroscope", 2, number("rotation_rate", thousandths)],
      [0x53, "text", "told", { as: "text", is: "text" }],
      [0x54, "raw", "told", { as: "hex", is: "raw" }],
      [0x55, "volume storage", 4, number("stored_volume", thousandths)],
      [0x56, "conductivity", 2, number("conductivity")],
      [0x57, "temperature", 1, number("temperature", { signed: true })],
      [0x58, "temperature", 1, number("temperature", { signed: true, mul: 35, per: 100 })],
      [0x59, "count", 1, number("count", { signed: true })],
      [0x5a, "count", 2, number("count", { signed: true })],
      [0x5b, "count", 4, number("count", { signed: true })],
      [0x5c, "power", 4, number("power", { ...hundredths, signed: true })],
      [0x5d, "current", 2, number("current", { ...thousandths, signed: true })],
      [0x5e, "direction", 2, number("wind_direction", { ...hundredths, max: 360 })],
      [0x5f, "precipitation", 2, number("precipitation", { per: 10 })],
      [0x60, "channel", 1, number("value")],
      [0x61, "rotational speed", 2, number("rotational_speed")],
      [0x62, "speed", 4, number("speed", { ...millionths, signed: true })],
      [0x63, "acceleration", 4, number("acceleration", { ...millionths, signed: true })],
      [
        0x64,
        "light level",
        1,
        { as: "level", is: "light_level", levels: ["dark", "twilight", "bright"] },
      ],
      [0xf0, "device type id", 2, { as: "device_type" }],
      [0xf1, "firmware version", 4, { as: "firmware" }],
      [0xf2, "firmware version", 3, { as: "firmware" }],
    ] satisfies (readonly [id: number, name: string, size: number | "told", meaning: Meaning])[]
  ).map(([id, name, size, meaning]) => [id, { name, size, meaning }]),
);
