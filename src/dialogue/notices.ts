import type { Courier } from "../core/courier.ts";
import { isTaken } from "../core/courier.ts";
import type { AlarmWords, DigestLine, Notice, Notifier, Recipient } from "../core/notifier.ts";
import type { Result } from "../model/result.ts";
import type { Property } from "../model/description.ts";
import { labelOf, timeText, valueText } from "./figures.ts";
import type { Language } from "./language.ts";
import { fill, inOneMessage, say } from "./phrases.ts";
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
    const isAlarm = notice.type === "raised" || notice.type === "digest";
    const values = { message: { body, class: isAlarm ? "alarm" : "report" } };
    const wish = { device: id, id: `${name}-${id}`.slice(0, idLength), by: "alerts", values };
    const { courier } = this.#options;
    const result = await courier.send(wish, takenMs, isTaken);
    // Another text under this id was sent before a crash.
    const isSent = isHandedOver(result) || result?.code === "duplicate_id";
    if (isSent && isAlarm) void this.#hearFailure(wish.id, failed);
    return isSent;
  }

  async #hearFailure(id: string, failed: () => void): Promise<void> {
    const last = await this.#options.courier.hear(id, failedMs);
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
      const { number, words, atMs } = notice;
      const message = alarmText(language, words);
      return say(language, "alarm_over", { number, message, time: timeText(atMs) });
    }
    case "digest":
      return say(language, "alarm_digest", {
        count: notice.alarms.reduce((sum, { count }) => sum + count, 0),
        list: listText(language, notice.alarms),
      });
    case "quiet":
      return say(language, "quiet_digest", { list: listText(language, notice.alarms) });
  }
}

function listText(language: Language, alarms: readonly DigestLine[]): string {
  const lines = alarms.map(({ number, words, count }) => {
    const times = count > 1 ? ` (${count}x)` : "";
    return `${number} ${alarmText(language, words)}${times}`;
  });
  return lines.join(", ");
}

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
