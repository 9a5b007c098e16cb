import type { Socket } from "node:net";
import { parseScalar, reasonOf, z, type Clock } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Arrived, Network } from "./network.ts";

/** What a phone says, one document a line: who it is, then what its owner does. */
const saidSchema = z.union([
  z.strictObject({ phone: z.string() }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ call: z.literal(true) }),
]);
type Said = z.infer<typeof saidSchema>;

/** A text that has reached a number, and when, in ms since 1970. */
export interface Shown extends Arrived {
  readonly atMs: number;
}

export interface PhoneOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly network: Network;
  /** Numbers of the people who are known by name. */
  readonly people: ReadonlyMap<string, string>;
  /** Texts that reached a number before, oldest first. */
  readonly earlier: (number: string) => readonly Shown[];
}

/** Why a line is not obeyed, in words for whoever said it. */
class Refusal {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

/** One phone: a connection over which it says what its owner does, and is told what arrives. */
export class Phone {
  readonly #options: PhoneOptions;
  #line = "";
  #number: string | undefined;
  #badLines = 0;
  #isOver = false;

  constructor(options: PhoneOptions) {
    this.#options = options;
    const { socket, clock } = options;
    socket.setNoDelay(true);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#hear(text));
    const late = clock.after(limits.phoneNameMs, () => {
      if (this.#number === undefined) this.hangUp("Nobody said whose phone this is");
    });
    socket.on("close", () => late.cancel());
  }

  /** Shows a text to its owner, if it is for this number. */
  show({ to, text, parts, atMs }: Shown): void {
    if (to === this.#number) this.#say({ text, parts, at: new Date(atMs).toISOString() });
  }

  /** Says why, and ends the connection. */
  hangUp(words: string): void {
    const { socket, clock } = this.#options;
    this.#say({ error: words });
    this.#isOver = true;
    socket.end();
    // Whoever does not hang up, too, is cut off.
    const late = clock.after(limits.phoneGoodbyeMs, () => socket.destroy());
    socket.on("close", () => late.cancel());
  }

  #hear(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#obey(line);
    if (this.#line.length > limits.phoneLineLength) this.#tooLong();
  }

  #tooLong(): void {
    this.#line = "";
    if (!this.#isOver) this.hangUp(`A line has at most ${limits.phoneLineLength} characters`);
  }

  #obey(line: string): void {
    if (this.#isOver || line.trim() === "") return;
    if (line.length > limits.phoneLineLength) return this.#tooLong();
    const said = parseLine(line);
    if (said instanceof Refusal) return this.#complain(said);
    const refusal = this.#carryOut(said);
    if (refusal) this.#say({ error: refusal.words });
  }

  #complain({ words }: Refusal): void {
    this.#badLines += 1;
    if (this.#badLines < limits.phoneBadLines) this.#say({ error: words });
    else this.hangUp(`${words}; that was the last of ${limits.phoneBadLines} such lines`);
  }

  #carryOut(said: Said): Refusal | undefined {
    if ("phone" in said) return this.#attach(said.phone);
    const number = this.#number;
    if (number === undefined) return new Refusal("Say first whose phone this is");
    if ("text" in said) return this.#text(number, said.text);
    void this.#options.network.call(number);
    return undefined;
  }

  #attach(phone: string): Refusal | undefined {
    if (this.#number !== undefined) return new Refusal(`This is the phone of ${this.#number}`);
    const { people, earlier } = this.#options;
    const [name, number] =
      [...people].find((person) => person.some((word) => isSame(word, phone))) ?? [];
    if (number === undefined && !/^\+\d{7,15}$/.test(phone)) {
      return new Refusal(
        `Nobody is called "${phone}"; names known are ${[...people.keys()].join(", ")}, ` +
          "or say a number such as +254700000009",
      );
    }
    this.#number = number ?? phone;
    this.#say({ number: this.#number, ...(name !== undefined && { name }) });
    for (const shown of earlier(this.#number)) this.show(shown);
    return undefined;
  }

  #text(number: string, text: string): Refusal | undefined {
    const { network } = this.#options;
    if (text === "") return new Refusal("There is no text to send");
    if (text.length > limits.textLength) {
      return new Refusal(`A text has at most ${limits.textLength} characters`);
    }
    if (network.waiting >= limits.phoneTexts) {
      return new Refusal("The modem has no room, and too many texts wait for it already");
    }
    network.text(number, text);
    return undefined;
  }

  #say(document: object): void {
    const { socket } = this.#options;
    if (this.#isOver || !socket.writable) return;
    socket.write(`${JSON.stringify(document)}\n`);
    // Nobody reads at the other end.
    if (socket.writableLength > limits.phoneUnreadBytes) socket.destroy();
  }
}

function parseLine(line: string): Said | Refusal {
  try {
    const parsed = saidSchema.safeParse(parseScalar(line));
    if (parsed.success) return parsed.data;
    return new Refusal('Expected {"phone":"Amina"}, {"text":"…"} or {"call":true}');
  } catch (cause) {
    return new Refusal(`Cannot read that line: ${reasonOf(cause)}`);
  }
}

function isSame(word: string, other: string): boolean {
  return word.toLowerCase() === other.toLowerCase();
}
