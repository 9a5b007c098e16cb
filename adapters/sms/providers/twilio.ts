import { z } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Progress, Refusal, Sent } from "../routes/route.ts";
import type { TwilioConfig } from "./config.ts";
import type { Arrival, Dialect, Hook, HookSaid, HttpRequest } from "./dialect.ts";
import { basic, parsed } from "./reading.ts";
import { isSame, twilioSignature } from "./signature.ts";

/** What it takes at most, in s. */
const longestValidityS = 36_000;
const pageSize = 100;

const message = z.object({
  sid: z.string(),
  status: z.string(),
  direction: z.string().optional(),
  from: z.string().nullish(),
  to: z.string().nullish(),
  body: z.string().nullish(),
  date_created: z.string().nullish(),
  date_sent: z.string().nullish(),
  error_code: z.number().nullish(),
});
const page = z.object({ messages: z.array(message), next_page_uri: z.string().nullish() });
const failure = z.object({ code: z.number(), message: z.string().optional() });

/** What its errors mean (twilio.com/docs/api/errors); others are of this route alone. */
const meanings: Readonly<{ [code: number]: Refusal }> = {
  // No number, a landline.
  21211: "final",
  21214: "final",
  21614: "final",
  // Authentication, and a sender that is not ours.
  20003: "route",
  20005: "route",
  21603: "route",
  21606: "route",
  21608: "route",
  // Too many at once, a full queue.
  20429: "temporary",
  21611: "temporary",
};
/** A queue that was full, a phone that was off, and what nobody knows. */
const passing: ReadonlySet<number> = new Set([30001, 30003, 30008]);

const stages: Readonly<{ [status: string]: Progress["stage"] }> = {
  sent: "sent",
  delivered: "delivered",
  read: "delivered",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
};

/** Twilio's Messages resource, 2010-04-01. */
export function twilio(config: TwilioConfig): Dialect {
  const { account, token, key, from, service, url } = config;
  const messages = `${url}/2010-04-01/Accounts/${account}/Messages`;
  const headers = key ? basic(key.sid, key.secret) : basic(account, token);
  const get = (address: string): HttpRequest => ({ method: "GET", url: address, headers });
  return {
    send({ to, body, validityS }) {
      const sender =
        service === undefined ? { From: from ?? "" } : { MessagingServiceSid: service };
      const validity = String(Math.min(Math.max(validityS, 1), longestValidityS));
      const form = new URLSearchParams({ To: to, ...sender, Body: body, ValidityPeriod: validity });
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const address = `${messages}.json`;
      return {
        method: "POST",
        url: address,
        headers: { ...headers, ...type },
        body: form.toString(),
      };
    },
    sent({ status, json }): Sent {
      const { data } = message.safeParse(json);
      if (status === 201 && data) return { outcome: "accepted", references: [data.sid] };
      const { code } = failure.safeParse(json).data ?? {};
      const refusal = (code === undefined ? undefined : meanings[code]) ?? "not_here";
      return { outcome: "refused", refusal, message: `Twilio refuses it (${code ?? status})` };
    },
    find: {
      request({ to }) {
        const query = new URLSearchParams({ To: to, PageSize: String(pageSize) });
        return get(`${messages}.json?${query.toString()}`);
      },
      read({ status, json }, { body, to }, triedAtMs) {
        const { data } = page.safeParse(json);
        if (status !== 200 || !data) return undefined;
        const ours = data.messages.find(
          (one) =>
            one.direction?.startsWith("outbound") === true &&
            one.to === to &&
            one.body?.trim() === body.trim() &&
            timeOf(one.date_created) >= triedAtMs - limits.clocksApartMs,
        );
        return ours ? { reference: ours.sid } : "absent";
      },
    },
    ask: {
      request: (reference) => get(`${messages}/${encodeURIComponent(reference)}.json`),
      read({ status, json }) {
        const { data } = message.safeParse(json);
        return status === 200 && data ? progressOf(data.status, data.error_code) : undefined;
      },
    },
    poll: {
      request(cursor) {
        // It knows days only; the day before, for clocks are not the same.
        const since = new Date(Number(cursor) - limits.dayMs).toISOString().slice(0, 10);
        const query = new URLSearchParams({ PageSize: String(pageSize), "DateSent>": since });
        if (from !== undefined) query.set("To", from);
        return get(`${messages}.json?${query.toString()}`);
      },
      read({ status, json }, cursor, nowMs) {
        const { messages: all, next_page_uri: next } = parsed(
          page,
          status === 200 && json,
          "Twilio",
        );
        const arrivals = all
          .filter(
            ({ direction, status: state }) => direction === "inbound" && state !== "receiving",
          )
          .map((one): Arrival => {
            const sentAtMs = timeOf(one.date_sent ?? one.date_created);
            return { id: one.sid, from: one.from ?? "", body: one.body ?? "", sentAtMs };
          });
        const more = next === null || next === undefined ? undefined : get(url + next);
        return { arrivals, cursor: more ? cursor : String(nowMs), next: more };
      },
    },
    hook: (hook) => (isSigned(hook, token) ? hookSaid(new URLSearchParams(hook.body)) : undefined),
  };
}

/** Whether Twilio sent it: it may have dialled with or without the port. */
function isSigned({ url, headers, body, method }: Hook, token: string): boolean {
  const given = headers["x-twilio-signature"];
  if (typeof given !== "string") return false;
  const settings = String(headers["x-twilio-webhooks-signature-settings"] ?? "");
  const algorithm = /HMAC_SHA256/i.test(settings) ? "sha256" : "sha1";
  const params = new URLSearchParams(method === "POST" ? body : "");
  const usual = url.protocol === "https:" ? "443" : "80";
  const plain = url.href;
  const dialled = url.port === "" ? plain.replace(url.host, `${url.hostname}:${usual}`) : plain;
  return [plain, dialled].some((one) =>
    isSame(given, twilioSignature(token, one, params, algorithm)),
  );
}

function hookSaid(form: URLSearchParams): HookSaid {
  const reference = form.get("MessageSid") ?? form.get("SmsSid");
  const status = form.get("MessageStatus") ?? form.get("SmsStatus") ?? "";
  if (reference === null) return {};
  const answer = { type: "text/xml", body: "<Response/>" };
  const [from, body] = [form.get("From"), form.get("Body")];
  if (status === "received" || (form.get("MessageStatus") === null && body !== null)) {
    return { arrival: { id: reference, from: from ?? "", body: body ?? "" }, answer };
  }
  const progress = progressOf(status, Number(form.get("ErrorCode") ?? 0));
  return progress ? { progress: { ...progress, reference }, answer } : { answer };
}

function progressOf(
  status: string,
  code: number | null | undefined,
): Omit<Progress, "route" | "reference"> | undefined {
  const stage = stages[status];
  if (stage === undefined) return undefined;
  if (stage !== "failed") return { stage };
  const isPassing = passing.has(code ?? 0);
  return { stage, message: `Twilio could not deliver it (${code ?? status})`, isPassing };
}

function timeOf(text: string | null | undefined): number {
  return Date.parse(text ?? "");
}
