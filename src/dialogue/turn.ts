import { deedOf, endingsOf, isDeed, isTimed, type Deed } from "./acts.ts";
import type { Decision, Errand, Inquiry, Said, Surroundings } from "./decision.ts";
import { afterWrongCode, withChallenge } from "./codes.ts";
import { timeText } from "./figures.ts";
import { languageOf, languages, type Language, type PhraseName } from "./language.ts";
import { levelOf } from "./levels.ts";
import { dialogueLimits as limits } from "./limits.ts";
import { mayAnswer } from "./manners.ts";
import type { Act, Meaning } from "./meaning.ts";
import type { Choice, Memory, Wish } from "./memory.ts";
import { choicesFor } from "./menu.ts";
import { isEqual, used } from "./one-time-list.ts";
import { alarmList, alarmMeant } from "./open-alarms.ts";
import type { Person } from "./person.ts";
import { inOneMessage, say, type Fillings } from "./phrases.ts";
import { isWho, mayDo } from "./rights.ts";
import type { Target, Targets } from "./targets.ts";
import { choiceText, deedText, logLines, readingText, statusText, wishText } from "./wording.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;

interface TurnContext {
  readonly person: Person;
  readonly memory: Memory;
  readonly said: Said;
  readonly language: Language;
}

/** What follows from one text of one person. */
export class Turn {
  readonly #options: Surroundings;
  readonly #person: Person;
  readonly #memory: Memory;
  readonly #said: Said;
  readonly #language: Language;
  readonly #targets: Targets;

  constructor(options: Surroundings, { person, memory, said, language }: TurnContext) {
    this.#options = options;
    this.#person = person;
    this.#memory = memory;
    this.#said = said;
    this.#language = language;
    this.#targets = options.targets();
  }

  take(meaning: Meaning, isOwner: boolean): Decision {
    switch (meaning.type) {
      case "menu":
        return this.#menu(0);
      case "more":
        return this.#menu((this.#memory.menu?.page ?? -1) + 1);
      case "help":
        return this.#say("help", this.#example());
      case "number":
        return this.#number(meaning.number, meaning.targets);
      case "code":
        return this.#code(meaning.code);
      case "ok":
        return this.#ok(meaning.alarm);
      case "no":
        return this.#cancel();
      case "mute":
        return this.#mute(meaning.alarm, meaning.forMs);
      case "language":
        return this.#setLanguage(meaning.language);
      case "read":
        return this.#read(meaning.targets, meaning.property);
      case "status":
        return this.#status();
      case "balance":
        return this.#list("balance", this.#options.balances(), "no_balance");
      case "log":
        return this.#log();
      case "who":
        return isOwner ? this.#who() : this.#say("not_allowed", { name: "WHO" });
      case "add":
        return this.#add(meaning, isOwner);
      case "warn":
        return this.#warn(meaning);
      case "unwarn":
        return this.#unwarn(meaning.target);
      case "act":
        return this.#wish(withoutCode(meaning), { code: meaning.code });
      case "guess":
        return this.#askBack(withoutCode(meaning.act), "ask_back");
      case "which":
        return this.#which(meaning.choices);
      case "off":
        return this.#offAll(meaning.targets.flatMap((id) => this.#targets.get(id) ?? []));
      case "all_off":
        return this.#allOff(meaning.isBare);
      case "unknown":
        return this.#unknown();
    }
  }

