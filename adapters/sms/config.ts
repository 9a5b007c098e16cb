import { slug, z } from "koine/adapter";
import { isNumber, worldNumber } from "./number.ts";

const modem = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "expected lower-case letters, digits and hyphens")
    .default("modem")
    .describe("Names the modem where there are several"),
  port: z
    .string()
    .regex(/^(?:\/|tcp:\/\/[^/:]+:\d+$)/, "expected a path, or tcp://host:port")
    .describe("Where it is: a path such as /dev/serial/by-id/usb-…, or tcp://host:port"),
  baud_rate: z.number().int().positive().default(115_200).describe("Speed of its serial port"),
  pin: z
    .string()
    .regex(/^\d{4,8}$/, "expected 4 to 8 digits")
    .optional()
    .describe("PIN of the SIM, where it asks for one. Use !secret"),
});

const person = z.strictObject({
  name: z.string().min(1).max(64).describe("What the person is called"),
  number: z.string().describe("Mobile number; with country code, or as it is dialled in country:"),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(?:-[A-Za-z]{2,8})*$/, "expected a language tag, such as sw")
    .optional()
    .describe("Language the person is answered in"),
  groups: z.array(z.string().min(1).max(64)).default([]).describe("Groups the person belongs to"),
});

/** Everything a `use: sms` entry may say. */
export const configSchema = z
  .strictObject({
    modems: z.array(modem).min(1).describe("The modems, in the order they are used"),
    country: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, "expected a country code without +, such as 254")
      .optional()
      .describe("Country code of numbers that begin with 0"),
    people: z.array(person).default([]).describe("Who can be texted, and who texts"),
    reports: z.boolean().default(true).describe("Ask the network whether texts were delivered"),
  })
  .superRefine(({ modems, people, country }, context) => {
    const names = modems.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const path = ["modems", index, "name"];
      context.addIssue({ code: "custom", path, message: `another modem is called "${name}"` });
    }
    const ids = people.map(({ name, number }) => slug(name) || slug(number));
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) === index) continue;
      const path = ["people", index, "name"];
      context.addIssue({ code: "custom", path, message: "another person is called so" });
    }
    for (const [index, { number }] of people.entries()) {
      if (isNumber(worldNumber(number, country))) continue;
      const path = ["people", index, "number"];
      context.addIssue({ code: "custom", path, message: "expected a mobile number" });
    }
  });

export type SmsConfig = z.infer<typeof configSchema>;
export type ModemConfig = SmsConfig["modems"][number];
