import { ProtocolError, z } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Progress, Sent } from "../routes/route.ts";
import type { SmsGateConfig } from "./config.ts";
import type { Arrival, Dialect, Hook, HookSaid, HttpRequest } from "./dialect.ts";
import { basic, jsonOf, parsed, readable, timeOf } from "./reading.ts";
import { isSame, smsGateSignature } from "./signature.ts";
import { unreadable } from "./unreadable.ts";

const pageSize = 100;

const messageSchema = z.object({
  id: z.string(),
  state: z.string(),
  recipients: z.array(z.object({ error: z.string().nullish() })).optional(),
});
const arrivalSchema = z.object({
  id: z.string(),
  type: z.string().optional(),
  sender: z.string(),
  contentPreview: z.string().nullish(),
  createdAt: z.string().optional(),
});
const failureSchema = z.object({ message: z.string() });
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
      if (status < 300) {
        if (data) return { outcome: "accepted", references: [data.id] };
        return { outcome: "unknown", message: "The phone said nothing to be read" };
      }
      const isPhone = failureSchema.safeParse(json).success;
      // It has it already: this attempt came twice.
      if (status === 409 && isPhone) return { outcome: "accepted", references: [id] };
      if (!isPhone) return unreadable("The phone", status);
      const message = `The phone refuses it (${status})`;
      return { outcome: "refused", refusal: "not_here", message };
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
        return { stage, isOfOnePart: true, ...(stage === "failed" && failureOf(why)) };
      },
    },
    poll: {
      first: (cursor) => get(inboxPath(cursor, 0)),
      page: get,
      read({ status, headers: said, json }, cursor, nowMs, path) {
        const list = parsed(z.array(z.unknown()), status === 200 && json, "the phone");
        const { all, odd } = readable(arrivalSchema, list);
        const arrivals = all
          .filter(({ type = "SMS" }) => type === "SMS")
          .map(({ id, sender, contentPreview, createdAt }): Arrival => {
            const body = contentPreview ?? "";
            return { id: nameOf(id, body), from: sender, body, sentAtMs: timeOf(createdAt) };
          });
        const done = offsetOf(path) + list.length;
        const total = Number(said.get("x-total-count") ?? Number.NaN);
        const isMore = Number.isNaN(total) ? list.length === pageSize : done < total;
        if (!isMore || list.length === 0) return { arrivals, odd, cursor: String(nowMs) };
        return { arrivals, odd, cursor, next: inboxPath(cursor, done) };
      },
    },
    hook: (hook) => hookSaid(hook, key),
  };
}

/** Texts by the time of their network, which may be late: from well before the last round on. */
function inboxPath(cursor: string, offset: number): string {
  const at = Number(cursor);
  const query = new URLSearchParams({
    type: "SMS",
    from: new Date(at - limits.lateMs).toISOString(),
    to: new Date(at + 365 * limits.dayMs).toISOString(),
    limit: String(pageSize),
    offset: String(offset),
  });
  return `/inbox?${query.toString()}`;
}

function offsetOf(path: string | undefined): number {
  return Number(new URLSearchParams(path?.split("?")[1]).get("offset") ?? 0);
}

/**
 * What the phone calls a text: a small hash, as a number with a sign where it is asked, in hexadecimal
 * digits where it tells by itself. With what the text says nothing else has the same.
 */
function nameOf(id: string, body: string): string {
  const hex = /^[0-9a-f]{1,8}$/i.test(id) ? String(Number.parseInt(id, 16) | 0) : undefined;
  return `${hex ?? id.replace(/^text:/, "")}/${body}`;
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
    const sentAtMs = timeOf(receivedAt);
    return { arrival: { id: nameOf(messageId, message), from, body: message, sentAtMs } };
  }
  const stage = hookStages[event];
  if (stage === undefined) return {};
  if (messageId === "") throw new ProtocolError("A hook of the phone names no message");
  const why = stage === "failed" && failureOf(reason ?? event);
  // It says so of each part, and that all are delivered as soon as one is.
  return { progress: { reference: messageId, stage, isOfOnePart: true, ...why } };
}

/** Those of its words that say what happened: others may have the number in them. */
const knownWords = /RESULT_[A-Z_]+|TTL expired|Failed|Cancelled/;
/** What may be otherwise in a moment. */
const passingWords = /NO_SERVICE|RADIO_OFF|LIMIT_EXCEEDED|RETRY|MODEM|NETWORK|BUSY|SYSTEM/;

function failureOf(why: string): Pick<Progress, "message" | "isPassing"> {
  const [word = "it says why in its app"] = knownWords.exec(why) ?? [];
  return { message: `The phone could not send it (${word})`, isPassing: passingWords.test(word) };
}