  /** Carries a wish out, or asks for what is missing: a right, a code, a fresh text. */
  #wish(
    wish: Wish,
    { code, isProven = false, isFresh = this.#isFresh() }: WishProof = {},
  ): Decision {
    if (wish.type === "add") return this.#addNow(wish, isProven);
    const target = this.#targets.get(wish.target);
    if (!target) return this.#unknown();
    const deed = deedOf(target, wish.verb, wish.value);
    const { name } = target;
    if (deed === undefined) return this.#say("cannot", { name });
    if (!isDeed(deed)) return this.#say("range", { name, min: deed.min, max: deed.max });
    const level = levelOf(deed, target, this.#options.levelOf(target), this.#options.levels);
    if (!mayDo(this.#options.rights, this.#person, target, level)) {
      return this.#say("not_allowed", { name });
    }
    if (deed.isSafe) return this.#do(this.#endings(target, deed));
    if (code !== undefined) return this.#withCode(wish, code, isFresh);
    const { forMs: _length, ...endless } = wish;
    const timed: typeof wish = isTimed(deed, target) ? wish : endless;
    if (isProven) return this.#do([this.#started(target, deed, timed.forMs)]);
    // Whoever may not be answered any more may be a machine, or somebody who forges the number.
    if (!mayAnswer(this.#memory, this.#said.nowMs)) return { memory: this.#memory };
    if (level === "danger") return this.#challenge(timed);
    if (!isFresh) return this.#askBack(timed, "ask_old");
    return this.#do([this.#started(target, deed, timed.forMs)]);
  }

  /** A code of the list is used up, whatever it was for; with an old text a new one is sent. */
  #withCode(wish: Wish, code: string, isFresh: boolean): Decision {
    const { lockedUntilMs, list } = this.#memory;
    if (lockedUntilMs !== undefined) return this.#say("locked", { time: timeText(lockedUntilMs) });
    const next = list && used(list, code);
    if (!next) return this.#wrongCode();
    const turn = this.#with({ ...this.#memory, list: next, wrongsAtMs: [] });
    return isFresh ? turn.#wish(wish, { isProven: true }) : turn.#challenge(wish);
  }

  #challenge(wish: Wish): Decision {
    const { nowMs } = this.#said;
    const { challengesAtMs, lockedUntilMs } = this.#memory;
    if (lockedUntilMs !== undefined) return this.#say("locked", { time: timeText(lockedUntilMs) });
    const [oldest = nowMs] = challengesAtMs;
    if (challengesAtMs.length >= limits.codesInHour) {
      return this.#say("too_many_codes", { time: timeText(oldest + hourMs) });
    }
    const code = String(this.#options.randomBelow(10_000)).padStart(4, "0");
    const memory = withChallenge(this.#memory, wish, code, nowMs);
    const text = say(this.#language, "challenge", {
      act: wishText(this.#language, this.#targets, wish),
      code,
    });
    return { memory, answer: { text, class: "code" } };
  }

  #code(code: string): Decision {
    const { challenge, lockedUntilMs, ...rest } = this.#memory;
    if (lockedUntilMs !== undefined) return this.#say("locked", { time: timeText(lockedUntilMs) });
    if (!challenge) return this.#say("code_over");
    if (!isEqual(challenge.code, code)) return this.#wrongCode();
    const memory = { ...rest, wrongsAtMs: [] };
    return this.#with(memory).#wish(challenge.wish, { isProven: true, isFresh: true });
  }

  #wrongCode(): Decision {
    const wrong = afterWrongCode(this.#memory, this.#said.nowMs);
    const turn = this.#with(wrong.memory);
    if ("left" in wrong) return turn.#say("wrong_code", { left: wrong.left });
    const time = timeText(wrong.lockedUntilMs);
    return {
      ...turn.#say("locked", { time }),
      toOwners: { phrase: "owner_locked", fillings: { who: this.#person.name, time } },
    };
  }

  #do(errands: readonly Errand[]): Decision {
    const { nowMs, sentAtMs, ageMs } = this.#said;
    const text = errands
      .map(({ target, deed }) => deedText(this.#language, target, deed))
      .join(", ");
    const deeds = [...this.#memory.deeds, { atMs: nowMs, text }].slice(-limits.deedsKept);
    // A time that cannot be is none: it would make every later text an old one.
    const isPlausible = ageMs !== undefined && ageMs >= -limits.clockSkewMs;
    const newest = Math.max(isPlausible ? (sentAtMs ?? 0) : 0, this.#memory.deedSentAtMs ?? 0);
    const memory = { ...this.#memory, deeds, ...(newest > 0 && { deedSentAtMs: newest }) };
    return { memory, errands };
  }

  #started(target: Target, deed: Deed, forMs: number | undefined): Errand {
    if (!isTimed(deed, target)) return { target, deed };
    const lastsMs = Math.min(forMs ?? this.#options.onMsOf(target), limits.longestOnMs);
    return { target, deed, untilMs: this.#said.nowMs + lastsMs };
  }

  /** Bare "off" ends what the person has started, where that is known to run; "all off" everything. */
  #allOff(isBare: boolean): Decision {
    const { challenge, ...rest } = this.#memory;
    const turn = this.#with(rest);
    const mine = this.#options.startedBy(this.#person);
    if (isBare && mine.targets.length > 0 && mine.isSure) return turn.#offAll(mine.targets);
    if (isBare && challenge && mine.targets.length === 0) return turn.#say("cancelled");
    return { ...turn.#everythingOff(), isAllOff: true };
  }

  #offAll(targets: readonly Target[]): Decision {
    const errands = targets.flatMap((target) => {
      const deed = deedOf(target, "off");
      return isDeed(deed) ? this.#endings(target, deed) : [];
    });
    return errands.length > 0 ? this.#do(errands) : this.#say("nothing_off");
  }

  /** A deed that ends something, and whatever else the same thing may have running. */
  #endings(target: Target, deed: Deed): readonly Errand[] {
    const others = endingsOf(target).filter(
      (one) => one.key !== deed.key && !this.#isKnownOff({ target, deed: one }),
    );
    const isEnding = endingsOf(target).some(({ key }) => key === deed.key);
    return [deed, ...(isEnding ? others : [])].map((one) => ({ target, deed: one }));
  }

  #isKnownOff({ target: { device }, deed: { key, value } }: Errand): boolean {
    const isOff = device.state?.[key] === value && device.state._q?.[key] === undefined;
    return isOff && !this.#options.isStarted(device.id, key);
  }

  /** Switches off all that is not known to be off: nothing that moves, as it may crush somebody. */
  #everythingOff(): Decision {
    const { isInAllOff } = this.#options;
    const errands = this.#targets.all
      .filter((target) => isInAllOff(target))
      .flatMap((target) => endingsOf(target).map((deed) => ({ target, deed })))
      .filter((errand) => !this.#isKnownOff(errand));
    return errands.length > 0 ? this.#do(errands) : this.#say("nothing_off");
  }

  /** Nothing of what waits is done. */
  #cancel(): Decision {
    const { challenge, menu, ...rest } = this.#memory;
    if (!challenge && !menu) return this.#unknown();
    return this.#with(rest).#say("cancelled");
  }

  #askBack(wish: Wish, phrase: "ask_back" | "ask_old"): Decision {
    const age = Math.max(1, Math.round((this.#said.ageMs ?? 0) / minuteMs));
    const choices = [{ type: "wish", wish } as const];
    return this.#withMenu(choices, 0).#say(phrase, {
      act: wishText(this.#language, this.#targets, wish),
      age,
    });
  }

  #which(choices: Extract<Meaning, { type: "which" }>["choices"]): Decision {
    const kept = choices.map((choice): Choice => {
      if (choice.type === "act") return { type: "wish", wish: withoutCode(choice) };
      const [target = ""] = choice.targets;
      return { type: "read", target, ...(choice.property && { property: choice.property }) };
    });
    const list = kept
      .map((choice, index) => choiceText(this.#language, this.#targets, choice, index))
      .join("\n");
    return this.#withMenu(kept, 0).#say("which", { list });
  }

  /** A page of what this person may do, as a menu. */
  #menu(page: number): Decision {
    const all = choicesFor(this.#options, this.#person);
    const pages = Math.max(1, Math.ceil(all.length / limits.menuLines));
    const shown = page >= pages ? 0 : page;
    const from = shown * limits.menuLines;
    const choices = all.slice(from, from + limits.menuLines);
    const lines = choices.map((choice, index) =>
      choiceText(this.#language, this.#targets, choice, index),
    );
    const more = pages > 1 ? [this.#language.phrases.menu_more] : [];
    const text = inOneMessage(this.#language, "{list}{more}", {
      list: lines.join("\n"),
      more: more.length > 0 ? `\n${more[0]}` : "",
    });
    return this.#withMenu(choices, shown).#answer(text || this.#language.states.unknown);
  }

  #number(number: number, targets: readonly string[]): Decision {
    const { menu, ...rest } = this.#memory;
    if (menu && number === 9 && menu.choices.length > 1) return this.#menu(menu.page + 1);
    const choice = menu?.choices[number - 1];
    if (!choice) return targets.length > 0 ? this.#read(targets, undefined) : this.#unknown();
    const turn = this.#with(rest);
    if (choice.type === "read") return turn.#read([choice.target], choice.property);
    // The menu is ours, and young: a number is an answer to it, also where no clock can tell.
    const isFresh = this.#said.ageMs === undefined || this.#isFresh();
    return turn.#wish(choice.wish, { isFresh });
  }

  #ok(number: number | undefined): Decision {
    const open = this.#options.alarms();
    // OK starts nothing: what was asked back is confirmed by its number.
    const [asked, ...others] = this.#memory.menu?.choices ?? [];
    if (
      number === undefined &&
      open.length === 0 &&
      others.length === 0 &&
      asked?.type === "wish"
    ) {
      return this.#askBack(asked.wish, "ask_back");
    }
    const alarm = alarmMeant(this.#options.alarms(), number);
    if (!alarm) return this.#noSuchAlarm(number);
    const { by } = alarm;
    if (by !== undefined && by !== this.#person.id) {
      const who = this.#options.people().find(({ id }) => id === by)?.name ?? by;
      return this.#say("alarm_taken", { number: alarm.number, who });
    }
    const fillings = { number: alarm.number };
    return this.#ask("alert-ack", { alarm: alarm.number }, "acknowledged", fillings, "no_alarm");
  }

  #noSuchAlarm(number: number | undefined): Decision {
    const isUnclear = number === undefined && this.#options.alarms().length > 1;
    return isUnclear ? this.#whichAlarm() : this.#say("no_alarm");
  }

  #whichAlarm(): Decision {
    return this.#say("which_alarm", { list: alarmList(this.#options.alarms()) });
  }

  #mute(number: number | undefined, forMs = hourMs): Decision {
    const alarm = alarmMeant(this.#options.alarms(), number);
    if (!alarm) return this.#noSuchAlarm(number);
    // Whoever may do nothing with a thing does not silence what is wrong with it for the others.
    const target = this.#targets.all.find(({ device }) => device.id === alarm.device);
    if (target && !mayDo(this.#options.rights, this.#person, target, "act")) {
      return this.#say("not_allowed", { name: target.name });
    }
    const seconds = Math.min(Math.round(forMs / 1_000), limits.longestQuestionS);
    const time = timeText(this.#said.nowMs + seconds * 1_000);
    const fillings = { number: alarm.number, time };
    return this.#ask("alert-mute", { alarm: alarm.number, seconds }, "muted", fillings, "no_alarm");
  }

  #warn({ target: id, property, side, limit }: Extract<Meaning, { type: "warn" }>): Decision {
    const target = this.#targets.get(id);
    if (!target || !mayDo(this.#options.rights, this.#person, target, "read"))
      return this.#unknown();
    const sign = side === "below" ? "<" : ">";
    const rule = `${target.name}${property === undefined ? "" : ` ${property}`} ${sign} ${limit}`;
    const params = {
      device: target.device.id,
      ...(property !== undefined && { property }),
      [side]: limit,
    };
    return this.#ask("alert-warn", params, "warning_set", { rule, name: target.name }, "cannot");
  }

  #unwarn(id: string): Decision {
    const target = this.#targets.get(id);
    if (!target) return this.#unknown();
    const fillings = { rule: target.name, name: target.name };
    const params = { device: target.device.id };
    return this.#ask("alert-unwarn", params, "warning_gone", fillings, "cannot");
  }

  #add(meaning: Extract<Meaning, { type: "add" }>, isOwner: boolean): Decision {
    const { type, number, name, code } = meaning;
    if (!isOwner) return this.#say("not_allowed", { name: "ADD" });
    const wish = { type, number, name } as const;
    if (code !== undefined) return this.#withCode(wish, code, this.#isFresh());
    return mayAnswer(this.#memory, this.#said.nowMs)
      ? this.#challenge(wish)
      : { memory: this.#memory };
  }

  #addNow({ number, name }: Extract<Wish, { type: "add" }>, isProven: boolean): Decision {
    if (!isProven) return this.#unknown();
    const refused = { reason: this.#language.reasons.other };
    const verb = `${this.#person.adapter ?? ""}/add-person`;
    return this.#ask(verb, { name, number }, "added", { name, ...refused }, "not_added");
  }

  #read(ids: readonly string[], property: string | undefined): Decision {
    const meant = ids.flatMap((id) => this.#targets.get(id) ?? []);
    const readable = meant.filter((target) => this.#mayRead(target));
    if (readable.length === 0) return this.#say("not_allowed", { name: meant[0]?.name ?? "?" });
    return this.#answer(readingText(this.#language, readable, this.#said.nowMs, property));
  }

  #mayRead(target: Target): boolean {
    return mayDo(this.#options.rights, this.#person, target, "read");
  }

  #status(): Decision {
    const readable = this.#targets.all.filter(
      (target) => target.number !== undefined && this.#mayRead(target),
    );
    return this.#answer(statusText(this.#language, readable, this.#options.alarms()));
  }

  #log(): Decision {
    return this.#list("log", logLines(this.#memory.deeds.slice(-limits.deedsTold)), "log_empty");
  }

  #who(): Decision {
    const { people, owners } = this.#options;
    const lines = people().map(
      (one) => `${one.name}${owners.some((owner) => isWho(owner, one)) ? "*" : ""}`,
    );
    return this.#list("who", [lines.join(", ")], "no_balance");
  }

  #list(phrase: PhraseName, lines: readonly string[], none: PhraseName): Decision {
    return lines.length > 0 ? this.#say(phrase, { list: lines.join("\n") }) : this.#say(none);
  }

  #setLanguage(tag: string | undefined): Decision {
    if (tag === undefined) {
      const list = languages.map((one) => one.tag.toUpperCase()).join(" ");
      return this.#say("languages", { list });
    }
    const memory = { ...this.#memory, language: tag };
    return this.#with(memory, languageOf(tag)).#say("language");
  }

  /** Once how to be understood; then silence, so that two machines do not talk for ever. */
  #unknown(): Decision {
    const { nowMs } = this.#said;
    const { helpedAtMs } = this.#memory;
    if (helpedAtMs !== undefined && nowMs - helpedAtMs < limits.helpMs)
      return { memory: this.#memory };
    return this.#with({ ...this.#memory, helpedAtMs: nowMs }).#say("help", this.#example());
  }

  #example(): Fillings {
    const switched = this.#targets.all.find(
      (target) => target.number !== undefined && isDeed(deedOf(target, "on")),
    );
    return { example: (switched?.name ?? "PUMP").toUpperCase().slice(0, 16) };
  }

  #ask(
    verb: string,
    params: Inquiry["params"],
    agreed: PhraseName,
    fillings: Readonly<Record<string, string | number>>,
    refused: PhraseName,
  ): Decision {
    const by = this.#person.id;
    const inquiry = {
      verb,
      params: verb.includes("/") ? params : { ...params, by },
      agreed: say(this.#language, agreed, fillings),
      refused: say(this.#language, refused, fillings),
    };
    return { memory: this.#memory, inquiry };
  }

  /** Whether the text is young enough to be obeyed; a clock that nobody knows counts as old. */
  #isFresh(): boolean {
    const { ageMs, sentAtMs, nowMs } = this.#said;
    const { deedSentAtMs = 0 } = this.#memory;
    const isMark = deedSentAtMs <= nowMs + limits.clockSkewMs;
    // A text that was overtaken by a newer one says what is no longer wanted.
    if (isMark && sentAtMs !== undefined && sentAtMs < deedSentAtMs) return false;
    return ageMs !== undefined && ageMs <= limits.oldTextMs && ageMs >= -limits.clockSkewMs;
  }

  #say(phrase: PhraseName, fillings: Fillings = {}): Decision {
    return this.#answer(say(this.#language, phrase, fillings));
  }

  #answer(text: string): Decision {
    return { memory: this.#memory, answer: { text, class: "answer" } };
  }

  #withMenu(choices: readonly Choice[], page: number): Turn {
    const menu = { atMs: this.#said.nowMs, page, choices: [...choices] };
    return this.#with({ ...this.#memory, menu });
  }

  #with(memory: Memory, language = this.#language): Turn {
    const [person, said] = [this.#person, this.#said];
    return new Turn(this.#options, { person, memory, said, language });
  }
}

interface WishProof {
  readonly code?: string | undefined;
  readonly isProven?: boolean;
  readonly isFresh?: boolean;
}

function withoutCode({ code: _code, ...act }: Act): Wish {
  return act;
}
