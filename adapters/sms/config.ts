import { z } from "koine/adapter";
import { limits } from "./limits.ts";
import { isNumber, personId, worldNumber } from "./number.ts";
import { providerSchema } from "./providers/config.ts";

const routeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "expected lower-case letters, digits and hyphens");

const price = z
  .number()
  .min(0)
  .default(0)
  .describe("What a message costs, in the currency of the budget");

const modem = z.strictObject({
  name: routeName.default("modem").describe("Names the modem where there are several"),
  port: z
    .string()
    .regex(
      /^(?:\/|tcp:\/\/[^/:]+:\d+$|usb:[0-9a-f]{4}:[0-9a-f]{4}(?::[^:]+)?$)/i,
      "expected a path, tcp://host:port, or usb:vendor:product",
    )
    .describe(
      "Where it is: a path such as /dev/serial/by-id/usb-…, usb:1e0e:9001 (with :serial where there are two), or tcp://host:port",
    ),
  baud_rate: z.number().int().positive().default(115_200).describe("Speed of its serial port"),
  pin: z
    .string()
    .regex(/^\d{4,8}$/, "expected 4 to 8 digits")
    .optional()
    .describe("PIN of the SIM, where it asks for one. Use !secret"),
  balance: z
    .string()
    .regex(/^[*#\d]{3,32}$/, "expected a code such as *144#")
    .optional()
    .describe("Code that people dial for the balance of the SIM: asked once a day"),
  price,
});

const routeOrder = z.array(routeName).min(1);

export const personSchema = z.strictObject({
  name: z.string().min(1).max(64).describe("What the person is called"),
  number: z.string().describe("Mobile number; with country code, or as it is dialled in country:"),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(?:-[A-Za-z]{2,8})*$/, "expected a language tag, such as sw")
    .optional()
    .describe("Language the person is answered in"),
  groups: z.array(z.string().min(1).max(64)).default([]).describe("Groups the person belongs to"),
  routes: routeOrder
    .optional()
    .describe("Names of modems and providers, best first, for this person"),
});
export type PersonConfig = z.infer<typeof personSchema>;

const caps = z.strictObject({
  messages: z.number().int().positive().optional().describe("Messages of the network"),
  money: z.number().positive().optional().describe("In the currency"),
});

const budget = z.strictObject({
  currency: z.string().max(8).default("").describe("What prices are in, for people to read"),
  day: caps.optional().describe("What may be spent in a day"),
  month: caps.optional().describe("What may be spent in a month of the calendar"),
  person: z.number().int().positive().optional().describe("Messages to one person in a day"),
});

const webhooks = z.strictObject({
  listen: z
    .string()
    .regex(/^http:\/\/[^/:]+:\d+$/, "expected http://host:port")
    .default("http://127.0.0.1:8089")
    .describe("Where providers are listened to; on this machine alone unless told otherwise"),
  public_url: z
    .string()
    .regex(/^https?:\/\/[^/]+(?:\/.*)?$/, "expected an address")
    .optional()
    .describe("Where providers reach that from outside, through a proxy or a tunnel: they sign it"),
});

/** Everything a `use: sms` entry may say. */
export const configSchema = z
  .strictObject({
    modems: z.array(modem).default([]).describe("The modems, in the order they are used"),
    providers: z
      .array(providerSchema)
      .default([])
      .describe("Providers on the internet and phones in the house, used after the modems"),
    routes: z
      .strictObject({
        takeover_s: z
          .number()
          .min(0)
          .default(limits.takeoverMs / 1_000)
          .describe("How long a route may be down before the next one takes its texts, in s"),
        order: routeOrder.optional().describe("Names of modems and providers, best first"),
        countries: z
          .record(
            z.string().regex(/^[1-9]\d{0,3}$/, "expected a country code such as 254"),
            routeOrder,
          )
          .default({})
          .describe("The same for numbers of a country, by its code"),
      })
      .prefault({})
      .describe("In which order modems and providers are used"),
    webhooks: webhooks.optional().describe("Lets providers tell by themselves what comes in"),
    budget: budget.prefault({}).describe("What may be spent; a fifth is kept for alarms"),
    country: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, "expected a country code without +, such as 254")
      .optional()
      .describe("Country code of numbers that begin with 0"),
    people: z.array(personSchema).default([]).describe("Who can be texted, and who texts"),
    reports: z.boolean().default(true).describe("Ask the network whether texts were delivered"),
  })
  .superRefine(({ modems, providers, routes, people, country, webhooks: hooks }, context) => {
    const wrong = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    if (modems.length + providers.length === 0) wrong(["modems"], "expected a modem or a provider");
    const names = [...modems, ...providers].map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const own = index - modems.length;
      const path = own < 0 ? ["modems", index, "name"] : ["providers", own, "name"];
      wrong(path, `another route is called "${name}"`);
    }
    const known = (order: readonly string[] | undefined, ...path: (string | number)[]): void => {
      for (const [index, name] of (order ?? []).entries()) {
        if (names.includes(name)) continue;
        wrong([...path, index], `no modem and no provider is called "${name}"`);
      }
    };
    known(routes.order, "routes", "order");
    for (const [code, order] of Object.entries(routes.countries)) {
      known(order, "routes", "countries", code);
    }
    for (const [index, { routes: own }] of people.entries()) known(own, "people", index, "routes");
    for (const [index, { inbound, name }] of providers.entries()) {
      if (inbound !== "webhook" || hooks) continue;
      wrong(["providers", index, "inbound"], `"${name}" needs webhooks: to be told what comes in`);
    }
    const ids = people.map(({ name }) => personId(name));
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) !== index)
        wrong(["people", index, "name"], "another person is called so");
    }
    for (const [index, { number }] of people.entries()) {
      if (!isNumber(worldNumber(number, country))) {
        wrong(["people", index, "number"], "expected a mobile number");
      }
    }
  });

export type SmsConfig = z.infer<typeof configSchema>;
export type ModemConfig = SmsConfig["modems"][number];
