import { isTaken, type Courier, type Wish } from "../core/courier.ts";
import type { AlarmWords, DigestLine, Notice, Notifier, Recipient } from "../core/notifier.ts";
import type { Result } from "../model/result.ts";
import type { Property } from "../model/description.ts";
import { labelOf, timeText, valueText } from "./figures.ts";
import type { Language, PhraseName } from "./language.ts";
import { transliterated } from "./message-size.ts";
import { fill, inOneMessage, say, type Fillings } from "./phrases.ts";
import type { Person } from "./person.ts";

export interface NoticesOptions {
  readonly courier: Courier;
  readonly people: () => readonly Person[];
  readonly languageFor: (person: Person) => Language;
  /** The language of the gateway itself. */
  readonly language: Language;
}

/** How long a channel may take to accept a text or a call, in ms. */
const takenMs = 20_000;
/** How long it is heard whether it gave a text up, in ms. */
const failedMs = 3_600_000;
/** How long a phone rings, in s. */
const ringS = 25;
const idLength = 64;

/** Tells people of alarms by text, each in their language, and lets their phones ring. */
export class Notices implements Notifier {
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  people(): readonly Recipient[] {
    return this.#options.people();
  }

  async tell(id: string, name: string, notice: Notice, failed: () => void): Promise<boolean> {
    const person = this.#options.people().find((one) => one.id === id);
    if (!person) return false;
    const body = noticeText(this.#options.languageFor(person), notice);
    const isAlarm = ["raised", "digest", "quiet"].includes(notice.type);
    const values = { message: { body, class: isAlarm ? "alarm" : "report" } };
    const wish = { device: id, id: `${name}-${id}`.slice(0, idLength), by: "alerts", values };
    const { courier } = this.#options;
    const result = await courier.send(wish, takenMs, isTaken);
    // Another text under this id was sent before a crash.
    const isSent = isHandedOver(result) || result?.code === "duplicate_id";
    if (isSent && isAlarm) void this.#hearFailure(wish, failed);
    return isSent;
  }

  async #hearFailure(wish: Wish, failed: () => void): Promise<void> {
    const last = await this.#options.courier.hear(wish, failedMs);
    if (last && last.status !== "done" && last.stage !== "unknown") failed();
  }

  async call(id: string, name: string): Promise<boolean> {
    const wish = {
      device: id,
      id: `${name}-${id}`.slice(0, idLength),
      by: "alerts",
      values: { call: ringS },
    };
    return isHandedOver(await this.#options.courier.send(wish, takenMs, isTaken));
  }

  text(words: AlarmWords): string {
    return alarmText(this.#options.language, words);
  }
}

function isHandedOver(result: Result | undefined): boolean {
  return result?.status === "queued" || result?.status === "done";
}

function noticeText(language: Language, notice: Notice): string {
  switch (notice.type) {
    case "raised": {
      const { number, words, atMs } = notice;
      const message = alarmText(language, words);
      return say(language, "alarm", { number, message, time: timeText(atMs) });
    }
    case "info":
      return say(language, "alarm_info", {
        message: alarmText(language, notice.words),
        time: timeText(notice.atMs),
      });
    case "taken":
      return say(language, "alarm_taken", { number: notice.number, who: notice.who });
    case "over": {
      const [first, ...others] = notice.alarms;
      const number = numbersText(notice.alarms);
      // Of several there is room for the numbers alone.
      const message = first && others.length === 0 ? alarmText(language, first.words) : "";
      return say(language, "alarm_over", { number, message, time: "" });
    }
    case "digest": {
      const count = notice.alarms.reduce((sum, line) => sum + line.count, 0);
      return listed(language, "alarm_digest", notice.alarms, { count });
    }
    case "quiet":
      return listed(language, "quiet_digest", notice.alarms, {});
  }
}

/** A phrase with as many of the alarms as there is room for, and how many more there are. */
function listed(
  language: Language,
  phrase: PhraseName,
  alarms: readonly DigestLine[],
  fillings: Fillings,
): string {
  const lines = alarms.map(({ number, words, count, isOver }) => {
    const times = count > 1 ? ` (${count}x)` : "";
    return `${number} ${alarmText(language, words)}${times}${isOver ? " (OK)" : ""}`;
  });
  for (let shown = lines.length; shown > 1; shown--) {
    const more = lines.length > shown ? `, +${lines.length - shown}` : "";
    const list = `${lines.slice(0, shown).join(", ")}${more}`;
    const text = say(language, phrase, { ...fillings, list });
    if (text.includes(list) || text.includes(transliterated(list))) return text;
  }
  const rest = alarms.length > 1 ? `, +${alarms.length - 1}` : "";
  return say(language, phrase, { ...fillings, list: `${lines[0] ?? ""}${rest}` });
}

/** `4, 5, 6`, as far as there is room for numbers. */
function numbersText(alarms: readonly DigestLine[]): string {
  const numbers = alarms.map(({ number }) => String(number));
  const shown = numbers.slice(0, mostNumbers);
  const more = numbers.length > shown.length ? ` +${numbers.length - shown.length}` : "";
  return `${shown.join(", ")}${more}`;
}

const mostNumbers = 8;

/** What is wrong, in a few words: `Tank level LOW 8 %`. */
function alarmText(
  language: Language,
  { kind, name, property, value, message }: AlarmWords,
): string {
  if (message !== undefined) return message;
  const described: Property = {
    is: property?.is ?? "value",
    type: "number",
    access: "r",
    ...(property?.name !== undefined && { name: property.name }),
    ...(property?.unit !== undefined && { unit: property.unit }),
  };
  const label = labelOf(language, described);
  const told = value === undefined ? "" : valueText(language, described, value);
  const fillings = new Map([
    ["name", name],
    ["property", label],
    // The name of the property stands before the value already.
    ["value", told.startsWith(`${label} `) ? told.slice(label.length + 1) : told],
  ]);
  return inOneMessage(language, fill(language.alarms[kind], fillings), {}).trim();
}
