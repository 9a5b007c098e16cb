import { createHmac, randomBytes } from "node:crypto";
import { ProviderServer, type Heard, type Reply, type Taken } from "./server.ts";

interface Message {
  readonly sid: string;
  readonly direction: "inbound" | "outbound-api";
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly at: Date;
  status: string;
  error?: number;
}

/** Twilio's Messages resource on this machine. */
export class TwilioServer {
  readonly account = `AC${"0".repeat(32)}`;
  readonly token = "token-of-twilio";
  readonly number = "+15005550006";
  readonly server: ProviderServer;
  /** What becomes of texts, once they are asked about. */
  outcome: { readonly status: string; readonly error?: number } = { status: "delivered" };
  /** Messages on a page, whatever is asked for. */
  pageMost = 1_000;
  /** Refuses a text with this error code. */
  judge: (to: string) => number | undefined = () => undefined;
  readonly #messages: Message[] = [];

  constructor() {
    this.server = new ProviderServer({
      isSend: ({ method }) => method === "POST",
      answer: (heard) => this.#answer(heard),
    });
  }

  get taken(): readonly Taken[] {
    return this.#messages.flatMap(({ direction, to, body: text, sid: id }) =>
      direction === "inbound" ? [] : [{ to, text, id }],
    );
  }

  /** Somebody texts the number; returns what the message is called. */
  text(from: string, body: string): string {
    const { number: to } = this;
    return this.#add({ direction: "inbound", from, to, body, status: "received" });
  }

  /** The form of a hook about a text that came. */
  arrival(from: string, body: string, sid = newSid()): URLSearchParams {
    const { account: AccountSid, number: To } = this;
    const more = { AccountSid, From: from, To, Body: body, NumMedia: "0", NumSegments: "1" };
    return new URLSearchParams({ MessageSid: sid, SmsSid: sid, SmsStatus: "received", ...more });
  }

  /** The form of a hook about what became of a text. */
  status(sid: string, status: string): URLSearchParams {
    const { account: AccountSid } = this;
    return new URLSearchParams({
      MessageSid: sid,
      MessageStatus: status,
      SmsStatus: status,
      AccountSid,
    });
  }

  /** Tells the gateway something by GET; resolves to the status of its answer. */
  async hookByGet(url: string, form: URLSearchParams): Promise<number> {
    const whole = `${url}?${form.toString()}`;
    const signature = this.sign(whole, new URLSearchParams());
    return (await fetch(whole, { headers: { "x-twilio-signature": signature } })).status;
  }

  /** Tells the gateway something; resolves to the status of its answer. */
  async hook(
    url: string,
    form: URLSearchParams,
    signature = this.sign(url, form),
  ): Promise<number> {
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "x-twilio-signature": signature,
    };
    const response = await fetch(url, { method: "POST", headers, body: form.toString() });
    return response.status;
  }

  sign(url: string, form: URLSearchParams): string {
    const pairs = [...form].map(([name, value]) => name + value).toSorted();
    return createHmac("sha1", this.token)
      .update([url, ...pairs].join(""))
      .digest("base64");
  }

  #add(message: Omit<Message, "sid" | "at">): string {
    const sid = newSid();
    this.#messages.push({ ...message, sid, at: new Date() });
    return sid;
  }

  #answer({ method, url, headers, body }: Heard): Reply {
    const own = `Basic ${Buffer.from(`${this.account}:${this.token}`).toString("base64")}`;
    if (headers.authorization !== own) {
      return { status: 401, body: { code: 20003, message: "Authenticate", status: 401 } };
    }
    const base = `/2010-04-01/Accounts/${this.account}/Messages`;
    if (method === "POST") return this.#send(new URLSearchParams(body));
    if (url.pathname === `${base}.json`) return this.#list(url);
    const sid = /\/Messages\/(?<sid>SM\w+)\.json$/.exec(url.pathname)?.groups?.["sid"];
    const message = this.#messages.find((one) => one.sid === sid);
    if (!message) return { status: 404, body: { code: 20404, status: 404 } };
    if (message.direction !== "inbound") Object.assign(message, this.outcome);
    return { status: 200, body: documentOf(message) };
  }

  #send(form: URLSearchParams): Reply {
    const [to, text] = [form.get("To") ?? "", form.get("Body") ?? ""];
    const code = this.judge(to);
    if (code !== undefined) return { status: 400, body: { code, message: "no", status: 400 } };
    const from = form.get("From") ?? "";
    const sid = this.#add({ direction: "outbound-api", from, to, body: text, status: "queued" });
    return { status: 201, body: documentOf(this.#messages.find((one) => one.sid === sid)) };
  }

  #list({ searchParams: query, pathname }: URL): Reply {
    const to = query.get("To");
    const size = Math.min(Number(query.get("PageSize") ?? 50), this.pageMost);
    const page = Number(query.get("Page") ?? 0);
    const all = this.#messages.filter((one) => to === null || one.to === to).toReversed();
    const messages = all.slice(page * size, (page + 1) * size).map(documentOf);
    query.set("Page", String(page + 1));
    const next = all.length > (page + 1) * size ? `${pathname}?${query.toString()}` : null;
    return { status: 200, body: { messages, next_page_uri: next, page, page_size: size } };
  }
}

function newSid(): string {
  return `SM${randomBytes(16).toString("hex")}`;
}

function documentOf(message: Message | undefined): object {
  if (!message) return {};
  const { sid, direction, from, to, body, at, status, error = null } = message;
  const date = at.toUTCString().replace("GMT", "+0000");
  return {
    sid,
    direction,
    from,
    to,
    body,
    status,
    error_code: error,
    date_created: date,
    date_sent: direction === "inbound" ? date : null,
    num_segments: "1",
    price: null,
  };
}
