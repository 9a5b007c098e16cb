import { ProtocolError, z } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Progress, Sent } from "../routes/route.ts";
import type { SmsGateConfig } from "./config.ts";
import type { Arrival, Dialect, Hook, HookSaid, HttpRequest } from "./dialect.ts";
import { basic, jsonOf, parsed } from "./reading.ts";
import { isSame, smsGateSignature } from "./signature.ts";

const pageSize = 100;

const messageSchema = z.object({
  id: z.string(),
  state: z.string(),
  recipients: z.array(z.object({ error: z.string().nullish() })).optional(),
});
const inboxSchema = z.array(
  z.object({
    id: z.string(),
    type: z.string().optional(),
    sender: z.string(),
    contentPreview: z.string().nullish(),
    createdAt: z.string(),
  }),
);
const hookSchema = z.object({
  event: z.string(),
  payload: z.looseObject({
    messageId: z.string().optional(),
    message: z.string().optional(),
    sender: z.string().optional(),
    phoneNumber: z.string().optional(),
    receivedAt: z.string().optional(),
    reason: z.string().optional(),
  }),
});

const stages: Readonly<{ [state: string]: Progress["stage"] }> = {
  Sent: "sent",
  Delivered: "delivered",
  Failed: "failed",
  Cancelled: "failed",
};
const hookStages: Readonly<{ [event: string]: Progress["stage"] }> = {
  "sms:sent": "sent",
  "sms:delivered": "delivered",
  "sms:failed": "failed",
  "sms:cancelled": "failed",
};

/** SMS Gateway for Android, in its local mode: a phone in the house. */
export function smsgate(config: SmsGateConfig): Dialect {
  const { url, user, password, sim, signing_key: key } = config;
  const headers = basic(user, password);
  const get = (path: string): HttpRequest => ({ method: "GET", url: url + path, headers });
  const messageAt = (id: string): HttpRequest => get(`/messages/${encodeURIComponent(id)}`);
  return {
    send({ id, to, body, validityS }) {
      const document = {
        id,
        textMessage: { text: body },
        phoneNumbers: [to],
        ttl: Math.max(validityS, 1),
        withDeliveryReport: true,
        ...(sim !== undefined && { simNumber: sim }),
      };
      const type = { "content-type": "application/json" };
      const all = { ...headers, ...type };
      return {
        method: "POST",
        url: `${url}/messages`,
        headers: all,
        body: JSON.stringify(document),
      };
    },
    sent({ status, json }, { id }): Sent {
      const { data } = messageSchema.safeParse(json);
      if (status === 202 && data) return { outcome: "accepted", references: [data.id] };
      // It has it already: this attempt came twice.
      if (status === 409) return { outcome: "accepted", references: [id] };
      return {
        outcome: "refused",
        refusal: "not_here",
        message: `The phone refuses it (${status})`,
      };
    },
    find: {
      request: ({ id }) => messageAt(id),
      read({ status }, { id }) {
        if (status === 404) return "absent";
        return status === 200 ? { reference: id } : undefined;
      },
    },
    ask: {
      request: messageAt,
      read({ status, json }) {
        const { data } = messageSchema.safeParse(json);
        const stage = status === 200 && data ? stages[data.state] : undefined;
        if (stage === undefined) return undefined;
        const why = data?.recipients?.[0]?.error ?? data?.state ?? "";
        return stage === "failed" ? { stage, message: failureOf(why) } : { stage };
      },
    },
    poll: {
      request: (cursor) => get(inboxPath(cursor, 0)),
      read({ status, json }, cursor, nowMs) {
        const all = parsed(inboxSchema, status === 200 && json, "the phone");
        const arrivals = all
          .filter(({ type = "SMS" }) => type === "SMS")
          .map(({ id, sender, contentPreview, createdAt }): Arrival => {
            const body = contentPreview ?? "";
            const sentAtMs = Date.parse(createdAt);
            // What the phone calls it is a small hash.
            return { id: `${id}/${sentAtMs}/${body}`, from: sender, body, sentAtMs };
          });
        const [at, offset = "0"] = cursor.split("+");
        if (all.length < pageSize) return { arrivals, cursor: String(nowMs) };
        const next = `${at}+${Number(offset) + pageSize}`;
        return { arrivals, cursor: next, next: get(inboxPath(next, Number(offset) + pageSize)) };
      },
    },
    hook: (hook) => hookSaid(hook, key),
  };
}

/** Texts by the time of their network, which may be late: from well before the last round on. */
function inboxPath(cursor: string, offset: number): string {
  const since = new Date(Number.parseInt(cursor, 10) - limits.lateMs).toISOString();
  const until = new Date(Number.parseInt(cursor, 10) + limits.dayMs * 365).toISOString();
  const query = new URLSearchParams({
    type: "SMS",
    from: since,
    to: until,
    limit: String(pageSize),
    offset: String(offset),
  });
  return `/inbox?${query.toString()}`;
}

function hookSaid({ headers, body, nowMs }: Hook, key: string | undefined): HookSaid | undefined {
  const timestamp = String(headers["x-timestamp"] ?? "");
  const isFresh = Math.abs(Number(timestamp) * 1_000 - nowMs) <= limits.hookAgeMs;
  if (key === undefined || timestamp === "" || !isFresh) return undefined;
  const given = String(headers["x-signature"] ?? "").toLowerCase();
  if (!isSame(given, smsGateSignature(key, body, timestamp))) return undefined;
  const { data } = hookSchema.safeParse(jsonOf(body));
  if (!data) throw new ProtocolError("Cannot read what the phone said");
  const { event, payload } = data;
  const { messageId = "", message = "", sender, phoneNumber = "", receivedAt, reason } = payload;
  if (event === "sms:received") {
    const from = sender ?? phoneNumber;
    const sentAtMs = Date.parse(receivedAt ?? "");
    const id = `${messageId}/${receivedAt ?? ""}/${message}`;
    return {
      arrival: { id, from, body: message, ...(!Number.isNaN(sentAtMs) && { sentAtMs }) },
    };
  }
  const stage = hookStages[event];
  if (stage === undefined || messageId === "") return {};
  const why = stage === "failed" && { message: failureOf(reason ?? event) };
  return { progress: { reference: messageId, stage, ...why } };
}

/** Its words may have the number in them. */
function failureOf(why: string): string {
  const [word = ""] = /RESULT_\w+|TTL expired|[a-z]+:[a-z]+|\w+/i.exec(why) ?? [];
  return `The phone could not send it (${word})`;
}
