import { z } from "zod";
import { acts, type AccessRule } from "../bus/access/access.ts";
import { exposureOf } from "../bus/access/exposure.ts";
import { protocols } from "../bus/embedded/listener.ts";
import { isTopicFilter, isTopicName } from "../bus/topic-filter.ts";
import { isolations } from "../core/adapter.ts";
import { alertRuleSchema } from "../model/alert-rule.ts";
import { parseQuietHours } from "../model/quiet-hours.ts";

const logLevels = ["debug", "info", "warn", "error"] as const;

/** `tcp://127.0.0.1:1883` as its parts. */
const listenerSchema = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = protocols.find((one) => `${one}:` === url?.protocol);
  // 80 and 443 are left out of a URL of ws and wss.
  const port = Number(/:(\d+)$/.exec(text)?.[1] ?? Number.NaN);
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const isPlain = url?.username === "" && url.password === "" && /^\/?$/.test(url.pathname);
  if (protocol === undefined || Number.isNaN(port) || host === "" || !isPlain) {
    context.addIssue(
      "expected tcp://host:port, tls://host:port, ws://host:port or wss://host:port",
    );
    return z.NEVER;
  }
  return { protocol, host, port } as const;
});

const filterSchema = z.string().refine(isTopicFilter, "expected a topic or a topic filter");

const ruleSchema = z
  .strictObject({
    allow: filterSchema.optional().describe("What is allowed: a topic or a topic filter"),
    deny: filterSchema.optional().describe("What is denied: a topic or a topic filter"),
    to: z
      .array(z.enum(acts))
      .min(1)
      .prefault([...acts])
      .describe("publish, subscribe or both"),
    who: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Users and roles it is about; everybody when absent"),
  })
  .transform(({ allow, deny, to, who }, context): AccessRule => {
    const topic = allow ?? deny;
    if (topic === undefined || (allow !== undefined && deny !== undefined)) {
      context.addIssue("expected either allow or deny");
      return z.NEVER;
    }
    return { verdict: allow === undefined ? "deny" : "allow", topic, acts: to, who };
  });

const brokerUrlSchema = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^(?:mqtts?|wss?):\/\//.test(text),
    "expected mqtt://host, mqtts://host, ws://host or wss://host",
  )
  .transform((text) => new URL(text));

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
      .describe("Where MQTT clients may connect: tcp, tls, ws or wss, as in tls://0.0.0.0:8883"),
    insecure: z
      .boolean()
      .default(false)
      .describe(
        "Let other machines in without TLS, and, while there are no users, without a password",
      ),
    tls: z
      .strictObject({
        cert: z.string().optional().describe("Certificate to show, PEM, instead of Koine's own"),
        key: z.string().optional().describe("Private key of that certificate, PEM"),
        names: z
          .array(z.string())
          .default([])
          .describe("More names and addresses under which clients reach this gateway"),
      })
      .refine(
        ({ cert, key }) => (cert === undefined) === (key === undefined),
        "expected cert and key, or neither",
      )
      .prefault({})
      .describe("What tls and wss listeners show"),
    rules: z
      .array(ruleSchema)
      .default([])
      .describe("What is allowed or denied, whatever the roles say; the first that fits decides"),
    url: brokerUrlSchema
      .optional()
      .describe("Use this broker instead of the own one: mqtts://user:password@host:8883"),
    ca: z
      .string()
      .optional()
      .describe("Certificates, PEM, of who vouches for that broker; the system's when absent"),
  })
  .superRefine(({ listen, insecure }, context) => {
    if (insecure) return;
    for (const address of exposureOf(listen).unencrypted) {
      const safe = address.protocol === "ws" ? "wss" : "tls";
      context.addIssue({
        code: "custom",
        path: ["listen", listen.findIndex((one) => one === address)],
        message: `other machines could reach this without encryption; expected ${safe}://, or bus.insecure: true`,
      });
    }
  })
  .describe("The MQTT broker: the embedded one, or another");

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

const topicSchema = z
  .string()
  .refine((topic) => isTopicName(topic) && !topic.startsWith("$"), "expected a topic");

const homeAssistantSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Describe every device to Home Assistant"),
    prefix: topicSchema
      .default("homeassistant")
      .describe("The discovery prefix that is set in Home Assistant"),
    status: topicSchema
      .default("homeassistant/status")
      .describe("Where Home Assistant says online when it has started"),
  })
  .describe("MQTT discovery for Home Assistant");

