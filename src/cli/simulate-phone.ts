import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { z } from "zod";
import { CommandError, LinkError, ProtocolError } from "../errors.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { limits } from "../limits.ts";
import { parseDocument } from "../model/parse.ts";
import type { Context } from "./context.ts";
import { painter, type Paint } from "./style.ts";

export interface PhoneOptions {
  readonly port: number;
  /** How long answers are waited for when the input has ended, in seconds. */
  readonly wait?: number;
}

const host = "127.0.0.1";
/** How long a script waits for answers unless it says otherwise, in seconds. */
const pipedWaitS = 5;

/** What a simulated network says, one document a line. */
const saidSchema = z.union([
  z.object({ error: z.string() }),
  z.object({ number: z.string(), name: z.string().optional() }),
  z.object({ text: z.string(), at: z.iso.datetime() }),
  z.object({ ring: z.literal(true) }),
]);
type Said = z.infer<typeof saidSchema>;

/** A connection to a simulated network that has taken the phone. */
interface Attached {
  readonly socket: Socket;
  /** What the network says from now on. */
  readonly said: AsyncIterable<Said>;
  readonly number: string;
  readonly name: string | undefined;
}

/** `koine simulate phone [person]`: texts with the gateway of the demo, as that person does. */
export async function simulatePhone(
  person: string,
  options: PhoneOptions,
  context: Context,
): Promise<ExitCode> {
  const stopRequested = context.stopRequested();
  const { port, wait = context.isTyped ? 0 : pipedWaitS } = options;
  const attached = await attach(person, port, context);
  const chat = new Chat(attached, context);
  try {
    if (context.isTyped) chat.greet();
    await Promise.race([chat.hold(wait * 1_000), stopRequested]);
  } finally {
    chat.end();
  }
  return chat.isRefused ? exitCode.negative : exitCode.ok;
}

/**
 * @throws LinkError when there is no simulated network
 * @throws CommandError when it does not take this phone
 */
async function attach(person: string, port: number, { clock }: Context): Promise<Attached> {
  const socket = connect({ host, port, noDelay: true });
  const late = clock(1).after(limits.cliConnectMs, () => socket.destroy(new Error("no answer")));
  // What is wrong with the connection shows in that it ends.
  socket.on("error", () => {});
  try {
    await once(socket, "connect");
    const said = documents(socket);
    socket.write(lineOf({ phone: person }));
    const { value: first } = await said.next();
    if (first && "error" in first) throw new CommandError("not_allowed", first.error);
    if (first && "number" in first) return { socket, said, number: first.number, name: first.name };
    throw new ProtocolError("It does not say whose phone this is");
  } catch (cause) {
    socket.destroy();
    if (cause instanceof CommandError) throw cause;
    throw new LinkError(`No simulated network at ${host}:${port}; start "koine demo"`, { cause });
  } finally {
    late.cancel();
  }
}

/** What somebody at a terminal, or a script, and the gateway say to each other. */
class Chat {
  /** Something was not sent. */
  isRefused = false;
  readonly #attached: Attached;
  readonly #context: Context;
  readonly #paint: Paint;
  readonly #ended = new AbortController();

  constructor(attached: Attached, context: Context) {
    this.#attached = attached;
    this.#context = context;
    this.#paint = painter(context.colours);
  }

  get #owner(): string {
    return this.#attached.name ?? this.#attached.number;
  }

  greet(): void {
    const { number, name } = this.#attached;
    const whose = name === undefined ? number : `${name}, ${number}`;
    this.#context.print(`SIMULATED: the phone of ${whose}. Each line you type is a text to Koine.`);
    this.#context.print("/call calls it, /quit or Ctrl-D leaves.");
  }

  /**
   * Says what is typed and shows what arrives, until the input ends and so long after.
   * @throws LinkError when the network hangs up before
   */
  async hold(waitMs: number): Promise<void> {
    const listening = this.#listen();
    const lost = listening.then(() => {
      throw new LinkError("The simulated network has hung up");
    });
    await Promise.race([this.#type(waitMs), lost]);
    // The network hears the rest, and says what there is to say about it, before it hangs up.
    this.#attached.socket.end();
    await Promise.race([listening, this.#sleep(limits.cliPhoneGoodbyeMs)]);
  }

  end(): void {
    this.#ended.abort();
    this.#attached.socket.destroy();
  }

  async #type(waitMs: number): Promise<void> {
    for await (const line of this.#context.readLines(this.#ended.signal)) {
      const word = line.trim();
      if (word === "/quit") return;
      if (word === "/call") await this.#call();
      else if (word !== "") await this.#say({ text: line });
    }
    await this.#sleep(waitMs);
  }

  async #call(): Promise<void> {
    await this.#say({ call: true });
    if (this.#context.isTyped) this.#show(this.#now(), this.#owner, "[calls]");
  }

  async #say(document: object): Promise<void> {
    const { socket } = this.#attached;
    if (!socket.write(lineOf(document))) await once(socket, "drain");
  }

  async #listen(): Promise<void> {
    for await (const said of this.#attached.said) {
      if ("error" in said) this.#refuse(said.error);
      else if ("text" in said) this.#show(said.at, "Koine", said.text);
      else if ("ring" in said) this.#show(this.#now(), "Koine", "[rings]");
    }
  }

  #refuse(words: string): void {
    this.isRefused = true;
    this.#context.complain(words);
  }

  /** @param at ISO 8601 */
  #show(at: string, who: string, text: string): void {
    const time = at.slice(11, 19);
    const indent = " ".repeat(`${time} ${who}: `.length);
    const lines = text.split("\n").map((line) => line.replaceAll(/\p{Cc}+/gu, " ").trimEnd());
    const label = `${this.#paint("dim", time)} ${this.#paint("bold", `${who}:`)}`;
    this.#context.print(`${label} ${lines.join(`\n${indent}`)}`);
  }

  #now(): string {
    return new Date(this.#context.clock(1).now()).toISOString();
  }

  #sleep(ms: number): Promise<void> {
    return this.#context.clock(1).sleep(ms, this.#ended.signal);
  }
}

/** @throws ProtocolError when it says what no simulated network does */
async function* documents(socket: Socket): AsyncGenerator<Said, undefined> {
  let rest = "";
  socket.setEncoding("utf8");
  for await (const chunk of socket) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > limits.cliPhoneLineLength) {
      throw new ProtocolError(`Cannot read a line of ${rest.length} characters`);
    }
    for (const line of lines) yield parseDocument(saidSchema, line, "the simulated network");
  }
  return undefined;
}

function lineOf(document: object): string {
  return `${JSON.stringify(document)}\n`;
}
