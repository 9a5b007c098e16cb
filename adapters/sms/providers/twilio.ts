import { ProtocolError, z } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Outgoing, Progress, Refusal, Sent } from "../routes/route.ts";
import type { TwilioConfig } from "./config.ts";
import type { Arrival, Dialect, Hook, HookSaid, HttpRequest } from "./dialect.ts";
import { basic, parsed, queryOf, readable, timeOf } from "./reading.ts";
import { isSame, twilioSignature } from "./signature.ts";
import { unreadable } from "./unreadable.ts";

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
const page = z.object({ messages: z.array(z.unknown()), next_page_uri: z.string().nullish() });
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
      if (status < 300) {
        if (data) return { outcome: "accepted", references: [data.sid] };
        return { outcome: "unknown", message: "Twilio said nothing to be read" };
      }
      const { code } = failure.safeParse(json).data ?? {};
      // Somebody in between, not Twilio.
      if (code === undefined) return unreadable("Twilio", status);
      const refusal = meanings[code] ?? "not_here";
      return { outcome: "refused", refusal, message: `Twilio refuses it (${code})` };
    },
    find: {
      request({ to }) {
        const query = new URLSearchParams({ To: to, PageSize: String(pageSize) });
        return get(`${messages}.json?${query.toString()}`);
      },
      read({ status, json }, text, { atMs, isOther }) {
        const { data } = page.safeParse(json);
        if (status !== 200 || !data) return undefined;
        const like = readable(message, data.messages).all.filter(
          (one) => isLike(one, text) && !isOther(one.sid),
        );
        const since = (ms: number) => (one: z.infer<typeof message>) =>
          (timeOf(one.date_created) ?? atMs) >= atMs - ms;
        const [ours, ...others] = like.filter(since(limits.clocksApartMs));
        // The same text may be there from another time: nobody knows which is which.
        if (others.length > 0) return undefined;
        if (ours) return { reference: ours.sid };
        return like.some(since(limits.dayMs)) ? undefined : "absent";
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
      first(cursor) {
        // It knows days only; the day before, for clocks are not the same.
        const since = new Date(Number(cursor) - limits.dayMs).toISOString().slice(0, 10);
        const query = new URLSearchParams({ PageSize: String(pageSize), "DateSent>": since });
        if (from !== undefined) query.set("To", from);
        return get(`${messages}.json?${query.toString()}`);
      },
      page: (path) => get(url + path),
      read({ status, json }, cursor, nowMs) {
        const said = parsed(page, status === 200 && json, "Twilio");
        const { all, odd } = readable(message, said.messages);
        const arrivals = all
          .filter(
            ({ direction, status: state }) => direction === "inbound" && state !== "receiving",
          )
          .map((one): Arrival => {
            const sentAtMs = timeOf(one.date_sent ?? one.date_created);
            return { id: one.sid, from: one.from ?? "", body: one.body ?? "", sentAtMs };
          });
        const next = said.next_page_uri ?? undefined;
        return { arrivals, odd, next, cursor: next === undefined ? String(nowMs) : cursor };
      },
    },
    hook(hook) {
      if (!isSigned(hook, token)) return undefined;
      const { method, address, body } = hook;
      return hookSaid(method === "GET" ? queryOf(address) : new URLSearchParams(body));
    },
  };
}

/** Whether it is the same text to the same person. */
function isLike(one: z.infer<typeof message>, { to, body }: Outgoing): boolean {
  const isOut = one.direction?.startsWith("outbound") === true;
  return isOut && one.to === to && one.body?.trim() === body.trim();
}

/** Whether Twilio sent it: it may have dialled with or without the port. */
function isSigned({ address, headers, body, method }: Hook, token: string): boolean {
  const given = headers["x-twilio-signature"];
  if (typeof given !== "string") return false;
  const settings = String(headers["x-twilio-webhooks-signature-settings"] ?? "");
  const algorithm = /HMAC_SHA256/i.test(settings) ? "sha256" : "sha1";
  const params = new URLSearchParams(method === "POST" ? body : "");
  const usual = address.startsWith("https:") ? "443" : "80";
  const withPort = address.replace(/^(https?:\/\/[^/:]+)(?=[/?]|$)/, `$1:${usual}`);
  return [address, withPort].some((one) =>
    isSame(given, twilioSignature(token, one, params, algorithm)),
  );
}

function hookSaid(form: URLSearchParams): HookSaid {
  const reference = form.get("MessageSid") ?? form.get("SmsSid");
  const status = form.get("MessageStatus") ?? form.get("SmsStatus") ?? "";
  if (reference === null) throw new ProtocolError("A hook of Twilio names no message");
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
