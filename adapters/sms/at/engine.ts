import type { Duplex } from "node:stream";
import type { Clock } from "koine/adapter";
import { limits } from "../limits.ts";
import { AtFailure } from "./failure.ts";
import { Reader, type Token } from "./reader.ts";
import { finalOf, hasPdu, isHex, isNoCall, isUnasked, nameOf, type Final } from "./words.ts";

/** Something a modem said without being asked; with the PDU where one belongs to it. */
export interface Unasked {
  readonly line: string;
  readonly pdu?: string;
}

/** One line of an answer; with the PDU where one belongs to it. */
export type AnswerLine = Unasked;

export interface EngineOptions {
  readonly clock: Clock;
  readonly port: Duplex;
  readonly unasked: (said: Unasked) => void;
  /** Told of what was dropped: a line nobody could make sense of. */
  readonly count: (name: string) => void;
}

interface CommandOptions {
  readonly timeoutMs?: number;
  /** Name of the lines that answer it, such as `+CSQ`; any line without a name where absent. */
  readonly answer?: string;
  /** Before whatever else waits. */
  readonly isUrgent?: boolean;
  /** It makes a call: what else is said of calls is its last word, too. */
  readonly isCall?: boolean;
  /** Told when its turn has come. */
  readonly begun?: () => void;
}

/** One step of the conversation: a command, with the text of a message where it takes one. */
interface Step extends CommandOptions {
  readonly command: string;
  readonly text?: string;
  readonly resolve: (lines: readonly AnswerLine[]) => void;
  readonly reject: (failure: AtFailure) => void;
}

const carriageReturn = "\r";
/** Ends a text that is sent, and gives one up. */
const [substitute, escape] = ["\x1a", "\x1b"];

