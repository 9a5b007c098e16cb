import { ProtocolError, z } from "koine/adapter";
import type { Progress, Refusal, Sent } from "../routes/route.ts";
import type { AfricasTalkingConfig } from "./config.ts";
import type { Arrival, Dialect, Hook, HookSaid, HttpRequest } from "./dialect.ts";
import { paramsOf, parsed, readable, timeOf, withPlus } from "./reading.ts";
import { isSame } from "./signature.ts";
import { unreadable } from "./unreadable.ts";

const sentSchema = z.object({
  SMSMessageData: z.object({
    Message: z.string().optional(),
    Recipients: z.array(z.object({ statusCode: z.number(), messageId: z.string().optional() })),
  }),
});
const inboxSchema = z.object({
  SMSMessageData: z.object({ Messages: z.array(z.unknown()) }),
});
const arrivalSchema = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  from: z.string(),
  text: z.string(),
  date: z.string().optional(),
});

/** Its codes (developers.africastalking.com); others are of this route alone. */
const meanings: Readonly<{ [code: number]: Refusal }> = {
  402: "route",
  403: "final",
  404: "final",
  405: "route",
  500: "temporary",
  501: "temporary",
};
/** What stands in `Message` where there is no recipient at all. */
const words: Readonly<{ [word: string]: Refusal }> = {
  InvalidPhoneNumber: "final",
  InvalidSenderId: "route",
  InsufficientBalance: "route",
};

const stages: Readonly<{ [status: string]: Progress["stage"] }> = {
  Sent: "sent",
  Submitted: "sent",
  Buffered: "sent",
  Success: "delivered",
  Failed: "failed",
  Rejected: "failed",
  AbsentSubscriber: "failed",
  Expired: "failed",
};

/** Africa's Talking's messaging API, version 1. */
export function africastalking(config: AfricasTalkingConfig): Dialect {
  const { username, api_key: key, from, hook_secret: secret, url } = config;
  const headers = { apikey: key, accept: "application/json" };
  const messaging = `${url}/version1/messaging`;
  const page = (lastId: string): HttpRequest => {
    const query = new URLSearchParams({ username, lastReceivedId: lastId });
    return { method: "GET", url: `${messaging}?${query.toString()}`, headers };
  };
  return {
    send({ to, body }) {
      const sender = from === undefined ? {} : { from };
      const form = new URLSearchParams({ username, to, message: body, ...sender, enqueue: "1" });
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const all = { ...headers, ...type };
      return { method: "POST", url: messaging, headers: all, body: form.toString() };
    },
    sent({ status, json }): Sent {
      const { SMSMessageData: said } = sentSchema.safeParse(json).data ?? {};
      if (!said) {
        if (status >= 300) return unreadable("Africa's Talking", status);
        return { outcome: "unknown", message: "Africa's Talking said nothing to be read" };
      }
      const [recipient] = said.Recipients;
      const { statusCode: code = 0, messageId } = recipient ?? {};
      const reference = messageId === undefined || messageId === "None" ? [] : [messageId];
      if (code === 101) return { outcome: "sent", references: reference };
      if (code === 100 || code === 102) return { outcome: "accepted", references: reference };
      const word = /^\w+/.exec(said.Message ?? "")?.[0] ?? "";
      const refusal = (recipient ? meanings[code] : words[word]) ?? "not_here";
      const why = recipient ? String(code) : word;
      return { outcome: "refused", refusal, message: `Africa's Talking refuses it (${why})` };
    },
    poll: {
      // Of the first round it is the time; it counts messages itself.
      first: (cursor) => page(idOf(cursor)),
      page,
      read({ status, json }, cursor, _nowMs, path = idOf(cursor)) {
        const said = parsed(inboxSchema, status === 200 && json, "Africa's Talking");
        const { all, odd } = readable(arrivalSchema, said.SMSMessageData.Messages);
        const ids = all.map(({ id }) => Number(id)).filter((id) => Number.isSafeInteger(id));
        const newest = String(Math.max(Number(path), ...ids));
        return {
          arrivals: all.map(arrivalOf),
          odd,
          cursor: `#${newest}`,
          next: newest === path ? undefined : newest,
        };
      },
    },
    hook: (hook) => hookSaid(hook, secret),
  };
}

function idOf(cursor: string): string {
  return cursor.startsWith("#") ? cursor.slice(1) : "0";
}

/** It signs nothing: whoever knows the path is believed. */
function hookSaid({ address, body }: Hook, secret: string | undefined): HookSaid | undefined {
  const given = new URL(address).pathname.split("/").at(-1) ?? "";
  if (secret === undefined || !isSame(given, secret)) return undefined;
  const { id, status, from, text, date, failureReason } = paramsOf(new URLSearchParams(), body);
  if (id === undefined) throw new ProtocolError("A hook of Africa's Talking names no message");
  if (from !== undefined && text !== undefined)
    return { arrival: arrivalOf({ id, from, text, date }) };
  const stage = stages[status ?? ""];
  if (stage === undefined) return {};
  const reason = /^\w+/.exec(failureReason ?? status ?? "")?.[0] ?? "";
  const why = stage === "failed" && {
    message: `Africa's Talking could not deliver it (${reason})`,
  };
  return { progress: { reference: id, stage, ...why } };
}

function arrivalOf(one: {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  readonly date?: string | undefined;
}): Arrival {
  const { id, from, text: body, date = "" } = one;
  // Without a zone it is UTC.
  const isZoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(date);
  const sentAtMs = timeOf(isZoned ? date : `${date.replace(" ", "T")}Z`);
  return { id, from: withPlus(from), body, sentAtMs };
}
