import type { Clock } from "koine/adapter";
import type { Plugged, Port } from "../../simulation/line.ts";
import { decodePdu } from "../pdu/message.ts";
import { manners, type Make, type Manners } from "./manners.ts";
import { tpduLength } from "./network-pdu.ts";
import type { Network, Subscriber } from "./network.ts";
import type { NetworkCall } from "./network-call.ts";

export interface ModemOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly make: Make;
  /** Of the SIM; none by default. */
  readonly pin?: string;
}

/** Why a message is refused when there is no network (3GPP TS 27.005, 3.2.5). */
const noNetworkService = 331;
const simPinRequired = 311;
const invalidIndex = 321;
/** Without a SIM (3GPP TS 27.007, 9.2.1). */
const noSim = 10;
const [substitute, escape] = [0x1a, 0x1b];
const pinTries = 3;
/** Registration: not registered, in the home network, and denied. */
const registration = { none: 2, home: 1, denied: 3 } as const;

type Handler = (rest: string) => readonly string[] | Refusal | undefined;

/** A command that is refused, with the words that say so. */
class Refusal {
  readonly words: string;

  constructor(words = "ERROR") {
    this.words = words;
  }
}

interface Stored {
  readonly pdu: string;
  isRead: boolean;
}

/**
 * A GSM modem, from the host's side: what 3GPP TS 27.005 and 27.007 say, with the manners of one
 * make. It keeps messages until they are deleted, and has room for a few.
 */
export class Modem implements Subscriber, Plugged {
  readonly manners: Manners;
  /** What it hears of each line, for tests. */
  onCommand: ((command: string) => void) | undefined;
  /** What it says of its own accord between two lines of an answer, if anything. */
  disturb: (() => string | undefined) | undefined;
  /** Hears and says nothing any more, as one that has crashed. */
  isMute = false;
  /** `+CSQ`: 0…31, 99 when it cannot tell. */
  signal = 21;
  balance = "Balance: 12.50 KES";
  /** What it says as it is told to call, instead of doing so; it says nothing where that is empty. */
  dialRefusal: string | undefined;
  /** Hangs up by `ATH` alone. */
  hasNoChup = false;
  /** There is a SIM in it. */
  hasSim = true;
  /** The network does not take the SIM. */
  isDenied = false;
  readonly #clock: Clock;
  readonly #network: Network;
  readonly #pin: string | undefined;
  readonly #handlers: readonly (readonly [prefix: string, handler: Handler])[];
  /** It obeys nothing but that it is to start anew. */
  isHung = false;
  /** How often it was told to start anew. */
  restarts = 0;
  readonly #store = new Map<number, Stored>();
  /** A second memory, which is read when that is asked for. */
  readonly #spare = new Map<number, Stored>();
  #isSpareRead = false;
  #port: Port | undefined;
  #line = "";
  #echoes = false;
  #hasHeard = false;
  #isUnlocked = false;
  #triesLeft = pinTries;
  #isRegistered = true;
  #notifies = 0;
  #notifiesReports = 0;
  #saysWhoCalls = false;
  #reference = 0;
  #call: NetworkCall | undefined;
  /** The length of the text that it waits for. */
  #textLength: number | undefined;
  /** A text is on its way, and nothing is answered meanwhile. */
  #isBusy = false;

  constructor({ clock, network, make, pin }: ModemOptions) {
    this.#clock = clock;
    this.#network = network;
    this.#pin = pin;
    this.manners = manners[make];
    this.#handlers = this.#commands();
    this.powerOn();
  }

