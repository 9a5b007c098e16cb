import { randomBytes } from "node:crypto";
import { ProviderServer, type Heard, type Reply, type Taken } from "./server.ts";

/** Africa's Talking's messaging API on this machine. */
export class AfricasTalkingServer {
  readonly username = "koine";
  readonly key = "key-of-africastalking";
  readonly server: ProviderServer;
  /** The code each text is answered with. */
  judge: (to: string) => number = () => 101;
  readonly taken: Taken[] = [];
  readonly #inbox: {
    id: number;
    from: string;
    text: string;
    to: string;
    date: string;
    linkId: string;
  }[] = [];

  constructor() {
    this.server = new ProviderServer({
      isSend: ({ method }) => method === "POST",
      answer: (heard) => this.#answer(heard),
    });
  }

  /** Somebody texts the short code. */
  text(from: string, text: string): void {
    const id = 15_000 + this.#inbox.length;
    const date = new Date().toISOString();
    this.#inbox.push({ id, from, text, to: "28901", date, linkId: "link" });
  }

  /** Tells the gateway something; resolves to the status of its answer. */
  async hook(url: string, fields: Record<string, string>): Promise<number> {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(fields).toString();
    return (await fetch(url, { method: "POST", headers, body })).status;
  }

  #answer({ method, url, headers, body }: Heard): Reply {
    if (headers["apikey"] !== this.key) {
      return { status: 401, body: "The supplied authentication is invalid" };
    }
    if (method === "POST") return this.#send(new URLSearchParams(body));
    const last = Number(url.searchParams.get("lastReceivedId") ?? 0);
    const newer = this.#inbox.filter(({ id }) => id > last).slice(0, 100);
    return { status: 200, body: { SMSMessageData: { Messages: newer } } };
  }

  #send(form: URLSearchParams): Reply {
    const [to, text] = [form.get("to") ?? "", form.get("message") ?? ""];
    const statusCode = this.judge(to);
    const isTaken = statusCode < 400;
    const id = isTaken ? `ATPid_${randomBytes(8).toString("hex")}` : "None";
    if (isTaken) this.taken.push({ to, text, id });
    const recipient = {
      statusCode,
      number: to,
      status: isTaken ? "Success" : "Failed",
      cost: isTaken ? "KES 0.8000" : "0",
      messageId: id,
    };
    const message = `Sent to ${isTaken ? 1 : 0}/1 Total Cost: KES 0.8000`;
    return {
      status: 201,
      body: { SMSMessageData: { Message: message, Recipients: [recipient] } },
    };
  }
}
