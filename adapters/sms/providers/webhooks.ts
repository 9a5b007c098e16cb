import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { LinkError, ProtocolError, reasonOf, type AdapterHost } from "koine/adapter";
import { aborted } from "../aborted.ts";
import type { SmsConfig } from "../config.ts";
import { limits } from "../limits.ts";
import type { Progress } from "../routes/route.ts";
import type { Arrival, Dialect } from "./dialect.ts";

export interface WebhooksOptions {
  readonly config: NonNullable<SmsConfig["webhooks"]>;
  readonly host: AdapterHost;
  /** By the name of the provider. */
  readonly dialects: ReadonlyMap<string, Dialect>;
  /** Each resolves when it is on the disk. */
  readonly arrived: (provider: string, arrival: Arrival) => Promise<void>;
  readonly progressed: (progress: Progress) => Promise<void>;
}

/** Above every address that providers dial: `/sms/<provider>`. */
const root = "/sms/";

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

/**
 * Listens to what providers say by themselves. What they say is believed when they have signed it, and
 * answered with 200 when it is on the disk: until then they say it again.
 */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #server: Server;
  #inHand = 0;
  /** That it cannot listen was said. */
  #isLossSaid = false;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#server = createServer({
      requestTimeout: limits.hookMs,
      headersTimeout: limits.hookMs,
      connectionsCheckingInterval: limits.hookCheckMs,
      maxHeaderSize: limits.hookHeaderBytes,
    });
    this.#server.on("request", (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = limits.hookConnections;
    this.#server.on("error", () => options.host.count("hook_errors"));
    this.#server.on("drop", () => options.host.count("hooks_dropped"));
  }

  /** Begins to listen; a port that is taken is tried again by `keep`. */
  async open(): Promise<void> {
    const { host } = this.#options;
    try {
      await this.#listen();
    } catch (err) {
      if (!this.#isLossSaid) host.log.warn({ err }, "providers are not listened to");
      this.#isLossSaid = true;
      host.count("hook_ports_taken");
    }
  }

  /** Listens until the signal. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#server.listening) {
      await this.#options.host.clock.sleep(limits.reopenCeilingMs, signal).catch(() => {});
      if (!signal.aborted) await this.open();
    }
    await aborted(signal);
    await this.#close();
  }

  async #listen(): Promise<void> {
    const { hostname, port, host } = new URL(this.#options.config.listen);
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: Error): void =>
        reject(new LinkError(`Cannot listen at ${host}: ${reasonOf(cause)}`, { cause }));
      this.#server.once("error", failed);
      this.#server.listen(Number(port), hostname, () => {
        this.#server.off("error", failed);
        resolve();
      });
    });
  }

  async #close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = this.#options;
    const answer = await this.#take(request).catch((err): Answer => {
      // It is not on the disk: the provider is to say it again.
      host.count("hooks_failed");
      host.log.warn({ err }, "what a provider said could not be kept");
      return { status: 500 };
    });
    const { status, type = "text/plain", body = "" } = answer;
    if (status >= 400) host.count("hooks_refused");
    response.writeHead(status, { "content-type": type, connection: "close" });
    response.end(body);
  }

  async #take(request: IncomingMessage): Promise<Answer> {
    const { host, dialects, config, arrived, progressed } = this.#options;
    const { method = "", headers } = request;
    const base = config.public_url ?? config.listen;
    const path = request.url ?? "/";
    const name = /^\/sms\/(?<name>[a-z0-9-]+)(?:[/?]|$)/.exec(path)?.groups?.["name"] ?? "";
    const dialect = dialects.get(name);
    const address = base.replace(/\/+$/, "") + path;
    if (!dialect?.hook || !path.startsWith(root) || !URL.canParse(address)) return { status: 404 };
    if (method !== "POST" && method !== "GET") return { status: 405 };
    // Who goes away in the middle of a sentence has said nothing.
    const body = await bodyOf(request).catch(() => null);
    if (body === null) return { status: 400 };
    if (body === undefined) return { status: 413 };
    if (this.#inHand >= limits.hooksAtOnce) return { status: 503 };
    this.#inHand += 1;
    try {
      const said = dialect.hook({ method, address, headers, body, nowMs: host.clock.now() });
      if (!said) return { status: 401 };
      const { arrival, progress, answer } = said;
      if (arrival) await arrived(name, arrival);
      if (progress) await progressed({ ...progress, route: name });
      return { status: 200, ...answer };
    } catch (error) {
      if (error instanceof ProtocolError) return { status: 400 };
      throw error;
    } finally {
      this.#inHand -= 1;
    }
  }
}

/** The body of a request; undefined when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > limits.hookBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