const gatewaySchema = z
  .strictObject({
    interval: z
      .number()
      .min(1)
      .max(3_600)
      .default(10)
      .describe("Seconds between the figures of the gateway, and of the machine it runs on"),
    probe: z
      .number()
      .min(0)
      .max(1_440)
      .default(30)
      .describe(
        "Minutes after which a heap that V8 has not collected by itself is collected, to see whether it leaks; 0 for never",
      ),
    on_critical: z
      .enum(["alert", "restart"])
      .default("alert")
      .describe(
        "When memory will be full soon: alert alone, or end at a quiet minute with exit code 70, so that systemd starts it again",
      ),
  })
  .describe("The gateway as a device");

/** What it takes to start something: to end it takes nothing. */
const startLevelSchema = z.enum(["act", "danger"]);

const dialogueSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Answer the texts of people"),
    language: z
      .string()
      .default("en")
      .describe(
        "Language of answers to people without one: en, es, pt, fr, hi, hi-Deva, sw, vi, ar",
      ),
    owners: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Who may add people, and is told of strangers and wrong codes: names, or group:farm",
      ),
    on_minutes: z
      .number()
      .min(1)
      .max(1_440)
      .default(120)
      .describe(
        "After how long something ends that was started by text without a time, in minutes",
      ),
    devices: z
      .record(
        z.string(),
        z.strictObject({
          aliases: z.array(z.string().min(1)).default([]).describe("What people call it, too"),
          area: z.string().min(1).optional().describe("Where it stands: field, barn"),
          number: z
            .number()
            .int()
            .min(1)
            .max(999)
            .optional()
            .describe("What it is called in menus"),
          level: startLevelSchema
            .optional()
            .describe("What it takes to start it: act, or danger with a code"),
          on_minutes: z.number().min(1).max(1_440).optional().describe("As above, for this device"),
          all_off: z.boolean().default(true).describe("Whether ALL OFF switches it off"),
        }),
      )
      .default({})
      .describe("What is said of devices to people who text, by id or name"),
    levels: z
      .array(
        z.strictObject({
          class: z.string().optional().describe("Device class; every class when absent"),
          property: z.string().optional().describe("Property; every property when absent"),
          level: startLevelSchema.describe("What it takes to start that"),
        }),
      )
      .default([])
      .describe("What goes before the built-in table of levels; the first that fits decides"),
    rights: z
      .array(
        z.strictObject({
          who: z.array(z.string().min(1)).min(1).describe("Names of people, group:farm, or *"),
          on: z
            .array(z.string().min(1))
            .min(1)
            .prefault(["*"])
            .describe("Devices, area:field, or *"),
          may: z
            .enum(["read", "safe", "act", "danger"])
            .describe("The most they may do: read, safe, act or danger"),
        }),
      )
      .default([])
      .describe("What people may do with what; everything, when there is no rule at all"),
  })
  .describe("Talking with people by text");

const alertsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Watch for trouble, and tell people of it"),
    built_in: z
      .boolean()
      .default(true)
      .describe("Watch for smoke, gas, leaks, low batteries, adapters that are down, a full disk"),
    rules: z
      .array(alertRuleSchema)
      .superRefine((rules, context) => {
        const ids = rules.map(({ id }) => id);
        for (const [index, id] of ids.entries()) {
          if (id === undefined || ids.indexOf(id) === index) continue;
          const message = `another rule has the id "${id}"`;
          context.addIssue({ code: "custom", path: [index, "id"], message });
        }
      })
      .default([])
      .describe("What else to watch for"),
    chain: z
      .array(
        z.strictObject({
          who: z.array(z.string().min(1)).min(1).describe("Names of people, group:farm, or *"),
          wait: z
            .number()
            .min(10)
            .max(86_400)
            .default(300)
            .describe("Seconds they have to answer, before the next ones are told"),
        }),
      )
      .optional()
      .describe("Who is told, one after the other; the owners, then everybody, when absent"),
    call: z
      .boolean()
      .default(true)
      .describe("Let phones ring when nobody has answered, where a modem can"),
    quiet: z
      .record(
        z.string(),
        z
          .string()
          .regex(/^\d?\d:\d\d-\d?\d:\d\d$/, "expected hours such as 22:00-06:00")
          .refine(
            (text) => parseQuietHours(text) !== undefined,
            "expected hours such as 22:00-06:00",
          ),
      )
      .default({})
      .describe("When only what is critical is told, by name of the person, or * for everybody"),
  })
  .describe("Alerts, and who is told of them");

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
      "Where it runs: none, in the daemon, worker, in a thread of its own, or process; only stronger",
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
  home_assistant: homeAssistantSchema.prefault({}),
  dialogue: dialogueSchema.prefault({}),
  alerts: alertsSchema.prefault({}),
  adapters: z
    .array(adapterEntrySchema)
    .prefault([{ use: "wifi" }])
    .describe("The worlds to connect"),
});
export type Config = z.infer<typeof configSchema>;
