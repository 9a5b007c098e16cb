import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Bus } from "../core/bus.ts";
import { Courier } from "../core/courier.ts";
import type { KnownDevices } from "../core/known-devices.ts";
import type { Logger } from "../core/logger.ts";
import { PatientWriter } from "../core/patient-writer.ts";
import type { SteadyTime } from "../core/steady-time.ts";
import type { Requests } from "../core/requests.ts";
import type { Counters } from "../counters.ts";
import { CommandError } from "../errors.ts";
import type { MessageOf } from "../model/message.ts";
import type { Store } from "../store/store.ts";
import { Audit, type AuditEntry } from "./audit.ts";
import { cardOf, type Card } from "./card.ts";
import { Conversation } from "./conversation.ts";
import { Directory } from "./directory.ts";
import { Errands } from "./errands.ts";
import { Intake, type IntakeOptions } from "./intake.ts";
import { Jobs } from "./jobs.ts";
import { languageOf, languages, type Language, type PhraseName } from "./language.ts";
import { Lexicon } from "./lexicon.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { Memories } from "./memories.ts";
import { Notices } from "./notices.ts";
import { secretBytes, type OneTimeList } from "./one-time-list.ts";
import { personOf, type Person } from "./person.ts";
import { say, type Fillings } from "./phrases.ts";
import { Questions } from "./questions.ts";
import type { DialogueSettings } from "./settings.ts";
import { Strangers } from "./strangers.ts";
import { Timers, type Timer } from "./timers.ts";
import type { OpenAlarm } from "./open-alarms.ts";

export interface DialogueOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly devices: KnownDevices;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
  readonly settings: DialogueSettings;
  readonly time: SteadyTime;
  readonly newId: () => string;
  /** A number that nobody can guess, below the given one. */
  readonly randomBelow: (most: number) => number;
  /** So many bytes that nobody can guess, in hexadecimal. */
  readonly randomHex: (bytes: number) => string;
}

interface Parts {
  readonly writer: PatientWriter;
  readonly courier: Courier;
  readonly directory: Directory;
  readonly memories: Memories;
  readonly conversation: Conversation;
  readonly strangers: Strangers;
  readonly audit: Audit;
  readonly timers: Timers;
  readonly questions: Questions;
  readonly jobs: Jobs;
}

const alarmSchema = z.looseObject({
  number: z.number(),
  message: z.string(),
  by: z.string().optional(),
});

/**
 * Talks with people by text: understands what they want, has it done, and tells them what the devices
 * say. A subscriber of the bus that would serve any channel that carries texts.
 */
export class Dialogue {
  readonly questions: Questions;
  /** What tells people of alarms. */
  readonly notices: Notices;
  readonly #options: DialogueOptions;
  readonly #parts: Parts;
  readonly #intake: Intake;
  readonly #unsubscribe: readonly (() => void)[];
  #sweeping: { cancel(): void } | undefined;
  #resuming: { cancel(): void } | undefined;

