import { LinkError, ProtocolError, reasonOf, type AdapterHost, type Timer } from "koine/adapter";
import { Engine, type AnswerLine, type Unasked } from "../at/engine.ts";
import { AtFailure } from "../at/failure.ts";
import { limits } from "../limits.ts";
import { decodePdu, type Deliver, type Pdu, type StatusReport } from "../pdu/message.ts";
import type { EncodedSubmit } from "../pdu/submit.ts";
import { isDoubtfulRefusal, kindOfRefusal } from "../refusals.ts";
import type { Sent } from "../routes/route.ts";
import { Caller } from "./caller.ts";
import { networkAnswer } from "./network-answer.ts";
import { openPort } from "./port.ts";
import { hangUpLeft, Ringing, type Called } from "./ringing.ts";
import {
  figuresOf,
  identify,
  isRegistered,
  prepareMessages,
  restart,
  unlockSim,
  wake,
} from "./setup.ts";
import type { ModemFigures, ModemStatus } from "./state.ts";

/** Takes what comes over a modem; each resolves when it is on the disk. */
export interface Inbound {
  message(message: Deliver, pdu: string): Promise<void>;
  report(report: StatusReport): Promise<void>;
  /** Something that cannot be read. */
  odd(pdu: string, reason: string): Promise<void>;
  call(from: string): void;
}

export interface ModemOptions {
  readonly host: AdapterHost;
  readonly port: string;
  readonly baudRate: number;
  /** Tells its SIM from those of other modems. */
  readonly name: string;
  readonly pin: string | undefined;
  /** Code for the balance of its SIM. */
  readonly balance: string | undefined;
  /** It may be another one's port: it is not waited for as long. */
  readonly isGuess: boolean;
  /** It did not answer the last times: it is told to start anew first. */
  readonly isStuck: boolean;
  readonly inbound: Inbound;
  readonly stands: (status: ModemStatus) => void;
  readonly tells: (figures: ModemFigures) => void;
  /** It can send now. */
  readonly ready: () => void;
}

/** One life of a modem: from its port until that is gone. */
export class Modem {
  /** Resolves, to why, when it is gone. */
  readonly lost: Promise<LinkError>;
  readonly #options: ModemOptions;
  readonly #engine: Engine;
  readonly #timers: Timer[] = [];
  #isReady = false;
  /** One question at a time: their answers do not say which is whose. */
  #asking: Promise<unknown> = Promise.resolve();
  #codeAnswered: ((said: string) => void) | undefined;
  readonly #caller: Caller;
  /** The call that it makes, and when that is hung up. */
  #ringing: Ringing | undefined;
  #called: Promise<unknown> = Promise.resolve();
  /** Monotonic ms since when there is no network, and how many steps were taken about it. */
  #searchesSince: number | undefined;
  #searchStep = 0;
  /** The memories that messages come into, as far as the modem says. */
  readonly #memories = new Set<string>();
  #isDraining = false;
  /** More may have come while the store was being read. */
  #isDue = false;

  private constructor(options: ModemOptions, engine: Engine, lost: Promise<LinkError>) {
    this.#options = options;
    this.#engine = engine;
    this.#caller = new Caller(options.host.clock);
    this.lost = lost;
  }

  /**
   * Opens the port and prepares the modem; it goes on until `close` or until it is gone.
   * @throws LinkError when it is not there
   * @throws ModemTrouble when a person is needed
   */
  static async open(options: ModemOptions): Promise<Modem> {
    const { host, port: path, baudRate } = options;
    const port = await openPort(path, baudRate);
    const lost = new Promise<LinkError>((resolve) => {
      port.once("close", () => resolve(new LinkError("The modem is gone")));
    });
    const engine = new Engine({
      clock: host.clock,
      port,
      unasked: (said) => modem.#hear(said),
      count: (name) => host.count(name),
    });
    const modem = new Modem(options, engine, lost);
    try {
      await modem.#prepare();
      return modem;
    } catch (error) {
      engine.close();
      if (error instanceof AtFailure) throw new LinkError(error.message, { cause: error });
      throw error;
    }
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Sends one message. Never rejects. */
  async send({ pdu, length }: EncodedSubmit): Promise<Sent> {
    try {
      const [answer] = await this.#engine.send(length, pdu);
      const [, digits] = /:\s*(\d{1,3})\s*(?:,|$)/.exec(answer?.line ?? "") ?? [];
      // Without leading zeros, as its report has it.
      return { outcome: "sent", references: digits === undefined ? [] : [`${Number(digits)}`] };
    } catch (error) {
      const message = reasonOf(error);
      if (!(error instanceof AtFailure)) return { outcome: "unknown", message };
      if (error.kind !== "refused" && error.isAfterText) return { outcome: "unknown", message };
      const why = error.code === undefined ? message : `The network refuses it (${error.code})`;
      const isDoubtful = error.isAfterText && isDoubtfulRefusal(error.code);
      const refusal = kindOfRefusal(error.code);
      return { outcome: "refused", refusal, message: why, isDoubtful };
    }
  }

  /**
   * Asks the network with a code such as `*144#`; resolves to what it says.
   * @throws LinkError when it does not answer
   */
  ask(code: string): Promise<string> {
    const answer = this.#asking.then(() => this.#ask(code));
    this.#asking = answer.catch(() => {});
    return answer;
  }

  async #ask(code: string): Promise<string> {
    const { clock } = this.#options.host;
    const patience = new AbortController();
    const answered = new Promise<string>((resolve) => {
      this.#codeAnswered = resolve;
    });
    const late = clock.sleep(limits.codeMs, patience.signal).then(() => {
      throw new LinkError("The network did not answer this code");
    });
    late.catch(() => {});
    try {
      await this.#engine.run(`AT+CUSD=1,"${code}",15`);
      return await Promise.race([answered, late]);
    } catch (error) {
      if (error instanceof AtFailure) throw new LinkError(error.message, { cause: error });
      throw error;
    } finally {
      this.#codeAnswered = undefined;
      patience.abort();
    }
  }

