import { z } from "koine/adapter";
import { pointSchema } from "./gatt/point.ts";
import { profileNames } from "./gatt/profiles.ts";
import { limits } from "./limits.ts";

const address = z
  .string()
  .transform((text) => text.toLowerCase().replace(/[:-]/g, ""))
  .refine((text) => /^[0-9a-f]{12}$/.test(text), "expected an address such as a4:c1:38:8d:18:b2");

/** A beacon's own name in one spelling: its UUID without hyphens, then the numbers. */
export function beaconText(text: string): string {
  return text
    .toLowerCase()
    .replace(
      /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})/,
      "$1$2$3$4$5",
    );
}

const key = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine(
    (text) => /^(?:[0-9a-f]{24}|[0-9a-f]{32})$/.test(text),
    "expected 16 bytes (old Xiaomi devices: 12) in hexadecimal digits",
  );

const irk = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => /^[0-9a-f]{32}$/.test(text), "expected 16 bytes in hexadecimal digits");

/** One entry of `devices`. */
export const deviceSchema = z
  .strictObject({
    address: address.optional().describe("Its address, where that does not change"),
    beacon: z
      .string()
      .min(1)
      .max(80)
      .transform(beaconText)
      .optional()
      .describe("What a beacon calls itself, as bridge/seen/ble shows it: uuid-major-minor"),
    irk: irk
      .optional()
      .describe("Identity resolving key of a phone, whose address changes. Use !secret"),
    name: z.string().min(1).max(64).optional().describe("What it is called"),
    key: key.optional().describe("Bind key of a sensor that encrypts. Use !secret"),
    tag: z
      .boolean()
      .optional()
      .describe("Whether its presence is of interest; so for beacons and phones, no otherwise"),
    away: z
      .number()
      .min(10)
      .max(86_400)
      .optional()
      .describe("Seconds of silence after which it is away; learned from its rhythm otherwise"),
    min_rssi: z
      .number()
      .int()
      .min(-127)
      .max(0)
      .optional()
      .describe("Weaker frames, in dBm, do not make it present"),
    profile: z.enum(profileNames).optional().describe("What a connection can read and write"),
    points: z.array(pointSchema).max(32).default([]).describe("The same, point by point"),
    connect: z
      .enum(["visit", "stay"])
      .default("visit")
      .describe("Connect for each reading and command, or stay connected for what it notifies"),
  })
  .superRefine((settings, context) => {
    const { address: own, beacon, irk: secret, profile, points, connect } = settings;
    const named = [own, beacon, secret].filter((one) => one !== undefined);
    const wrong = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if (named.length !== 1) wrong("address", "expected one of address, beacon and irk");
    if (own !== undefined && settings.tag !== true) {
      if (settings.away !== undefined) wrong("away", "tag does not say that its presence is told");
      if (settings.min_rssi !== undefined)
        wrong("min_rssi", "tag does not say that its presence is told");
    }
    const isToldOnly = points.some(
      ({ subscribe, read, write, every }) =>
        subscribe && !read && write === "no" && every === undefined,
    );
    if (isToldOnly && connect === "visit")
      wrong("connect", "what a device tells by itself needs connect: stay");
    if (beacon === undefined) return;
    if (profile !== undefined || points.length > 0)
      wrong("profile", "a beacon takes no connections");
  });

/** One entry of `relays`. */
export const relaySchema = z.strictObject({
  source: z
    .string()
    .regex(
      /^(?:own|mqtts?:\/\/[^/:@]+(?::\d+)?)$/,
      "expected own, mqtt://host:port or mqtts://host:port",
    )
    .default("own")
    .describe("The broker on which gateways tell what they hear: Koine's own, or another"),
  username: z.string().optional().describe("User name there"),
  password: z.string().optional().describe("Password there. Use !secret"),
  topics: z
    .array(
      z
        .string()
        .regex(/^(?:[^#+/]*|\+)(?:\/(?:[^#+/]*|\+))*(?:\/#)?$|^#$/, "expected an MQTT filter"),
    )
    .min(1)
    .default(["ble/+/advertisements", "+/+/BTtoMQTT/#"])
    .describe("Where they tell it; the receiver is the word at the last +"),
});

/** Everything a `use: ble` entry may say. */
export const configSchema = z
  .strictObject({
    controller: z
      .string()
      .regex(/^(?:hci\d{1,2}|none|tcp:\/\/[^/:]+:\d+)$/, "expected hci0, tcp://host:port or none")
      .refine((text) => !text.startsWith("tcp:") || URL.canParse(text), "there is no such port")
      .default("hci0")
      .describe(
        "The Bluetooth controller: hci0, tcp://host:port of one that speaks HCI there, or none",
      ),
    extended: z
      .boolean()
      .default(false)
      .describe("Hear the longer advertisements of Bluetooth 5, with a controller that can"),
    scan: z
      .strictObject({
        interval: z
          .number()
          .min(2.5)
          .max(10_240)
          .default(60)
          .describe("Ms from listening to listening"),
        window: z
          .number()
          .min(2.5)
          .max(10_240)
          .default(60)
          .describe("Ms of listening in it; less helps WiFi on the same chip"),
      })
      .prefault({})
      .refine(({ interval, window }) => window <= interval, "window is longer than interval")
      .describe("How the controller listens"),
    adopt: z
      .enum(["auto", "manual"])
      .default("auto")
      .describe(
        `Sensors appear by themselves, at most ${limits.adopted}; or only those under devices`,
      ),
    devices: z
      .array(deviceSchema)
      .max(limits.devices)
      .default([])
      .describe("Devices with a name, a key, or a connection"),
    refresh: z
      .number()
      .min(5)
      .max(3_600)
      .default(60)
      .describe("Seconds after which a value that did not change is told again"),
    min_interval: z
      .number()
      .min(0)
      .max(3_600)
      .default(5)
      .describe("Seconds between two values of the same number"),
    relays: z
      .array(relaySchema)
      .max(4)
      .default([])
      .describe("Gateways that tell what they hear over MQTT"),
    relay_to: z
      .strictObject({
        topic: z
          .string()
          .regex(/^[^#+]+$/, "expected a topic without wildcards")
          .describe("Where to: ble/barn/advertisements"),
        source: relaySchema.shape.source,
        username: relaySchema.shape.username,
        password: relaySchema.shape.password,
      })
      .optional()
      .describe("Only listen, and tell another gateway what is heard"),
  })
  .superRefine(({ devices, controller, relays, relay_to: target }, context) => {
    const wrong = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    if (controller === "none" && relays.length === 0)
      wrong(["controller"], "expected a controller or a relay");
    if (controller === "none" && target)
      wrong(["relay_to"], "there is nothing to hear without a controller");
    const isConnected = devices.some(
      ({ profile, points }) => profile !== undefined || points.length > 0,
    );
    if (controller === "none" && isConnected)
      wrong(["devices"], "nothing can be connected to without a controller");
    if (target && (devices.length > 0 || relays.length > 0))
      wrong(["relay_to"], "who only tells another gateway has no devices and relays of its own");
    const names = devices.map((one) => one.address ?? one.beacon ?? one.irk);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) !== index) wrong(["devices", index], "it is there already");
    }
  });

export type BleConfig = z.infer<typeof configSchema>;
export type DeviceConfig = BleConfig["devices"][number];
export type RelayConfig = BleConfig["relays"][number];
