import { createHash, createHmac, randomBytes } from "node:crypto";
import { ProviderServer, type Heard, type Reply, type Taken } from "./server.ts";

/** Messages of the network in a long text have so much room. */
const room = 153;

/** Vonage's SMS API on this machine. */
export class VonageServer {
  readonly key = "abcd1234";
  readonly secret = "secret-of-vonage";
  readonly signatureSecret = "signature-of-vonage";
  readonly number = "447700900000";
  readonly server: ProviderServer;
  /** The status of each message of the next texts. */
  judge: (to: string) => string = () => "0";
  readonly taken: (Taken & { readonly ref: string; readonly type: string })[] = [];

  constructor() {
    this.server = new ProviderServer({
      isSend: () => true,
      answer: (heard) => this.#answer(heard),
    });
  }

  /** The parameters of a hook about a text that came, or a part of one. */
  arrival(
    from: string,
    text: string,
    part?: { readonly ref: string; readonly total: number; readonly number: number },
  ): Record<string, string> {
    const concat = part && {
      concat: "true",
      "concat-ref": part.ref,
      "concat-total": String(part.total),
      "concat-part": String(part.number),
    };
    return {
      "api-key": this.key,
      msisdn: from.replace("+", ""),
      to: this.number,
      messageId: randomBytes(8).toString("hex").toUpperCase(),
      text,
      type: "text",
      keyword: text.split(" ")[0]?.toUpperCase() ?? "",
      "message-timestamp": new Date().toISOString().slice(0, 19).replace("T", " "),
      ...concat,
    };
  }

  /** The parameters of a report. */
  report(id: string, status: string, ref?: string): Record<string, string> {
    const about = { messageId: id, status, "err-code": status === "delivered" ? "0" : "1" };
    return {
      "api-key": this.key,
      msisdn: "254712345678",
      to: "Koine",
      ...about,
      ...(ref !== undefined && { "client-ref": ref }),
    };
  }

  sign(params: Record<string, string>, method: "md5hash" | "sha256", atMs = new Date().getTime()) {
    const all: Record<string, string> = {
      ...params,
      timestamp: String(Math.floor(atMs / 1_000)),
      nonce: randomBytes(4).toString("hex"),
    };
    let said = "";
    for (const name of Object.keys(all).toSorted()) {
      said += `&${name}=${(all[name] ?? "").replaceAll("&", "_").replaceAll("=", "_")}`;
    }
    const sig =
      method === "md5hash"
        ? createHash("md5").update(`${said}${this.signatureSecret}`).digest("hex")
        : createHmac("sha256", this.signatureSecret).update(said).digest("hex").toUpperCase();
    return { ...all, sig };
  }

  /** Tells the gateway something; resolves to the status of its answer. */
  async hook(
    url: string,
    signed: Record<string, string>,
    how: "form" | "json" | "query" = "form",
  ): Promise<number> {
    const form = new URLSearchParams(signed).toString();
    if (how === "query") return (await fetch(`${url}?${form}`)).status;
    const isJson = how === "json";
    const type = isJson ? "application/json" : "application/x-www-form-urlencoded";
    const body = isJson ? JSON.stringify(signed) : form;
    return (await fetch(url, { method: "POST", headers: { "content-type": type }, body })).status;
  }

  #answer({ body }: Heard): Reply {
    const form = new URLSearchParams(body);
    const [to, text] = [form.get("to") ?? "", form.get("text") ?? ""];
    const isOurs = form.get("api_key") === this.key && form.get("api_secret") === this.secret;
    const status = isOurs ? this.judge(to) : "4";
    if (status !== "0") {
      return {
        status: 200,
        body: { "message-count": "1", messages: [{ status, "error-text": "no" }] },
      };
    }
    const ref = form.get("client-ref") ?? "";
    const count = text.length <= 160 ? 1 : Math.ceil(text.length / room);
    const ids = Array.from({ length: count }, () => randomBytes(8).toString("hex").toUpperCase());
    this.taken.push({ to: `+${to}`, text, id: ids.join(), ref, type: form.get("type") ?? "" });
    const messages = ids.map((id) => ({ to, "message-id": id, status: "0", "client-ref": ref }));
    return { status: 200, body: { "message-count": String(count), messages } };
  }
}
