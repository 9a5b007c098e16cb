import { isIP } from "node:net";
import { z } from "zod";
import { isolations } from "../core/adapter.ts";

const logLevels = ["debug", "info", "warn", "error"] as const;

const loopbackHosts = new Set(["localhost", "::1"]);

function isLoopback(host: string): boolean {
  return loopbackHosts.has(host) || (isIP(host) === 4 && host.startsWith("127."));
}

/** `tcp://127.0.0.1:1883` as its parts. */
const listenerSchema = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol.slice(0, -1);
  const port = Number(url?.port);
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  if ((protocol !== "tcp" && protocol !== "ws") || url?.port === "" || host === "") {
    context.addIssue("expected tcp://host:port or ws://host:port");
    return z.NEVER;
  }
  if (!isLoopback(host)) {
    context.addIssue(
      "expected a loopback address such as 127.0.0.1: others need users and TLS, which this version does not have",
    );
    return z.NEVER;
  }
  return { protocol, host, port } as const;
});

const busSchema = z
  .strictObject({
    root: z
      .string()
      .regex(/^[a-z0-9_-]{1,32}$/, "expected one topic segment of a-z, 0-9, _ and -")
      .default("koine")
      .describe("First topic segment of everything Koine publishes"),
    listen: z
      .array(listenerSchema)
      .min(1, "expected at least one address")
      .prefault(["tcp://127.0.0.1:1883", "ws://127.0.0.1:9001"])
      .describe("Where MQTT clients may connect: tcp://host:port or ws://host:port"),
  })
  .describe("The embedded MQTT broker");

const publishSchema = z
  .strictObject({
    values: z.boolean().default(true).describe("Also publish each value on a topic of its own"),
    refresh: z
      .number()
      .min(1)
      .max(86_400)
      .default(300)
      .describe("Seconds after which an unchanged value that was heard again is published again"),
  })
  .describe("How states are published");

const commandsSchema = z
  .strictObject({
    timeout: z
      .number()
      .min(0.1)
      .max(600)
      .default(10)
      .describe("Seconds a device may take to answer a command"),
  })
  .describe("How commands are carried out");

const gatewaySchema = z
  .strictObject({
    interval: z
      .number()
      .min(1)
      .max(3_600)
      .default(10)
      .describe("Seconds between the figures of the gateway, and of the machine it runs on"),
  })
  .describe("The gateway as a device");

/** Names of the adapters that are the gateway itself; no other may have them. */
export const ownNames = { gateway: "gateway", host: "host" } as const;
const reservedNames = new Set<string>(Object.values(ownNames));

/** What every adapter entry has beside its own keys. */
export const adapterEntryShape = {
  use: z
    .string()
    .describe(
      "The kind of adapter: wifi, a file such as ./my-adapter.mjs, or an installed package",
    ),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, "expected a-z, 0-9, _ and -")
    .refine((name) => !reservedNames.has(name), "gateway and host are the gateway itself")
    .optional()
    .describe("Tells several adapters of one kind apart; the kind when absent"),
  isolation: z
    .enum(isolations)
    .optional()
    .describe(
      "Where it runs: none, in the daemon, or worker, in a thread of its own; only stronger",
    ),
  simulated: z
    .boolean()
    .default(false)
    .describe("Label every device of this adapter as simulated; koine demo does"),
};

const adapterEntrySchema = z.looseObject(adapterEntryShape);
export type AdapterEntry = z.infer<typeof adapterEntrySchema>;

/** Everything a configuration file may say. Defaults are here and nowhere else. */
export const configSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "expected a-z, 0-9 and -")
    .optional()
    .describe("Names this gateway: the device gateway-<id>; made at the first start when absent"),
  data: z
    .string()
    .min(1)
    .optional()
    .describe("Directory of all state; $STATE_DIRECTORY or ./koine-data when absent"),
  log: z
    .strictObject({
      level: z.enum(logLevels).default("info").describe("debug, info, warn or error"),
    })
    .prefault({})
    .describe("What is logged"),
  bus: busSchema.prefault({}),
  publish: publishSchema.prefault({}),
  commands: commandsSchema.prefault({}),
  gateway: gatewaySchema.prefault({}),
  adapters: z
    .array(adapterEntrySchema)
    .prefault([{ use: "wifi" }])
    .describe("The worlds to connect"),
});
export type Config = z.infer<typeof configSchema>;
