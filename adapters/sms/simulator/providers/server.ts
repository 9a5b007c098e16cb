import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with a request for a text to be sent. */
export type Fault =
  /** Too many at once. */
  | "throttled"
  /** The provider has a bad moment. */
  | "error"
  /** It has the text, and never answers. */
  | "hang"
  /** The connection breaks before it has the text. */
  | "reset"
  /** It has the text, and the connection breaks before its answer. */
  | "reset_after_accept"
  /** It has the text, and answers what nobody can read. */
  | "unreadable"
  /** It does not know the account. */
  | "unauthorised";

/** A request, as it came. */
export interface Heard {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  /** JSON unless it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A text that a provider was given. */
export interface Taken {
  readonly to: string;
  readonly text: string;
  readonly id: string;
}

export interface ProviderServerOptions {
  /** Whether it is a request to send a text: faults are for those. */
  readonly isSend: (heard: Heard) => boolean;
  readonly answer: (heard: Heard) => Reply;
}

/** A simulated provider on this machine. */
export class ProviderServer {
  /** What goes wrong with the next requests for a text to be sent, in their order. */
  readonly faults: Fault[] = [];
  /** Every request, as it came. */
  readonly heard: Heard[] = [];
  readonly #server: Server;

  constructor({ isSend, answer }: ProviderServerOptions) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", headers } = request;
        const url = new URL(request.url ?? "/", this.url);
        const heard = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
        this.heard.push(heard);
        const fault = isSend(heard) ? this.faults.shift() : undefined;
        if (fault === "reset") return void request.socket.destroy();
        const early = fault === undefined ? undefined : refusals[fault];
        const reply = early ?? answer(heard);
        if (fault === "hang") return;
        if (fault === "reset_after_accept") return void request.socket.destroy();
        const body = fault === "unreadable" ? "<html>" : reply.body;
        const text = typeof body === "string" ? body : JSON.stringify(body ?? {});
        response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
        response.end(text);
      });
      request.on("error", () => {});
    });
  }

  get url(): string {
    const { port } = this.#address();
    return `http://127.0.0.1:${port}`;
  }

  async open(port = 0): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("It is not open");
    return address;
  }
}

const refusals: Readonly<Partial<Record<Fault, Reply>>> = {
  throttled: { status: 429, body: { code: 20429, status: 429 }, headers: { "retry-after": "5" } },
  error: { status: 500, body: {} },
  unauthorised: { status: 401, body: { code: 20003, message: "Authenticate", status: 401 } },
};
