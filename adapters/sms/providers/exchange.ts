import type { Clock } from "koine/adapter";
import { limits } from "../limits.ts";
import type { HttpAnswer, HttpRequest } from "./dialect.ts";
import { jsonOf } from "./reading.ts";

/** How an exchange with a provider ended. */
export type Exchanged =
  | { readonly type: "answered"; readonly answer: HttpAnswer }
  /** The request never left. */
  | { readonly type: "unreached"; readonly reason: string }
  /** It left, or may have, and nothing came back that can be read. */
  | { readonly type: "unknown"; readonly reason: string };

/** What is said before there is a connection. */
const early: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "UND_ERR_CONNECT_TIMEOUT",
]);
/** What is said of a certificate, and by TLS itself: nothing is sent before both sides agree. */
const tls = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_)/;

/**
 * Asks a provider, once; whatever goes wrong is in the result. It goes nowhere else: a redirection is
 * an answer, and what it means is for the caller to say.
 */
export async function exchange(
  { method, url, headers, body }: HttpRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<Exchanged> {
  const done = new AbortController();
  const late = new AbortController();
  clock.sleep(limits.providerMs, done.signal).then(
    () => late.abort(new Error(`no answer within ${limits.providerMs} ms`)),
    () => {},
  );
  try {
    const response = await fetch(url, {
      method,
      // A connection that was kept may be gone: whether a request has left must be known.
      headers: { ...headers, connection: "close" },
      redirect: "manual",
      signal: AbortSignal.any([signal, late.signal]),
      ...(body !== undefined && { body }),
    });
    const text = await textOf(response);
    const { status, headers: said } = response;
    return { type: "answered", answer: { status, headers: said, text, json: jsonOf(text) } };
  } catch (error) {
    const reason = late.signal.aborted ? "no answer in time" : whyOf(error);
    return { type: hasLeft(error) ? "unknown" : "unreached", reason };
  } finally {
    done.abort();
  }
}

/** The body, as far as anybody would read it. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (!body) return "";
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    length += chunk.length;
    if (length > limits.answerBytes) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether the request may have left. */
function hasLeft(error: unknown): boolean {
  const code = codeOf(error);
  return !early.has(code) && !tls.test(code);
}

/** The code of the error below what `fetch` makes of it; of several addresses, of the first. */
function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : undefined;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code: unknown = first instanceof Error && "code" in first ? first.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Never what the error says: the address may be in it, and a password or a number in that. */
function whyOf(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.name : "no answer");
}
