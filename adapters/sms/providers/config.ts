import { z } from "koine/adapter";

const common = {
  price: z
    .number()
    .min(0)
    .default(0)
    .describe("What a message costs, in the currency of the budget"),
  poll_s: z.number().min(1).default(15).describe("How often it is asked what came in, in s"),
};

const name = (usual: string) =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "expected lower-case letters, digits and hyphens")
    .default(usual)
    .describe("Names it where there are several");

const url = (usual: string) =>
  z
    .string()
    .regex(/^https?:\/\/[^/]+/, "expected an address")
    .transform((text) => text.replace(/\/+$/, ""))
    .prefault(usual)
    .describe("Where it is; of providers, for tests and regions");

const number = z.string().regex(/^\+?\d{3,15}$/, "expected a number");

const twilio = z.strictObject({
  use: z.literal("twilio"),
  name: name("twilio"),
  account: z
    .string()
    .regex(/^AC\w+$/, "expected an account SID, AC…")
    .describe("Account SID"),
  token: z.string().min(1).describe("Auth token: signs webhooks, too. Use !secret"),
  key: z
    .strictObject({ sid: z.string().min(1), secret: z.string().min(1) })
    .optional()
    .describe("API key to send with instead of the token"),
  from: number.optional().describe("Number that texts come from, and that is answered to"),
  service: z
    .string()
    .regex(/^MG\w+$/, "expected MG…")
    .optional()
    .describe("Messaging service SID"),
  inbound: z.enum(["poll", "webhook", "none"]).default("poll").describe("How texts come in"),
  url: url("https://api.twilio.com"),
  ...common,
});

const vonage = z.strictObject({
  use: z.literal("vonage"),
  name: name("vonage"),
  api_key: z.string().min(1).describe("API key"),
  secret: z.string().min(1).describe("API secret. Use !secret"),
  from: z.string().min(1).max(15).describe("Number or name that texts come from"),
  signature: z
    .strictObject({
      secret: z.string().min(1),
      method: z.enum(["md5hash", "md5", "sha1", "sha256", "sha512"]).default("md5hash"),
    })
    .optional()
    .describe("What its webhooks are signed with; needed for them. Use !secret"),
  inbound: z.enum(["webhook", "none"]).default("none").describe("How texts come in"),
  url: url("https://rest.nexmo.com"),
  ...common,
});

const smsgate = z.strictObject({
  use: z.literal("smsgate"),
  name: name("smsgate"),
  url: z
    .string()
    .regex(/^https?:\/\/[^/]+/, "expected an address such as http://192.168.1.20:8080")
    .transform((text) => text.replace(/\/+$/, ""))
    .describe("Where the app on the phone listens: http://192.168.1.20:8080"),
  user: z.string().min(1).default("sms").describe("User, as the app shows it"),
  password: z.string().min(1).describe("Password, as the app shows it. Use !secret"),
  sim: z.number().int().min(1).max(8).optional().describe("Which SIM of the phone"),
  signing_key: z
    .string()
    .min(1)
    .optional()
    .describe("What its webhooks are signed with; needed for them. Use !secret"),
  inbound: z.enum(["poll", "webhook", "none"]).default("poll").describe("How texts come in"),
  ...common,
});

const africastalking = z.strictObject({
  use: z.literal("africastalking"),
  name: name("africastalking"),
  username: z.string().min(1).describe("Name of the application; sandbox for the sandbox"),
  api_key: z.string().min(1).describe("API key. Use !secret"),
  from: z.string().min(1).max(15).optional().describe("Short code or name that texts come from"),
  hook_secret: z
    .string()
    .regex(/^[\w-]{16,}$/, "expected 16 letters or digits at least")
    .optional()
    .describe(
      "Part of the path of its webhooks, which are not signed; needed for them. Use !secret",
    ),
  inbound: z.enum(["poll", "webhook", "none"]).default("poll").describe("How texts come in"),
  url: url("https://api.africastalking.com"),
  ...common,
});

/** One provider: texts over HTTP. */
export const providerSchema = z
  .discriminatedUnion("use", [twilio, vonage, smsgate, africastalking])
  .superRefine((provider, context) => {
    const needs = (key: string, why: string): void =>
      context.addIssue({ code: "custom", path: [key], message: why });
    const { use, inbound } = provider;
    if (use === "twilio" && provider.from === undefined && provider.service === undefined) {
      needs("from", "expected the number, or a messaging service, that texts come from");
    }
    if (inbound !== "webhook") return;
    if (use === "vonage" && !provider.signature) {
      needs("signature", "expected what its webhooks are signed with: none is believed without");
    }
    if (use === "smsgate" && provider.signing_key === undefined) {
      needs("signing_key", "expected the key of its webhooks: none is believed without");
    }
    if (use === "africastalking" && provider.hook_secret === undefined) {
      needs("hook_secret", "expected a secret for its path: its webhooks are not signed");
    }
  });

export type ProviderConfig = z.infer<typeof providerSchema>;
export type TwilioConfig = z.infer<typeof twilio>;
export type VonageConfig = z.infer<typeof vonage>;
export type SmsGateConfig = z.infer<typeof smsgate>;
export type AfricasTalkingConfig = z.infer<typeof africastalking>;
