import { z } from "koine/adapter";

/** Kinds of sticks that the library can drive. */
const sticks = ["zstack", "ember", "deconz", "zigate", "zboss", "ezsp", "zoh"] as const;

const address = z
  .string()
  .transform((text) => text.toLowerCase().replace(/^0x/, ""))
  .refine(
    (text) => /^[0-9a-f]{16}$/.test(text),
    "expected an IEEE address of 16 hexadecimal digits",
  );

const addresses = z.array(address).default([]);

const bytes = (count: number, what: string): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .refine(
      (text) => new RegExp(`^[0-9a-f]{${count * 2}}$`, "i").test(text),
      `expected ${count} bytes in hexadecimal digits`,
    )
    .optional()
    .describe(what);

const deviceOptions = z.strictObject({
  debounce: z
    .number()
    .min(0)
    .max(60)
    .default(0)
    .describe(
      "Hold readings back until the device is silent for so many seconds, at most five times that",
    ),
  options: z
    .record(z.string(), z.json())
    .default({})
    .describe("Options of the converter of this model, such as temperature_calibration: -0.5"),
});

/** Everything a `use: zigbee` entry may say. */
export const configSchema = z.strictObject({
  port: z
    .string()
    .default("auto")
    .describe("Where the stick is: a path, tcp://host:port, mdns://name, or auto to look for one"),
  stick: z
    .enum(sticks)
    .optional()
    .describe("What kind it is; needed for tcp://, otherwise found out by its USB ids"),
  baud_rate: z.number().int().positive().optional().describe("Speed of its serial port"),
  rtscts: z.boolean().optional().describe("Whether its serial port has hardware flow control"),
  transmit_power: z.number().int().min(-20).max(20).optional().describe("Radio power in dBm"),
  disable_led: z.boolean().default(false).describe("Keep the light on the stick off"),
  concurrent: z
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe("Requests on the air at a time; the stick's own number otherwise"),
  channel: z
    .number()
    .int()
    .min(11)
    .max(26)
    .optional()
    .describe("Radio channel; 15 for a new network, that of the network otherwise"),
  network: z
    .strictObject({
      pan_id: z.number().int().min(1).max(0xfffe).optional().describe("PAN id; random otherwise"),
      extended_pan_id: bytes(8, "Extended PAN id; random otherwise"),
      key: bytes(16, "Network key; random otherwise, which is safest. Use !secret"),
    })
    .prefault({})
    .describe("The network, where it has to be a certain one"),
  allow: addresses.describe("Only these devices may join, by IEEE address; empty for all"),
  deny: addresses.describe("These devices may not join"),
  devices: z
    .record(address, deviceOptions)
    .default({})
    .describe("Options of single devices, by IEEE address"),
  ota: z
    .strictObject({
      index: z
        .string()
        .regex(/\.json$/, "expected a file or URL that ends with .json")
        .optional()
        .describe(
          "A file or URL that lists firmware images, as of the Zigbee-OTA project; none otherwise",
        ),
    })
    .prefault({})
    .describe("Firmware for devices"),
  refresh: z.boolean().default(true).describe("Ask devices on mains for their state after a start"),
});

export type ZigbeeConfig = z.infer<typeof configSchema>;
export type DeviceOptions = z.infer<typeof deviceOptions>;