  /** Numbers of the places that are taken. */
  get stored(): readonly number[] {
    return [...this.#store.keys(), ...this.#spare.keys()];
  }

  /** It starts, as after it got power. */
  powerOn(): void {
    this.#echoes = this.manners.echoes;
    this.#hasHeard = !this.manners.swallowsFirst;
    this.#isUnlocked = this.#pin === undefined;
    this.#notifies = 0;
    this.#notifiesReports = 0;
    this.#textLength = undefined;
    this.#isBusy = false;
    this.#isSpareRead = false;
    this.#hangUp();
    this.#line = "";
    for (const line of this.manners.boot) this.say(line);
    this.#register();
  }

  attach(port: Port): void {
    this.#port = port;
  }

  detach(port: Port): void {
    if (this.#port === port) this.#port = undefined;
  }

  /** The network is there, or not. */
  setRegistered(isRegistered: boolean): void {
    this.#isRegistered = isRegistered;
    this.#register();
  }

  /** Bytes from the host. */
  receive(bytes: Buffer): void {
    if (this.isMute) return;
    for (const byte of bytes) this.#hear(byte);
  }

  /** Says something unasked. */
  say(line: string): void {
    this.#write(`\r\n${line}\r\n`);
  }

  take(pdu: string): boolean {
    if (this.isMute || this.#store.size >= this.manners.capacity) return false;
    const place = this.#freePlace();
    this.#store.set(place, { pdu, isRead: false });
    if (this.#notifies === 1) this.say(`+CMTI: "${this.manners.storage}",${place}`);
    return true;
  }

  /** Keeps a message in its second memory. */
  takeSpare(pdu: string): void {
    const place = this.#spare.size + 1;
    this.#spare.set(place, { pdu, isRead: false });
    this.say(`+CMTI: "${this.#spareName}",${place}`);
  }

  get #spareName(): string {
    return this.manners.storage === "SM" ? "ME" : "SM";
  }

  get #read(): Map<number, Stored> {
    return this.#isSpareRead ? this.#spare : this.#store;
  }

  report(pdu: string): boolean {
    if (this.#notifiesReports === 2) return this.take(pdu);
    if (this.#notifiesReports === 1) this.say(`+CDS: ${tpduLength(pdu)}\r\n${pdu}`);
    return !this.isMute;
  }

  ring(from: string): void {
    this.say("RING");
    if (this.#saysWhoCalls) this.say(`+CLIP: "${from}",145,"",,"",0`);
  }

  missed(): void {
    for (const line of this.manners.calls.missed) this.say(line);
  }

  /** Calls a phone; what comes of that is told while other things are said. */
  #dial(rest: string): readonly string[] | Refusal | undefined {
    const to = /^(?<to>\+?\d+);$/.exec(rest)?.groups?.["to"];
    if (to === undefined) return new Refusal();
    if (this.dialRefusal !== undefined) {
      return this.dialRefusal === "" ? undefined : new Refusal(this.dialRefusal);
    }
    if (!this.#isRegistered || this.#isCalling) return new Refusal("NO CARRIER");
    const { made, answered, over } = this.manners.calls;
    const tell = (lines: readonly string[]): void => {
      for (const line of lines) this.say(line);
    };
    this.#call = this.#network.dial(to, {
      answered: () => tell(answered),
      ended: (reason) => tell([...over, reason]),
    });
    this.#clock.after(2 * this.manners.answerMs, () => tell(made));
    return [];
  }

  get #isCalling(): boolean {
    return this.#call !== undefined && this.#call.state !== "over";
  }

  #hangUp(): readonly string[] {
    if (!this.#isCalling) return [];
    this.#call?.hangUp();
    return this.manners.calls.over;
  }

  /** The call that it makes, as 3GPP TS 27.007, 7.18, lists it. */
  #calls(): readonly string[] {
    if (!this.#isCalling) return [];
    return [`+CLCC: 1,0,${this.#call?.state === "talks" ? 0 : 3},0,0`];
  }

  #restart(): void {
    this.isHung = false;
    this.restarts += 1;
    this.powerOn();
  }

  #register(): void {
    this.#network.serve(this.#isRegistered && this.#isUnlocked ? this : undefined);
  }

  #freePlace(): number {
    for (let place = 1; ; place++) if (!this.#store.has(place)) return place;
  }

  #hear(byte: number): void {
    if (this.#textLength !== undefined) return this.#hearText(byte);
    if (byte === escape) {
      this.#line = "";
    } else if (byte === 0x0d) {
      const line = this.#line.trim();
      this.#line = "";
      if (line !== "") this.#obey(line);
    } else if (byte !== 0x0a) {
      this.#line += String.fromCodePoint(byte);
    }
  }

