import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join, relative } from "node:path";
import type { Counters } from "../counters.ts";
import { isKoineError, LinkError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import { parseDocument } from "../model/parse.ts";
import { controlRequestSchema } from "../model/request.ts";

const fileName = "koine.sock";

/** What a socket's path may have on every system; Linux takes four more. */
const maxPathBytes = 103;

/**
 * Where the daemon that uses this directory can be asked: by the shorter of two paths, because
 * sockets take only short ones.
 * @throws LinkError when both are too long
 */
export function controlPath(directory: string): string {
  const path = join(directory, fileName);
  const fits = [path, relative(".", path)].find((one) => Buffer.byteLength(one) <= maxPathBytes);
  if (fits !== undefined) return fits;
  throw new LinkError(
    `Cannot use "${path}": a socket's path has at most ${maxPathBytes} bytes; choose a shorter data directory`,
  );
}

export interface ControlSocketOptions {
  /** The data directory, which this process has to itself. */
  readonly directory: string;
  /** Answers one request, its parameters as JSON text; never rejects. */
  readonly ask: (verb: string, text: string) => Promise<object>;
  readonly counters: Counters;
}

/**
 * The door for the command line: a socket only its owner can open. Each line in is a request, a
 * JSON object with `verb` beside its parameters; each line out the response to one, in any order.
 */
export class ControlSocket {
  readonly #options: ControlSocketOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ControlSocketOptions) {
    this.#options = options;
    // Whoever has asked and hung up still wants the answer.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = limits.controlConnections;
    this.#server.on("drop", () => options.counters.add("refused.control_connections"));
  }

  /** @throws LinkError when the socket cannot be made */
  static async open(options: ControlSocketOptions): Promise<ControlSocket> {
    const path = controlPath(options.directory);
    const control = new ControlSocket(options);
    try {
      // One that a killed process left behind: the directory is ours alone.
      await rm(path, { force: true });
      await control.#listen(path);
      await chmod(path, 0o600);
    } catch (cause) {
      await control.close();
      throw new LinkError(`Cannot open control socket "${path}": ${reasonOf(cause)}`, { cause });
    }
    return control;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      // It was not open when it could not be made; that is no error here.
      this.#server.close(() => resolve());
    });
  }

  #listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const conversation = new Conversation(socket, this.#options);
    socket.setEncoding("utf8");
    socket.setTimeout(limits.controlIdleMs, () => socket.destroy());
    socket.on("data", (text: string) => conversation.hear(text));
    socket.on("end", () => void conversation.finish());
    // The peer has gone: whatever it asked is carried out, and nobody is told.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

/** One connection: lines in, lines out. */
class Conversation {
  readonly #socket: Socket;
  readonly #options: ControlSocketOptions;
  readonly #underWay = new Set<Promise<void>>();
  #line = "";

  constructor(socket: Socket, options: ControlSocketOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  hear(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#begin(line);
    if (this.#line.length <= limits.commandLength) return;
    this.#options.counters.add("refused.control_lines");
    this.#socket.destroy();
  }

  /** Nothing more is asked: answers what was, and hangs up. */
  async finish(): Promise<void> {
    this.#begin(this.#line);
    await Promise.all(this.#underWay);
    this.#socket.end();
  }

  #begin(line: string): void {
    if (line.trim() === "") return;
    const answering = this.#answer(line).finally(() => this.#underWay.delete(answering));
    this.#underWay.add(answering);
  }

  async #answer(line: string): Promise<void> {
    const { verb, text } = readLine(line);
    const response = await this.#options.ask(verb, text);
    if (!this.#socket.writable) return;
    this.#socket.write(`${JSON.stringify(response)}\n`);
    if (this.#socket.writableLength <= limits.controlUnreadBytes) return;
    this.#options.counters.add("dropped.control_readers");
    this.#socket.destroy();
  }
}

/** A line that is no request goes on as it is: whoever answers says what is wrong with it. */
function readLine(line: string): { readonly verb: string; readonly text: string } {
  try {
    const { verb, ...request } = parseDocument(controlRequestSchema, line, "request");
    return { verb, text: JSON.stringify(request) };
  } catch (error) {
    if (isKoineError(error, "protocol")) return { verb: "", text: line };
    throw error;
  }
}
