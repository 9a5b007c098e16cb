import { once } from "node:events";
import { connect, type Socket } from "node:net";

type Document = Readonly<Record<string, unknown>>;

/** A connection to a simulated network that says what the test says, be it a document or not. */
export class TestPhone {
  /** Everything the network said, in order. */
  readonly heard: Document[] = [];
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #rest = "";
  #changed: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => resolve());
    });
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (text: string) => this.#hear(text));
  }

  static async open(port: number): Promise<TestPhone> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new TestPhone(socket);
  }

  say(document: Document): void {
    this.write(`${JSON.stringify(document)}\n`);
  }

  write(bytes: string): void {
    this.#socket.write(bytes);
  }

  /** The first document with such a key from the given one on, come or to come. */
  async hears(key: string, from = 0): Promise<Document> {
    for (;;) {
      const found = this.heard.slice(from).find((document) => key in document);
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async leave(): Promise<void> {
    this.#socket.end();
    await this.closed;
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.heard.push(JSON.parse(line) as Document);
    this.#changed();
  }
}
