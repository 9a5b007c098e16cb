import { ProtocolError, z } from "koine/adapter";
import { limits } from "../limits.ts";
import { toSeptets } from "../pdu/alphabet.ts";
import type { Progress, Refusal, Sent } from "../routes/route.ts";
import type { VonageConfig } from "./config.ts";
import type { Dialect, Hook, HookSaid } from "./dialect.ts";
import { paramsOf, queryOf, withPlus } from "./reading.ts";
import { isSame, vonageSignature } from "./signature.ts";
import { unreadable } from "./unreadable.ts";

/** What it takes, in ms. */
const shortestTtlMs = 20_000;
const longestTtlMs = 604_800_000;

const answerSchema = z.object({
  messages: z
    .array(z.object({ status: z.coerce.string(), "message-id": z.string().optional() }))
    .min(1),
});

/** Its statuses (developer.vonage.com/api-errors/sms); others are of this route alone. */
const meanings: Readonly<{ [status: string]: Refusal }> = {
  1: "temporary",
  5: "temporary",
  10: "temporary",
  // Authentication, credit, and what the account may not do.
  4: "route",
  8: "route",
  9: "route",
  11: "route",
  14: "route",
  29: "route",
  32: "route",
};

const stages: Readonly<{ [status: string]: Progress["stage"] }> = {
  accepted: "sent",
  buffered: "sent",
  delivered: "delivered",
  undelivered: "failed",
  expired: "failed",
  failed: "failed",
  rejected: "failed",
};

/** Vonage's SMS API. It answers with HTTP 200 whatever it thinks. */
export function vonage({ api_key: key, secret, from, signature, url }: VonageConfig): Dialect {
  return {
    send({ id, to, body, validityS }) {
      const form = new URLSearchParams({
        api_key: key,
        api_secret: secret,
        from,
        to: to.replace(/^\+/, ""),
        text: body,
        type: toSeptets(body) ? "text" : "unicode",
        ttl: String(Math.min(Math.max(validityS * 1_000, shortestTtlMs), longestTtlMs)),
        "client-ref": id,
      });
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return { method: "POST", url: `${url}/sms/json`, headers, body: form.toString() };
    },
    sent({ status, json }): Sent {
      const { data } = answerSchema.safeParse(json);
      if (!data && status >= 300) return unreadable("Vonage", status);
      if (!data) return { outcome: "unknown", message: "Vonage said nothing to be read" };
      const refused = data.messages.filter((one) => one.status !== "0");
      const [first] = refused;
      if (!first) {
        const references = data.messages.flatMap((one) => one["message-id"] ?? []);
        return { outcome: "accepted", references };
      }
      const message = `Vonage refuses it (${first.status})`;
      // A part of it has left: nobody knows what the phone makes of that.
      if (refused.length < data.messages.length) return { outcome: "unknown", message };
      return { outcome: "refused", refusal: meanings[first.status] ?? "not_here", message };
    },
    hook: (hook) => hookSaid(hook, signature),
  };
}

function hookSaid(
  { address, body, nowMs }: Hook,
  signature: VonageConfig["signature"],
): HookSaid | undefined {
  const params = paramsOf(queryOf(address), body);
  if (!signature || !isFresh(params["timestamp"], nowMs)) return undefined;
  const own = vonageSignature(signature.secret, signature.method, params);
  if (!isSame((params["sig"] ?? "").toLowerCase(), own)) return undefined;
  const { messageId: id, msisdn = "", status } = params;
  if (id === undefined) throw new ProtocolError("A hook of Vonage names no message");
  if (status !== undefined) {
    const stage = stages[status];
    const attempt = params["client-ref"];
    if (stage === undefined) return {};
    const message = stage === "failed" && `Vonage could not deliver it (${params["err-code"]})`;
    return {
      progress: {
        reference: id,
        stage,
        ...(message !== false && { message }),
        ...(attempt !== undefined && { attempt }),
      },
    };
  }
  const at = Date.parse(`${(params["message-timestamp"] ?? "").replace(" ", "T")}Z`);
  const part = params["concat"] === "true" ? partOf(params) : undefined;
  return {
    arrival: {
      id,
      from: withPlus(msisdn),
      body: params["text"] ?? "",
      ...(!Number.isNaN(at) && { sentAtMs: at }),
      ...(part && { part }),
    },
  };
}

function partOf(params: Readonly<Record<string, string>>) {
  const [total, number] = [Number(params["concat-total"]), Number(params["concat-part"])];
  if (!(total >= 1 && total <= 255 && number >= 1 && number <= total)) return undefined;
  return { reference: params["concat-ref"] ?? "", total, number };
}

/** Whether something was signed lately: what is older is somebody's who has kept it. */
function isFresh(seconds: string | undefined, nowMs: number): boolean {
  return Math.abs(Number(seconds ?? Number.NaN) * 1_000 - nowMs) <= limits.hookAgeMs;
}