  private constructor(
    options: DialogueOptions,
    parts: Parts,
    intake: Intake,
    alarms: Map<string, OpenAlarm>,
  ) {
    const { bus } = options;
    this.#options = options;
    this.#parts = parts;
    this.#intake = intake;
    this.questions = parts.questions;
    this.notices = new Notices({
      courier: parts.courier,
      people: () => this.people(),
      languageFor: (person) => this.languageFor(person),
      language: languageOf(options.settings.language),
    });
    this.#unsubscribe = [
      bus.subscribe(["event"], (message, scope) => {
        if (scope === "local") intake.take(message, options.settings.isEnabled);
      }),
      bus.subscribe(["alert"], (message) => noteAlarm(alarms, message)),
      bus.subscribe(["bridge_event"], ({ name, body }) => {
        if (name === "stranger_text") parts.strangers.note(body);
      }),
    ];
  }

  /** Takes up what an earlier run left. Open it before the core starts. */
  static async load(options: DialogueOptions): Promise<Dialogue> {
    const { store, bus, clock, devices, settings } = options;
    const opened: { dialogue?: Dialogue } = {};
    const alarms = new Map<string, OpenAlarm>();
    const writer = new PatientWriter(options);
    const courier = new Courier(bus, clock);
    const shared = { ...options, writer, courier, people: () => peopleOf(devices) };
    const memories = await Memories.load(store);
    const audit = await Audit.load(store);
    const questions = await Questions.load(shared);
    const lexicon = new Lexicon(languages);
    const directory = await Directory.load({ devices, lexicon, settings, writer }, store);
    const failed = (timer: Timer): void => opened.dialogue?.timerFailed(timer);
    const timers = await Timers.load({ ...shared, failed });
    const conversation = new Conversation({
      ...settings,
      lexicon,
      targets: () => directory.targets(),
      alarms: () => [...alarms.values()],
      people: () => peopleOf(devices),
      levelOf: ({ device }) => directory.settingsOf(device).level,
      onMsOf: ({ device }) => directory.settingsOf(device).onMs ?? settings.onMs,
      isInAllOff: ({ device }) => directory.settingsOf(device).allOff,
      startedBy: ({ id }) => {
        const mine = timers.startedBy(id);
        return {
          targets: directory.targetsNamed(mine),
          isSure: mine.every(({ isSeen }) => isSeen),
        };
      },
      isStarted: (device, key) =>
        timers.get(device, key) !== undefined || opened.dialogue?.isUnderWay(device, key) === true,
      balances: () => directory.balances(),
      randomBelow: options.randomBelow,
    });
    const jobs = await Jobs.load({
      ...shared,
      memories,
      directory,
      errands: new Errands({ courier, devices, clock }),
      personOf: (id) => peopleOf(devices).find((person) => person.id === id),
      languageFor: (person) => conversation.languageFor(person, memories.of(person.id)),
    });
    const toOwners: IntakeOptions["toOwners"] = ({ phrase, fillings }, except) =>
      opened.dialogue?.tellOwners(phrase, fillings, except);
    const strangers = await Strangers.load(store, writer, clock);
    const talk = { conversation, memories, jobs, timers, questions, audit };
    const intake = await Intake.load({ ...shared, ...talk, toOwners });
    const parts = { ...talk, writer, courier, directory, strangers };
    opened.dialogue = new Dialogue(options, parts, intake, alarms);
    return opened.dialogue;
  }

  /** Called when the adapters may be commanded: goes on with what was under way. */
  start(): void {
    const { timers, questions, jobs } = this.#parts;
    timers.start();
    questions.start();
    // Who reads which language, and what is there, is told in the first moments.
    this.#resuming = this.#options.clock.after(limits.resumeMs, () => {
      jobs.start();
      this.#intake.start();
    });
    this.#sweeping = this.#options.clock.every(limits.timerRetryMs, () => this.#sweep());
  }

  async stop(): Promise<void> {
    const { timers, questions, jobs, courier, writer } = this.#parts;
    for (const end of this.#unsubscribe) end();
    this.#sweeping?.cancel();
    this.#resuming?.cancel();
    timers.stop();
    questions.stop();
    jobs.stop();
    courier.close();
    await writer.flush();
  }

  people(): readonly Person[] {
    return peopleOf(this.#options.devices);
  }

  /** The language somebody is answered in. */
  languageFor(person: Person): Language {
    const { conversation, memories } = this.#parts;
    return conversation.languageFor(person, memories.of(person.id));
  }

  /** What was done at whose wish, newest first. */
  audit(count: number): readonly AuditEntry[] {
    return this.#parts.audit.newest(count);
  }

  /**
   * Makes a new one-time list for somebody; the one before is void. Resolves when it is on the disk.
   * @throws CommandError when there is nobody, or the disk refuses
   */
  async newList(idOrName: string): Promise<OneTimeList> {
    const { memories, writer } = this.#parts;
    const { id } = this.#named(idOrName);
    const list = { secret: this.#options.randomHex(secretBytes), counter: 0 };
    const isKept = await writer.write([memories.set(id, { ...memories.of(id), list })]);
    if (isKept) return list;
    throw new CommandError("device_error", "The list cannot be kept now: the disk refuses");
  }

  /**
   * What stands on the command card of somebody, or of a language.
   * @throws CommandError when there is nobody
   */
  card({ person, language }: { person?: string | undefined; language?: string | undefined }): Card {
    const somebody = person === undefined ? undefined : this.#named(person);
    const own = somebody ? this.languageFor(somebody) : languageOf(this.#options.settings.language);
    const { directory } = this.#parts;
    const wanted = language === undefined ? own : languageOf(language);
    return cardOf(wanted, directory.targets(), somebody?.name);
  }

  /** @param except who knows already */
  tellOwners(phrase: PhraseName, fillings: Fillings, except?: string): void {
    const { conversation, jobs } = this.#parts;
    const owners = this.people().filter((one) => conversation.isOwner(one) && one.id !== except);
    for (const person of owners) {
      const text = say(this.languageFor(person), phrase, fillings);
      void jobs.deliver(person.id, this.#options.newId(), { text, class: "report" });
    }
  }

  /** Whether a deed on a device is under way. */
  isUnderWay(device: string, key: string): boolean {
    return this.#parts.jobs.isUnderWay(device, key);
  }

  timerFailed({ person: id, target }: Timer): void {
    const { directory, jobs } = this.#parts;
    const person = this.people().find((one) => one.id === id);
    if (!person) return;
    const name = directory.targets().get(target)?.name ?? target;
    const text = say(this.languageFor(person), "timer_failed", { name });
    void jobs.deliver(id, this.#options.newId(), { text, class: "alarm" });
  }

  #sweep(): void {
    const due = this.#parts.strangers.due();
    if (due) this.tellOwners("strangers", due);
  }

  #named(idOrName: string): Person {
    const wanted = idOrName.toLowerCase();
    const found = this.people().find(
      ({ id, name }) => id === wanted || name.toLowerCase() === wanted,
    );
    if (found) return found;
    throw new CommandError("unknown_device", `There is nobody called "${idOrName}"`);
  }
}

function peopleOf(devices: KnownDevices): readonly Person[] {
  return devices.all().flatMap((device) => personOf(device) ?? []);
}

function noteAlarm(
  alarms: Map<string, OpenAlarm>,
  { device, alert, body }: MessageOf<"alert">,
): void {
  const { data } = alarmSchema.safeParse(body);
  if (data) alarms.set(`${device}/${alert}`, { ...data, device });
  else alarms.delete(`${device}/${alert}`);
}