  #hearText(byte: number): void {
    if (byte === escape) {
      this.#textLength = undefined;
      this.#line = "";
      this.#answer([]);
    } else if (byte === substitute) {
      const text = this.#line.trim();
      const length = this.#textLength;
      this.#textLength = undefined;
      this.#line = "";
      this.#submit(text, length ?? 0);
    } else {
      this.#line += String.fromCodePoint(byte);
    }
  }

  #obey(line: string): void {
    this.onCommand?.(line);
    if (!this.#hasHeard) {
      this.#hasHeard = true;
      return;
    }
    if (/^AT\+CFUN=1,1$/i.test(line)) return this.#restart();
    if (this.isHung) return;
    if (this.#echoes) this.#write(`${line}\r`);
    if (this.#isBusy) return;
    const command = line.toUpperCase().startsWith("AT") ? line.slice(2) : undefined;
    if (command === undefined) return this.#answer(new Refusal());
    const found = this.#handlers.find(([prefix]) => command.toUpperCase().startsWith(prefix));
    if (command === "") return this.#answer([]);
    const answer = found ? found[1](command.slice(found[0].length)) : new Refusal();
    if (answer) this.#answer(answer);
  }

  #answer(answer: readonly string[] | Refusal): void {
    this.#clock.after(this.manners.answerMs, () => {
      const lines = answer instanceof Refusal ? [answer.words] : [...answer, "OK"];
      for (const line of lines) {
        const other = this.disturb?.();
        if (other !== undefined) this.say(other);
        this.say(line);
      }
    });
  }

  #write(text: string): void {
    if (!this.isMute) this.#port?.write(Buffer.from(text, "latin1"));
  }

  /** By what they begin with; longer ones first. */
  #commands(): readonly (readonly [string, Handler])[] {
    const { maker, model, revision, hasCsms, storage, capacity, takes } = this.manners;
    const all: [string, Handler][] = [
      ...takes.map((command): [string, Handler] => [command, () => []]),
      ["E0", () => this.#quietly(() => (this.#echoes = false))],
      ["E1", () => this.#quietly(() => (this.#echoes = true))],
      ["I", () => [maker, model, revision]],
      ["D", (rest) => this.#dial(rest)],
      ["H", () => this.#hangUp()],
      ["+CHUP", () => (this.hasNoChup ? new Refusal() : this.#hangUp())],
      ["+CLCC", () => this.#calls()],
      ["Z", () => []],
      ["+CMEE", () => []],
      ["+CGMI", () => [maker]],
      ["+CGMM", () => [model]],
      ["+CGMR", () => [revision]],
      ["+CGSN", () => ["867322001234567"]],
      ["+CIMI", () => this.#unlocked(() => ["639020000000001"])],
      ["+CPIN?", () => this.#lock()],
      ["+CPIN=", (rest) => this.#unlock(rest.replaceAll('"', ""))],
      ["+CPINR", () => [`+CPINR: SIM PIN, ${this.#triesLeft}, ${pinTries}`]],
      ["+CSQ", () => [`+CSQ: ${this.signal},99`]],
      ["+CREG?", () => [`+CREG: 0,${this.#registration()}`]],
      ["+CEREG?", () => [`+CEREG: 0,${this.#registration()}`]],
      ["+COPS?", () => [this.#isRegistered ? '+COPS: 0,0,"Safaricom",7' : "+COPS: 0"]],
      ["+COPS=", () => []],
      ["+CSCS?", () => ['+CSCS: "IRA"']],
      ["+CSCS=?", () => ['+CSCS: ("IRA","GSM","UCS2")']],
      ["+CSCS=", () => []],
      ["+CMGF?", () => ["+CMGF: 0"]],
      ["+CMGF=?", () => ["+CMGF: (0)"]],
      ["+CMGF=", (rest) => (rest === "0" ? [] : new Refusal())],
      ["+CSMS", () => (hasCsms ? ["+CSMS: 1,1,1"] : new Refusal())],
      ["+CPMS=?", () => [`+CPMS: ("${storage}"),("${storage}"),("${storage}")`]],
      ["+CNMI=?", () => ["+CNMI: (0-2),(0-3),(0-3),(0-2),(0,1)"]],
      ["+CMGL=?", () => ["+CMGL: (0-4)"]],
      ["+CPMS=", (rest) => this.#unlocked(() => this.#choose(rest))],
      [
        "+CPMS",
        () => {
          const each = `"${storage}",${this.#store.size},${capacity}`;
          return this.#unlocked(() => [`+CPMS: ${each},${each},${each}`]);
        },
      ],
      ["+CNMI=", (rest) => this.#notify(rest)],
      ["+CLIP=", (rest) => this.#quietly(() => (this.#saysWhoCalls = rest === "1"))],
      ["+CSCA", () => ['+CSCA: "+12063130057",145']],
      ["+CMGL=", () => this.#unlocked(() => this.#list())],
      ["+CMGR=", (rest) => this.#unlocked(() => this.#readOne(Number(rest)))],
      ["+CMGD=", (rest) => this.#unlocked(() => this.#delete(Number(rest.split(",")[0])))],
      ["+CMGS=", (rest) => this.#prompt(Number(rest))],
      ["+CUSD=1", () => this.#askNetwork()],
      ["+CUSD=", () => []],
      ["+CFUN=", () => []],
      ["+CNMA", () => []],
    ];
    return all.toSorted(([a], [b]) => b.length - a.length);
  }

  #choose(rest: string): readonly string[] | Refusal {
    const { storage, capacity } = this.manners;
    const [name] = rest.replaceAll('"', "").split(",");
    if (name !== storage && name !== this.#spareName) return new Refusal("+CMS ERROR: 302");
    this.#isSpareRead = name === this.#spareName;
    return [`+CPMS: ${this.#read.size},${capacity},${this.#store.size},${capacity},0,${capacity}`];
  }

  #quietly(change: () => unknown): readonly string[] {
    change();
    return [];
  }

  #unlocked(answer: () => readonly string[] | Refusal): readonly string[] | Refusal {
    return this.#isUnlocked ? answer() : new Refusal(`+CMS ERROR: ${simPinRequired}`);
  }

  #unlock(pin: string): readonly string[] | Refusal {
    if (this.#isUnlocked) return new Refusal("+CME ERROR: 3");
    if (this.#triesLeft === 0) return new Refusal("+CME ERROR: 12");
    if (pin !== this.#pin) {
      this.#triesLeft -= 1;
      return new Refusal("+CME ERROR: 16");
    }
    this.#triesLeft = pinTries;
    this.#isUnlocked = true;
    this.#register();
    return [];
  }

  #lock(): readonly string[] | Refusal {
    if (!this.hasSim) return new Refusal(`+CME ERROR: ${noSim}`);
    return [this.#isUnlocked ? "+CPIN: READY" : "+CPIN: SIM PIN"];
  }

  #registration(): number {
    if (this.isDenied) return registration.denied;
    return this.#isRegistered && this.#isUnlocked ? registration.home : registration.none;
  }

  #notify(rest: string): readonly string[] | Refusal {
    if (!this.manners.notifies.test(rest)) return new Refusal("+CMS ERROR: 302");
    const [, messages, , reports] = rest.split(",").map(Number);
    this.#notifies = messages ?? 0;
    this.#notifiesReports = reports ?? 0;
    return [];
  }

  #list(): readonly string[] {
    return [...this.#read]
      .toSorted(([a], [b]) => a - b)
      .map(([place, stored]) => {
        const line = `+CMGL: ${place},${Number(stored.isRead)},,${tpduLength(stored.pdu)}`;
        stored.isRead = true;
        return `${line}\r\n${stored.pdu}`;
      });
  }

  #readOne(place: number): readonly string[] | Refusal {
    const stored = this.#read.get(place);
    if (!stored) return new Refusal(`+CMS ERROR: ${invalidIndex}`);
    const line = `+CMGR: ${Number(stored.isRead)},,${tpduLength(stored.pdu)}`;
    stored.isRead = true;
    return [`${line}\r\n${stored.pdu}`];
  }

  #delete(place: number): readonly string[] | Refusal {
    if (!this.#read.delete(place)) return new Refusal(`+CMS ERROR: ${invalidIndex}`);
    this.#clock.after(1, () => this.#network.offer());
    return [];
  }

  #prompt(length: number): undefined {
    this.#isBusy = true;
    this.#clock.after(this.manners.promptMs, () => {
      this.#isBusy = false;
      this.#textLength = length;
      this.#write("\r\n> ");
    });
  }

  #askNetwork(): readonly string[] {
    this.#clock.after(10 * this.manners.answerMs, () => this.say(`+CUSD: 0,"${this.balance}",15`));
    return [];
  }

  #submit(text: string, length: number): void {
    if (this.#echoes) this.#write(`${text}\r`);
    if (!this.#isRegistered) return this.#answer(new Refusal(`+CMS ERROR: ${noNetworkService}`));
    if (tpduLength(text) !== length) return this.#answer(new Refusal("+CMS ERROR: 304"));
    const submit = decodePdu(text, { direction: "out" });
    if (submit.type !== "submit") return this.#answer(new Refusal("+CMS ERROR: 304"));
    this.#reference = (this.#reference + 1) % 256;
    const verdict = this.#network.submit(submit, this.#reference);
    if (verdict === "accepted") this.#answer([`+CMGS: ${this.#reference}`]);
    else if (typeof verdict === "number") this.#answer(new Refusal(`+CMS ERROR: ${verdict}`));
  }
}
