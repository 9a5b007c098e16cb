import { createHmac, randomBytes } from "node:crypto";
import { z } from "koine/adapter";
import { ProviderServer, type Heard, type Reply, type Taken } from "./server.ts";

const sending = z.object({
  id: z.string(),
  textMessage: z.object({ text: z.string() }),
  phoneNumbers: z.array(z.string()),
});

interface Row {
  readonly id: string;
  readonly sender: string | null;
  readonly contentPreview: string;
  readonly createdAt: string;
  readonly type: string;
}

const nobody = { id: "text:1", type: "SMS", sender: null, contentPreview: "" };

interface Sent extends Taken {
  state: string;
}

/** SMS Gateway for Android, in local mode, on this machine. */
export class SmsGateServer {
  readonly user = "sms";
  readonly password = "password-of-phone";
  readonly signingKey = "key-of-phone";
  readonly server: ProviderServer;
  /** What becomes of texts, once they are asked about. */
  state = "Delivered";
  readonly taken: Sent[] = [];
  readonly #inbox: Row[] = [];

  constructor() {
    this.server = new ProviderServer({
      isSend: ({ method, url }) => method === "POST" && url.pathname === "/messages",
      answer: (heard) => this.#answer(heard),
    });
  }

  /** Somebody texts the phone. */
  text(sender: string, contentPreview: string, at = new Date()): void {
    const id = `text:${randomBytes(4).readInt32BE()}`;
    this.#inbox.unshift({ id, type: "SMS", sender, contentPreview, createdAt: at.toISOString() });
  }

  /** Something is in its inbox that is no text. */
  confuse(): void {
    this.#inbox.unshift({ ...nobody, createdAt: new Date().toISOString() });
  }

  /** The body of a hook about a text that came. */
  arrival(sender: string, message: string): object {
    const messageId = randomBytes(4).toString("hex");
    const receivedAt = new Date().toISOString();
    const payload = { messageId, message, sender, phoneNumber: sender, simNumber: 1, receivedAt };
    return { ...this.#envelope(), event: "sms:received", payload };
  }

  /** The body of a hook about what became of a text. */
  report(messageId: string, event: string): object {
    const payload = {
      messageId,
      phoneNumber: "+254712345678",
      reason: "RESULT_ERROR_RADIO_OFF (+254712345678)",
    };
    return { ...this.#envelope(), event, payload };
  }

  /** Tells the gateway something; resolves to the status of its answer. */
  async hook(
    url: string,
    document: object,
    atMs = new Date().getTime(),
    key = this.signingKey,
  ): Promise<number> {
    const body = JSON.stringify(document);
    const timestamp = String(Math.floor(atMs / 1_000));
    const signature = createHmac("sha256", key).update(`${body}${timestamp}`).digest("hex");
    const headers = {
      "content-type": "application/json",
      "x-timestamp": timestamp,
      "x-signature": signature,
    };
    return (await fetch(url, { method: "POST", headers, body })).status;
  }

  #envelope(): object {
    return { id: randomBytes(8).toString("hex"), webhookId: "hook", deviceId: "phone" };
  }

  #answer({ method, url, headers, body }: Heard): Reply {
    const own = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString("base64")}`;
    if (headers.authorization !== own) return { status: 401, body: "" };
    if (method === "POST" && url.pathname === "/messages") return this.#send(body);
    if (url.pathname === "/inbox") return this.#list(url);
    const id = /^\/messages\/(?<id>[^/]+)$/.exec(url.pathname)?.groups?.["id"];
    const message = this.taken.find((one) => one.id === id);
    if (!message) return { status: 404, body: "" };
    message.state = this.state;
    return { status: 200, body: documentOf(message) };
  }

  #send(text: string): Reply {
    const { id, textMessage, phoneNumbers } = sending.parse(JSON.parse(text));
    if (this.taken.some((one) => one.id === id)) {
      return { status: 409, body: { message: "Message with the same ID already exists" } };
    }
    const sent = { id, to: phoneNumbers[0] ?? "", text: textMessage.text, state: "Pending" };
    this.taken.push(sent);
    return { status: 202, body: documentOf(sent) };
  }

  #list({ searchParams: query }: URL): Reply {
    const [from, to] = ["from", "to"].map((name) => Date.parse(query.get(name) ?? ""));
    const [limit, offset] = [Number(query.get("limit") ?? 50), Number(query.get("offset") ?? 0)];
    const all = this.#inbox.filter(({ createdAt }) => {
      const at = Date.parse(createdAt);
      return at >= (from ?? 0) && at <= (to ?? Infinity);
    });
    return { status: 200, body: all.slice(offset, offset + limit) };
  }
}

function documentOf({ id, to, text, state }: Sent): object {
  const recipients = [{ phoneNumber: to, state }];
  return { id, deviceId: "phone", state, textMessage: { text }, recipients, states: {} };
}