  /**
   * Lets a phone ring, and hangs up; one at a time. Never rejects.
   * @param signal hangs up before its time
   */
  async call(number: string, ringMs: number, signal: AbortSignal): Promise<Called> {
    const ringing = new Ringing(this.#engine, this.#options.host.clock);
    const end = (): void => ringing.end("It was taken back");
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    this.#ringing = ringing;
    const called = ringing.run(number, ringMs);
    this.#called = called;
    try {
      return await called;
    } finally {
      this.#ringing = undefined;
      signal.removeEventListener("abort", end);
    }
  }

  /** Hangs up what it calls; resolves when its port is given up. */
  async close(): Promise<void> {
    this.#isReady = false;
    for (const timer of this.#timers.splice(0)) timer.cancel();
    if (this.#ringing) await this.#callOff(this.#ringing);
    this.#engine.close();
  }

  async #callOff(ringing: Ringing): Promise<void> {
    ringing.end("The gateway stopped");
    const patience = new AbortController();
    const late = this.#options.host.clock.sleep(limits.lastHangUpMs, patience.signal);
    await Promise.race([this.#called, late.catch(() => {})]);
    patience.abort();
  }

  async #prepare(): Promise<void> {
    const { host, name, pin, stands, tells, isGuess, isStuck, balance } = this.#options;
    stands({ state: "opening" });
    if (isStuck) {
      host.count("modem_restarts");
      await restart(this.#engine);
      await this.#engine.pause(limits.restartMs);
    }
    await wake(this.#engine, isGuess ? limits.guessTries : limits.wakeTries);
    tells(await identify(this.#engine));
    await hangUpLeft(this.#engine);
    await unlockSim(this.#engine, { name, pin }, host.store);
    const memory = await prepareMessages(this.#engine);
    if (memory !== undefined) this.#memories.add(memory);
    // Reports of what was sent before it was lost come before anything is sent again.
    await this.#try(async () => this.#drain(1));
    await this.#look();
    const every = (ms: number, run: () => Promise<void>): void => {
      this.#timers.push(host.clock.every(ms, () => void this.#try(run)));
    };
    every(limits.pollMs, async () => this.#drain());
    every(limits.figuresMs, async () => tells(await figuresOf(this.#engine)));
    every(limits.registrationMs, async () => this.#look());
    if (balance !== undefined) every(limits.dayMs, async () => this.#askBalance(balance));
    void this.#try(async () => {
      tells(await figuresOf(this.#engine));
      await this.#drain();
      if (balance !== undefined) await this.#askBalance(balance);
    });
  }

  async #askBalance(code: string): Promise<void> {
    if (this.#isReady) this.#options.tells({ balance: await this.ask(code) });
  }

  /** Whether there is a network. */
  async #look(): Promise<void> {
    const { stands, ready } = this.#options;
    const registered = await isRegistered(this.#engine);
    const was = this.#isReady;
    this.#isReady = registered === "yes";
    await this.#mendSearch();
    if (registered === "denied") stands({ state: "denied", reason: "The network refuses the SIM" });
    else if (this.#isReady) stands({ state: "ready" });
    else stands({ state: "searching", reason: "The modem has no network" });
    if (this.#isReady && !was) ready();
  }

  /** A modem that finds no network is told to look again, and then to start anew. */
  async #mendSearch(): Promise<void> {
    const { host } = this.#options;
    const now = host.clock.monotonic();
    if (this.#isReady) this.#searchesSince = undefined;
    else this.#searchesSince ??= now;
    const searchedMs = now - (this.#searchesSince ?? now);
    const step = Math.floor(searchedMs / limits.searchMs);
    if (step === this.#searchStep) return;
    this.#searchStep = step;
    if (step === 0) return;
    host.count("modem_searches");
    if (step % 2 === 1) {
      await this.#engine.run("AT+COPS=0", { timeoutMs: limits.sendMs });
      return;
    }
    host.count("modem_restarts");
    await restart(this.#engine);
    // It has forgotten what it was told: it is opened anew.
    this.#engine.close();
  }

  /** What fails here fails again when it is next due; that the modem is gone is told by `lost`. */
  async #try(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (err) {
      const { host } = this.#options;
      host.count("modem_rounds_failed");
      host.log.debug({ err }, "modem could not be asked");
    }
  }

  #hear({ line, pdu }: Unasked): void {
    const { inbound } = this.#options;
    if (/^\+(?:CMTI|CDSI):/.test(line)) {
      const memory = /"(?<name>\w{2})"/.exec(line)?.groups?.["name"];
      const { size } = this.#memories;
      // A noisy line has names of its own; those that are none are refused, and forgotten.
      if (memory !== undefined && size > 0 && size < limits.memories) this.#memories.add(memory);
      void this.#try(async () => this.#drain());
    } else if (pdu !== undefined) void this.#try(async () => this.#acceptUnstored(pdu));
    const told = networkAnswer(line);
    if (told !== undefined) this.#codeAnswered?.(told);
    this.#ringing?.hear(line);
    const caller = this.#caller.hear(line);
    if (caller !== undefined) inbound.call(caller);
  }

  /**
   * Takes everything out of the modem's store, in its order. Each is read twice: on a noisy line what
   * is not the same both times is neither believed nor deleted.
   * @param rounds how often it is listed while there is more in it
   */
  async #drain(rounds: number = limits.listRounds): Promise<void> {
    this.#isDue = true;
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let round = 0; this.#isDue && round < rounds; round++) {
        this.#isDue = false;
        // Where it says that there is none, it is read as it is.
        if (this.#memories.size < 2) await this.#drainOne();
        else for (const memory of this.#memories) await this.#drainMemory(memory);
      }
    } finally {
      this.#isDraining = false;
    }
  }

  /** Messages may be kept in several memories; nothing else changes which is read. */
  async #drainMemory(name: string): Promise<void> {
    try {
      await this.#engine.run(`AT+CPMS="${name}"`, { answer: "+CPMS" });
    } catch (error) {
      if (!(error instanceof AtFailure) || error.kind !== "refused") throw error;
      this.#memories.delete(name);
      return;
    }
    await this.#drainOne();
  }

  async #drainOne(): Promise<void> {
    for (const { line, pdu } of await this.#engine.run("AT+CMGL=4", listing)) {
      const place = Number(/:\s*(\d+)/.exec(line)?.[1] ?? Number.NaN);
      if (pdu === undefined || Number.isNaN(place)) continue;
      // There is room now: the network gives what it has kept.
      if (await this.#takeOut(place, pdu)) this.#isDue = true;
    }
  }

  /** A modem that keeps nothing itself hands messages on, and waits until each is acknowledged. */
  async #acceptUnstored(pdu: string): Promise<void> {
    await this.#accept(pdu);
    await this.#engine.run("AT+CNMA", { isUrgent: true });
  }

  /** Whether it was taken out; one that the modem does not give or delete is in nobody's way. */
  async #takeOut(place: number, pdu: string): Promise<boolean> {
    const { host } = this.#options;
    try {
      const [again] = await this.#engine.run(`AT+CMGR=${place}`, { answer: "+CMGR" });
      if (again?.pdu !== pdu || !hasItsLength(again)) {
        host.count("messages_read_differently");
        return false;
      }
      await this.#accept(pdu);
      await this.#engine.run(`AT+CMGD=${place}`);
      return true;
    } catch (error) {
      if (!(error instanceof AtFailure) || error.kind !== "refused") throw error;
      host.count("messages_stuck");
      return false;
    }
  }

  /** Resolves when it is on the disk. */
  async #accept(pdu: string): Promise<void> {
    const { inbound, host } = this.#options;
    const message = read(pdu);
    if (message instanceof ProtocolError) {
      host.count("messages_odd");
      await inbound.odd(pdu, message.message);
    } else if (message.type === "deliver") {
      await inbound.message(message, pdu);
    } else if (message.type === "status-report") {
      await inbound.report(message);
    }
  }
}

function read(pdu: string): Pdu | ProtocolError {
  try {
    return decodePdu(pdu, { direction: "in" });
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

const listing = { answer: "+CMGL", timeoutMs: limits.listMs } as const;

/** Whether a PDU is as long as the line before it says. */
function hasItsLength({ line, pdu = "" }: AnswerLine): boolean {
  const stated = Number(/,\s*(\d+)$/.exec(line)?.[1] ?? Number.NaN);
  const centre = Number.parseInt(pdu.slice(0, 2), 16);
  return pdu.length / 2 - 1 - centre === stated;
}
