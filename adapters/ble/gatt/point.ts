import { specOf, z } from "koine/adapter";
import { shortUuid } from "../advertisement.ts";

/** How a value lies in a characteristic, lowest byte first. */
export const codings = [
  "bool",
  "u8",
  "i8",
  "u16",
  "i16",
  "u24",
  "u32",
  "i32",
  "f32",
  "text",
  "hex",
] as const;

const uuid = z
  .string()
  .regex(
    /^(?:[0-9a-f]{4}|[0-9a-f]{8}|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})$/i,
    "expected a UUID, such as 180f",
  )
  .transform(shortUuid);

const hex = z
  .string()
  .regex(/^(?:[0-9a-f]{2})+$/i, "expected bytes in hexadecimal digits")
  .transform((text) => text.toLowerCase());

/** One characteristic, and the property it is. */
export const pointSchema = z
  .strictObject({
    is: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,47}$/, "expected a property, such as battery, or x_… of your own")
      .describe("Property of the vocabulary, or x_<vendor>_<name>"),
    part: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_]{0,31}$/)
      .optional()
      .describe("Which one of several"),
    service: uuid.describe("UUID of the service"),
    characteristic: uuid.describe("UUID of the characteristic"),
    as: z.enum(codings).default("u8").describe("How the value lies there"),
    at: z.number().int().min(0).max(511).default(0).describe("Byte at which it begins"),
    mul: z.number().default(1).describe("value = (number there + add) × mul"),
    add: z.number().default(0).describe("See mul"),
    values: z
      .record(hex, z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe("Bytes there, and the value that each stands for"),
    read: z.boolean().default(true).describe("Whether it can be read"),
    every: z
      .number()
      .min(60)
      .max(2_592_000)
      .optional()
      .describe("Seconds from reading to reading; only when asked otherwise"),
    subscribe: z.boolean().default(false).describe("Whether the device tells it by itself"),
    write: z
      .enum(["no", "confirmed", "unconfirmed"])
      .default("no")
      .describe("Whether it can be written, and whether the device confirms that"),
    writes: z
      .record(z.string(), hex)
      .optional()
      .describe("Bytes to write for each value, where they are not those that are read"),
    write_to: uuid.optional().describe("Characteristic to write to, where it is another one"),
    answer: z
      .strictObject({
        characteristic: uuid.describe("Where the device answers a write by a notification"),
        ok: z.array(hex).min(1).describe("How answers begin that mean it was done"),
      })
      .optional()
      .describe("How the device says whether it did what was written"),
  })
  .superRefine(({ is, at, write, writes, subscribe, read, every, mul }, context) => {
    const wrong = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if (!specOf(is) && !/^x_[a-z0-9]+_[a-z]/.test(is)) {
      wrong("is", "expected a property of the vocabulary, or x_<vendor>_<name>");
    }
    if (at > 0 && write !== "no" && !writes) {
      wrong("at", "what is written begins at the first byte: give the bytes under writes");
    }
    if (writes && write === "no") wrong("writes", "write says that it cannot be written");
    if (!read && every !== undefined) wrong("every", "read says that it cannot be read");
    if (!read && !subscribe && write === "no") wrong("read", "nothing can be done with it");
    if (mul === 0) wrong("mul", "every value would be 0");
  });

/** What a profile is made of. */
export type Point = z.output<typeof pointSchema>;
export type PointText = z.input<typeof pointSchema>;