/**
 * A conversation with a modem: one command at a time, and sending a text is one step that nothing
 * comes between. What a line means is told by the command that runs, never by where it stands.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #reader = new Reader();
  readonly #urgent: Step[] = [];
  readonly #waiting: Step[] = [];
  #running: Step | undefined;
  #lines: AnswerLine[] = [];
  /** The line whose PDU is to come, and whether it belongs to the answer. */
  #header: { readonly line: string; readonly isAnswer: boolean } | undefined;
  #awaitsPrompt = false;
  #isTextSent = false;
  #patience: { cancel(): void } | undefined;
  /** A command had no answer: what comes now may still be that one's. */
  #isOutOfStep = false;
  #isStepping = false;
  #isClosed = false;
  /** Why nothing is run any more, once that is so. */
  #end = new AtFailure("gone", "The modem is gone");

  constructor(options: EngineOptions) {
    this.#options = options;
    const { port } = options;
    port.on("data", (bytes: Buffer) => this.#take(bytes));
    port.on("close", () => this.close());
    // `close` follows, and says it to everybody.
    port.on("error", () => port.destroy());
  }

  /** How many commands wait. */
  get waiting(): number {
    return this.#urgent.length + this.#waiting.length;
  }

  /**
   * Runs a command; resolves to the lines of its answer.
   * @throws AtFailure
   */
  run(command: string, options: CommandOptions = {}): Promise<readonly AnswerLine[]> {
    return this.#add({ command, ...options });
  }

  /**
   * Sends a text.
   * @returns the lines of the answer: `+CMGS: <reference>`
   * @throws AtFailure of which `isAfterText` tells whether the network may have it
   */
  send(length: number, pdu: string): Promise<readonly AnswerLine[]> {
    const command = `AT+CMGS=${length}`;
    return this.#add({ command, text: pdu, answer: "+CMGS", timeoutMs: limits.sendMs });
  }

  /** Waits, so that the modem has time. */
  pause(ms: number): Promise<void> {
    return this.#options.clock.sleep(ms);
  }

  /** Ends everything; what waits has failed. */
  close(kind: "gone" | "silent" = "gone"): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const message = kind === "gone" ? "The modem is gone" : "The modem does not answer";
    this.#fail(new AtFailure(kind, message, { isAfterText: this.#isTextSent }));
    const gone = new AtFailure(kind, message);
    this.#end = gone;
    for (const step of [...this.#urgent.splice(0), ...this.#waiting.splice(0)]) step.reject(gone);
    this.#options.port.destroy();
  }

  #add(step: Omit<Step, "resolve" | "reject">): Promise<readonly AnswerLine[]> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(this.#end);
      if (this.waiting >= limits.commands) {
        return reject(new AtFailure("silent", "Too many commands wait for the modem"));
      }
      const queue = step.isUrgent === true ? this.#urgent : this.#waiting;
      queue.push({ ...step, resolve, reject });
      void this.#next();
    });
  }

  async #next(): Promise<void> {
    if (this.#running || this.#isStepping || this.#isClosed) return;
    if (this.#isOutOfStep && this.waiting > 0) {
      this.#isStepping = true;
      await this.#fallIntoStep();
      this.#isStepping = false;
      if (this.#isClosed) return;
    }
    const step = this.#urgent.shift() ?? this.#waiting.shift();
    if (step) this.#start(step);
  }

  #start(step: Step): void {
    this.#running = step;
    this.#lines = [];
    this.#isTextSent = false;
    this.#awaitsPrompt = step.text !== undefined;
    this.#wait(
      step,
      step.text === undefined ? (step.timeoutMs ?? limits.answerMs) : limits.promptMs,
    );
    step.begun?.();
    this.#write(step.command + carriageReturn);
  }

  #wait(step: Step, ms: number): void {
    this.#patience?.cancel();
    this.#patience = this.#options.clock.after(ms, () => this.#timedOut(step, ms));
  }

  #timedOut({ command }: Step, ms: number): void {
    this.#isOutOfStep = true;
    const isAfterText = this.#isTextSent;
    const message = `The modem did not answer ${verbOf(command)} within ${ms / 1_000} s`;
    this.#fail(new AtFailure("silent", message, { isAfterText }));
  }

  /**
   * Gives up whatever the modem may still wait for, and asks it for a sign of life until it has
   * answered; what was late has passed by then.
   */
  async #fallIntoStep(): Promise<void> {
    const { clock, count } = this.#options;
    count("at_out_of_step");
    this.#write(escape + carriageReturn);
    for (let turn = 0; turn < limits.syncTries && !this.#isClosed; turn++) {
      const isThere = await new Promise<boolean>((resolve) => {
        const command = "AT";
        const timeoutMs = limits.syncMs;
        this.#start({
          command,
          timeoutMs,
          resolve: () => resolve(true),
          reject: () => resolve(false),
        });
      });
      if (!isThere) continue;
      await clock.sleep(limits.quietMs);
      this.#isOutOfStep = false;
      return;
    }
    count("at_mute");
    this.close("silent");
  }

  #take(bytes: Buffer): void {
    const dropped = this.#reader.dropped;
    for (const token of this.#reader.push(bytes, this.#awaitsPrompt)) this.#hear(token);
    if (this.#reader.dropped > dropped) this.#options.count("at_lines_too_long");
  }

  #hear(token: Token): void {
    if ("prompt" in token) return this.#giveText();
    const { line } = token;
    if (line === ">" && this.#awaitsPrompt) return this.#giveText();
    if (this.#header && isHex(line)) return this.#takePdu(line);
    this.#header = undefined;
    const step = this.#running;
    const isOwn = step !== undefined && this.#belongs(line, step);
    if (isOwn) return;
    const { count, unasked } = this.#options;
    if (hasPdu(line)) this.#header = { line, isAnswer: false };
    else if (isUnasked(line, step?.answer)) unasked({ line });
    else count("at_lines_unknown");
  }

  /** Whether a line is the echo, a part of the answer or the last word of the command that runs. */
  #belongs(line: string, step: Step): boolean {
    if (line === step.command || line === step.text) return true;
    const final = lastWordOf(step, line);
    if (final) {
      this.#finish(step, final.isOk ? undefined : final);
      return true;
    }
    if (isUnasked(line, step.answer)) return false;
    const isAnswer = step.answer === undefined ? true : nameOf(line) === step.answer;
    if (!isAnswer) return false;
    if (hasPdu(line)) this.#header = { line, isAnswer: true };
    else this.#keep({ line });
    return true;
  }

  #takePdu(pdu: string): void {
    const header = this.#header;
    this.#header = undefined;
    if (!header) return;
    const { line, isAnswer } = header;
    // Not all modems write digits alike.
    const said = { line, pdu: pdu.toUpperCase() };
    if (isAnswer) this.#keep(said);
    else this.#options.unasked(said);
  }

  #keep(line: AnswerLine): void {
    if (this.#lines.length < limits.answerLines) this.#lines.push(line);
    else this.#options.count("at_answers_too_long");
  }

  #giveText(): void {
    const step = this.#running;
    this.#awaitsPrompt = false;
    if (step?.text === undefined) return;
    this.#isTextSent = true;
    this.#wait(step, step.timeoutMs ?? limits.answerMs);
    this.#write(step.text + substitute);
  }

  #finish(step: Step, error: { readonly code?: number; readonly text: string } | undefined): void {
    const isAfterText = this.#isTextSent;
    if (error) {
      const { code, text } = error;
      const message = `The modem refuses ${verbOf(step.command)}: ${text}`;
      return this.#fail(new AtFailure("refused", message, { code, isAfterText }));
    }
    if (step.text !== undefined && !isAfterText) {
      // It is another command's: the text has not left.
      this.#isOutOfStep = true;
      return this.#fail(new AtFailure("silent", "The modem did not ask for the text"));
    }
    const lines = this.#lines;
    this.#clear();
    step.resolve(lines);
    void this.#next();
  }

  #fail(failure: AtFailure): void {
    const step = this.#running;
    this.#clear();
    step?.reject(failure);
    if (!this.#isClosed) void this.#next();
  }

  #clear(): void {
    this.#patience?.cancel();
    this.#patience = undefined;
    this.#running = undefined;
    this.#awaitsPrompt = false;
    this.#isTextSent = false;
  }

  /** What a port that is gone never takes, `close` tells. */
  #write(text: string): void {
    if (this.#options.port.writable) this.#options.port.write(text, "latin1");
  }
}

function lastWordOf({ isCall = false }: CommandOptions, line: string): Final | undefined {
  return isCall && isNoCall(line) ? { isOk: false, text: line } : finalOf(line);
}

/** A command without its values: they may be a PIN, or a number. */
function verbOf(command: string): string {
  return /^AT(?:[+^][A-Z]+|[A-Z]*)/i.exec(command)?.[0] ?? "AT";
}
